// What the control thread hands to the packet threads: plain data, so it crosses by structured clone.
import type { BlockConfig, ListenGroup } from '../../config.ts'
import type { TableHandle } from '../../zone/layout.ts'

/** One socket address with its real port, and what is served there. */
export interface ListenerPlan {
  readonly group: ListenGroup
  /** Addresses at which it can be reached, for the zones' NS records. */
  readonly localAddresses: readonly string[]
  /** For each zone of the group, the index of its block of counters; -1 = not counted. */
  readonly counters: readonly number[]
  /** The same for requests that no zone took. */
  readonly droppedCounter: number
}

export interface ServerPlan {
  readonly blocks: readonly BlockConfig[]
  readonly listeners: readonly ListenerPlan[]
  /** By `tableKey`. */
  readonly tables: Readonly<Record<string, TableHandle>>
}
