// `rrl` at query time: a gate for the UDP replies of its block. TCP proves the client's address and is never limited.
import { nameToWire } from '../../dns/name.ts'
import { monotonicMs } from '../../monotonic.ts'
import type { Runtime } from '../runtime.ts'
import { Accounts } from './accounts.ts'
import type { RrlShared } from './component.ts'
import { RateGate } from './gate.ts'
import type { RrlConfig } from './options.ts'
import { REPLY_TYPES } from './reply-type.ts'

export const rrlRuntime: Runtime<RrlConfig, RrlShared> = (config, context) => {
  if (context.protocol === 'tcp') return {}
  const { memory, keys } = context.shared[context.block]!
  return {
    gate: new RateGate({
      ...config,
      accounts: new Accounts(memory),
      keys,
      zones: config.zones.flatMap((zone) => nameToWire(zone) ?? []),
      costs: REPLY_TYPES.map((type) => config.costs[type]),
      counters: context.counters,
      now: monotonicMs,
      random: Math.random,
    }),
  }
}
