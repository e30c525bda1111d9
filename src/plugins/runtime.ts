// The contract of a plugin in the answering threads: what it does with queries. Nothing here or in a plugin's runtime
// loads setup code; packet threads load no npm package.
import type { BlockSettings, PluginConfig } from '../config.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { Request } from '../dns/request.ts'
import type { TableReader } from '../zone/table-reader.ts'
import type { Handler } from './chain.ts'

/** `Answerer.answer` result: send nothing. */
export const DROP = 0
/** `Answerer.answer` result: the plugin chain must resolve the query (slow path). */
export const ASK_CHAIN = -1
/** `Answerer.answer` result: the next answerer of the block is asked. */
export const NEXT = -2

/**
 * Answers queries on the packet path. A block's answerers are asked in plugin order, so one may stand before the
 * answer tables (access lists) or behind them (caches). It runs for every query: synchronous, without allocation.
 */
export interface Answerer {
  /** Writes a reply and returns its length in bytes, or returns DROP, ASK_CHAIN or NEXT. */
  answer(exchange: Exchange): number
}

/** A client's address; `address` may be put together when it is read. */
export interface Peer {
  /** An IP address as text; IPv4 where it is mapped into IPv6. */
  readonly address: string
  readonly port: number
}

/** One query and its reply. The object is reused: it is valid during the call only. */
export interface Observation {
  readonly request: Request
  readonly requestBytes: number
  readonly isTcp: boolean
  /** False for IPv4, also where it is mapped into IPv6. */
  readonly isIpv6: boolean
  readonly peer: Peer
  /** The reply starts at `replyAt` in `reply` and has `replyBytes` bytes. */
  readonly reply: Uint8Array
  readonly replyAt: number
  readonly replyBytes: number
  /** Seconds from reading the query to writing the reply; 0 where no observer of the zone `needsSeconds`. */
  readonly seconds: number
}

/** Sees each query of a zone once its reply is written. `observe` runs for every query. */
export interface QueryObserver {
  /** True where `observe` reads `seconds`, which costs a look at the clock for each query. */
  readonly needsSeconds?: boolean
  observe?(observation: Observation): void
  /** `queries` queries took `seconds` each, from reading to sending. */
  observeDuration?(seconds: number, queries: number): void
  /** The plugin chain resolved a query with an error. */
  observeError?(request: Request, rcode: number, error: string): void
}

/** What a runtime may use: the block, the listener and the thread. */
export interface RuntimeContext<S = unknown> {
  /** Index in `Config.blocks`. */
  readonly block: number
  readonly settings: BlockSettings
  /** Index of the listener, as in `Prepared.share`. */
  readonly listener: number
  readonly protocol: 'udp' | 'tcp'
  /** The address that the listener is bound to; '' = all. */
  readonly localAddress: string
  /** Addresses at which the listener can be reached. */
  readonly localAddresses: readonly string[]
  /** The answer tables of all plugins, by their keys. */
  readonly tables: ReadonlyMap<string, TableReader>
  /** The plugin's counters of this thread: `Plugin.counters` numbers. Threads replace each other, counters stay. */
  readonly counters: Float64Array
  /** What `Prepared.share` returned. */
  readonly shared: S
  /** Writes a line to the log. */
  writeLine(line: string): void
  /** Sends a line to the plugin's component (`Running.receive`). Lines are dropped and counted when it falls behind. */
  report(line: string): void
}

/** What one directive does with the queries of its block at one listener. */
export interface Link {
  /** Its place on the packet path. A link with a handler and no answerer ends that path: behind it the chain answers. */
  readonly answerer?: Answerer
  /** Its place in the plugin chain. */
  readonly handler?: Handler
  /** The observer of a zone, by its index in `ListenGroup.zones`; -1 is for requests that no zone took. */
  observer?(zone: number): QueryObserver | undefined
}

/** Makes the link of a directive. Called once for each listener, protocol and thread. */
export type Runtime<C extends PluginConfig = PluginConfig, S = unknown> = {
  link(config: C, context: RuntimeContext<S>): Link
}['link']
