// `nsid` at query time: around the other answerers on the packet path, and in the chain.
import type { Runtime } from '../runtime.ts'
import { NsidAnswerer } from './answerer.ts'
import { nsidHandler } from './handler.ts'
import { nsidOption } from './option.ts'
import type { NsidConfig } from './setup.ts'

export const nsidRuntime: Runtime<NsidConfig> = ({ data }) => {
  const option = nsidOption(data)
  return {
    around: (behind) => new NsidAnswerer(option, behind),
    handler: nsidHandler(option),
  }
}
