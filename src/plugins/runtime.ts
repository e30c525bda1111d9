// The contract of a plugin in the answering threads, where it sees queries. Neither this file nor a plugin's runtime
// loads setup code or an npm package.
import type { BlockSettings, PluginConfig } from '../config.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { ReplyWalk } from '../dns/reply-walk.ts'
import type { Request } from '../dns/request.ts'
import type { LogRecord } from '../log.ts'
import type { TableReader } from '../zone/table-reader.ts'
import type { Handler } from './chain.ts'

/** `Answerer.answer` result: send nothing. */
export const DROP = 0
/** `Answerer.answer` result: the plugin chain must resolve the query (slow path). */
export const ASK_CHAIN = -1
/** `Answerer.answer` result: call the next answerer of the block. */
export const NEXT = -2
/**
 * `Answerer.answer` result, with `RuntimeContext.hasUpstreamThread` only: the upstream thread must resolve the query
 * (`Link.upstream`).
 */
export const ASK_UPSTREAM = -3

/**
 * Answers queries on the packet path. The answerers of a block are called in plugin order: before the answer tables
 * (access lists) or after them (caches). `answer` runs for every query, so it is synchronous and does not allocate.
 */
export interface Answerer {
  /** Writes a reply and returns its length in bytes, or returns DROP, ASK_CHAIN, ASK_UPSTREAM or NEXT. */
  answer(exchange: Exchange): number
}

/** The reply of an upstream. It matches its request (`repliesTo`) and is well-formed (`walkReply`). */
export interface UpstreamReply {
  /** The message starts at `start`; bytes may be changed, but no lengths. */
  readonly bytes: Uint8Array
  readonly start: number
  readonly walk: ReplyWalk
}

/**
 * Sees the replies of upstreams on their way to clients, in the thread that received them; caches implement it. Taps
 * are called in reverse plugin order, once for each reply, also if several clients wait for it.
 */
export interface ReplyTap {
  /** May change TTLs and flags, and remember the reply. `request` is the first client's, with its bytes in `wire`. */
  tap(request: Request, wire: Uint8Array, wireAt: number, reply: UpstreamReply): void
  /** No upstream has replied: writes another reply and returns its length in bytes, or returns NEXT. */
  fallback?(exchange: Exchange): number
}

/** The address of a client; `address` may be a getter that builds the text. */
export interface Peer {
  /** An IP address as text; IPv4 for an IPv4-mapped address. */
  readonly address: string
  readonly port: number
}

/** One query and its reply. The object is reused: it is valid only during the call. */
export interface Observation {
  readonly request: Request
  readonly requestBytes: number
  readonly isTcp: boolean
  /** False for IPv4, also for an IPv4-mapped address. */
  readonly isIpv6: boolean
  readonly peer: Peer
  /** The reply starts at `replyAt` in `reply` and has `replyBytes` bytes. */
  readonly reply: Uint8Array
  readonly replyAt: number
  readonly replyBytes: number
  /** Seconds from receiving the query to writing the reply; valid only if an observer of the zone `needsSeconds`. */
  readonly seconds: number
}

/** Sees each query of a zone after its reply is written. `observe` runs for every query. */
export interface QueryObserver {
  /** True if `observe` reads `seconds`, which costs a clock reading for each query. */
  readonly needsSeconds?: boolean
  observe?(observation: Observation): void
  /** Each of `queries` queries took `seconds`, from receiving to sending. */
  observeDuration?(seconds: number, queries: number): void
  /** The plugin chain resolved a query with an error. */
  observeError?(request: Request, rcode: number, error: string): void
}

/** The context of a runtime: its block, its listener and its thread. */
export interface RuntimeContext<S = unknown> {
  /** Index in `Config.blocks`. */
  readonly block: number
  readonly settings: BlockSettings
  /** Index of the listener, as in `Prepared.share`. */
  readonly listener: number
  readonly protocol: 'udp' | 'tcp'
  /** The address that the listener is bound to; '' = all. */
  readonly localAddress: string
  /** Addresses at which the listener is reachable. */
  readonly localAddresses: readonly string[]
  /** The answer tables of all plugins, by their keys. */
  readonly tables: ReadonlyMap<string, TableReader>
  /** True in a packet thread beside which an upstream thread runs; then answerers may return ASK_UPSTREAM. */
  readonly hasUpstreamThread: boolean
  /**
   * Asks the upstreams for the exchange's question without a client, so that a cache can renew its entry. The request
   * is copied; it is dropped while the server is busy.
   */
  refresh(exchange: Exchange): void
  /** The plugin's counters in this thread: `Plugin.counters` numbers. They stay when the thread is replaced. */
  readonly counters: Float64Array
  /** The result of `Prepared.share`. */
  readonly shared: S
  /** Writes a line to the log. */
  writeLog(record: LogRecord): void
  /** Sends a line to the plugin's component (`Running.receive`); drops and counts lines while the component is slow. */
  report(line: string): void
}

/** What one directive does with the queries of its block at one listener. */
export interface Link {
  /** Its part of the packet path. A link with a handler and no answerer ends the path: the chain takes over. */
  readonly answerer?: Answerer
  /**
   * True for a cache: its answerer is asked after those of all answer tables on the packet path, whatever the plugin
   * order. So a name that a table answers is as fresh as the table.
   */
  readonly asksTablesFirst?: boolean
  /** True for answers from answer tables. */
  readonly hasTables?: boolean
  /** Its view of the replies of upstreams. */
  readonly tap?: ReplyTap
  /** Its part of the plugin chain. */
  readonly handler?: Handler
  /** The observer of a zone, by its index in `ListenGroup.zones`; -1 is for requests without a zone. */
  observer?(zone: number): QueryObserver | undefined
}

/**
 * Creates the link of a directive. Called once for each block, listener, protocol and thread. It is a method type, whose
 * parameters are compared both ways, so that runtimes of particular configurations fit one table.
 */
export type Runtime<C extends PluginConfig = PluginConfig, S = unknown> = {
  link(config: C, context: RuntimeContext<S>): Link
}['link']
