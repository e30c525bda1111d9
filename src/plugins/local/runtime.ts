// `local` at query time: on the packet path, and in the chain for queries that reach it there.
import { answererHandler } from '../packet-reply.ts'
import type { Runtime } from '../runtime.ts'
import { LocalAnswerer } from './answerer.ts'
import type { LocalConfig } from './setup.ts'

export const localRuntime: Runtime<LocalConfig> = ({ prefix }, { counters }) => {
  const answerer = new LocalAnswerer(prefix, counters)
  return { answerer, handler: answererHandler('local', answerer) }
}
