// `hosts` at query time: on the packet path, and in the chain for queries that reach it there.
import { answererHandler } from '../packet-reply.ts'
import type { Runtime } from '../runtime.ts'
import { HostsAnswerer } from './answerer.ts'
import type { HostsConfig } from './options.ts'
import type { HostsHandle } from './store/layout.ts'
import { MapReader } from './store/map-reader.ts'

/** The tables by index in `Config.blocks`. */
export type HostsShared = Readonly<Record<number, HostsHandle>>

export const hostsRuntime: Runtime<HostsConfig, HostsShared> = (config, context) => {
  const { block, shared, settings, thread } = context
  const handle = shared[block]
  if (handle === undefined) throw new Error(`no hosts table for block ${block}`)
  const rotates = settings.rotateAddresses ?? false
  const answerer = new HostsAnswerer(config, new MapReader(handle, thread), rotates)
  return { answerer, hasTables: true, handler: answererHandler('hosts', answerer) }
}
