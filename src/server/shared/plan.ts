// The configuration that the control thread sends to the answering threads: plain data, which crosses by structured
// clone.
import type { BlockConfig, ListenGroup } from '../../config.ts'
import type { TableHandle } from '../../zone/layout.ts'

/** One listen address with its bound port, and the zones that are served there. */
export interface ListenerPlan {
  readonly group: ListenGroup
  /** Addresses at which the listener is reachable, for the NS records of the zones. */
  readonly localAddresses: readonly string[]
}

/** Everything that an answering thread needs to serve one configuration. */
export interface ServerPlan {
  readonly blocks: readonly BlockConfig[]
  readonly listeners: readonly ListenerPlan[]
  /** The answer tables of all plugins, by their keys. */
  readonly tables: Readonly<Record<string, TableHandle>>
  /** The data that each plugin's component shares with its runtime, by plugin. */
  readonly shared: Readonly<Record<string, unknown>>
  /** The number of counters that each plugin has in each thread, by plugin. */
  readonly counters: Readonly<Record<string, number>>
}
