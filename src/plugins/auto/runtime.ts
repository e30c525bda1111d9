// `auto` at query time: in the chain.
import { nameToWire } from '../../dns/name.ts'
import { keyAt } from '../../zonefile/name-key.ts'
import { type ZoneHandle, ZoneReader } from '../../zonefile/store.ts'
import type { Runtime } from '../runtime.ts'
import { zoneHandler } from '../zone-handler.ts'
import type { AutoConfig } from './options.ts'

/** By index in `Config.blocks`. */
export type AutoShared = Readonly<
  Record<number, { readonly zones: ZoneHandle; readonly isLast: boolean }>
>

export const autoRuntime: Runtime<AutoConfig, AutoShared> = ({ origins }, context) => {
  const own = context.shared[context.block]
  if (own === undefined) throw new Error(`no zones for block ${context.block}`)
  return {
    handler: zoneHandler({
      name: 'auto',
      zones: new ZoneReader(own.zones),
      origins: origins.flatMap((zone) => {
        const wire = nameToWire(zone)
        return wire === undefined ? [] : [keyAt(wire)]
      }),
      fallthrough: [],
      isLast: own.isLast,
    }),
  }
}
