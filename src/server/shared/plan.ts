// What the control thread hands to the answering threads: plain data, so it crosses by structured clone.
import type { BlockConfig, ListenGroup } from '../../config.ts'
import type { TableHandle } from '../../zone/layout.ts'

/** One socket address with its real port, and what is served there. */
export interface ListenerPlan {
  readonly group: ListenGroup
  /** Addresses at which it can be reached, for the zones' NS records. */
  readonly localAddresses: readonly string[]
}

export interface ServerPlan {
  readonly blocks: readonly BlockConfig[]
  readonly listeners: readonly ListenerPlan[]
  /** The answer tables of all plugins, by their keys. */
  readonly tables: Readonly<Record<string, TableHandle>>
  /** What each plugin's component shares with its runtime, by plugin. */
  readonly shared: Readonly<Record<string, unknown>>
  /** How many counters each plugin has in each thread, by plugin. */
  readonly counters: Readonly<Record<string, number>>
}
