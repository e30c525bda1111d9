// The contract of a plugin in the answering threads, where it sees queries. Neither this file nor a plugin's runtime
// loads setup code or an npm package.
import type { BlockSettings, PluginConfig } from '../config.ts'
import type { Exchange } from '../dns/exchange.ts'
import type { ReplyWalk } from '../dns/reply-walk.ts'
import type { Request } from '../dns/request.ts'
import type { LogRecord } from '../log.ts'
import type { DatagramSockets } from '../udp/connected-sockets.ts'
import type { TableReader } from '../zone/table-reader.ts'
import type { Client, Handler } from './chain.ts'

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

/** How long upstreams are asked for one query, in milliseconds (coredns plugin/forward defaultTimeout). */
export const UPSTREAM_TIMEOUT_MS = 5000

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
  /** True if it keeps replies, for other clients than those that wait. */
  readonly keepsReplies?: boolean
  /** May change TTLs and flags, and remember the reply. `request` is the first client's, with its bytes in `wire`. */
  tap(request: Request, wire: Uint8Array, wireAt: number, reply: UpstreamReply): void
  /** No upstream has replied to the request. Called once for all clients that wait. */
  failed?(request: Request, wire: Uint8Array, wireAt: number): void
  /**
   * Writes a reply that was remembered after a packet thread had looked for it, and returns its length in bytes, or
   * returns NEXT. It counts nothing: the packet thread has counted the query. So one cold name is one upstream
   * query, however many clients ask for it.
   */
  recall?(exchange: Exchange): number
}

/** `Upstream.ask` result: the query waits. */
export const ASKED = -4

/**
 * What the upstream thread does for an upstream. Queries that wait have numbers, the waiters; those that wait for the
 * same reply form a list.
 */
export interface UpstreamHost {
  readonly sockets: DatagramSockets
  /** Milliseconds of a clock that does not go back; read once for each batch. */
  readonly now: number
  /** True if a tap recalls the reply to `exchange` (`ReplyTap.recall`); `waiter` is answered and gone then. */
  recalled(exchange: Exchange, waiter: number): boolean
  /** Appends `waiter` to the list whose last waiter is `last`. */
  append(last: number, waiter: number): void
  /** Answers the waiters of a list: the taps of their block see the reply once. `upstream` has replied, "IP:PORT". */
  replied(first: number, reply: UpstreamReply, upstream: string): void
  /** No upstream has replied: the waiters of a list get `rcode`; `error` is the reason. */
  failed(first: number, rcode: number, error: string): void
  /** Too many questions wait: the waiters of a list are refused. */
  overflowed(first: number): void
  /** The event-loop thread must resolve the queries of a list. */
  toChain(first: number): void
}

/**
 * Asks upstream servers by UDP, on the upstream thread: synchronous, without an event loop. Each list of waiters ends
 * with one call of `replied`, `failed`, `overflowed` or `toChain`.
 */
export interface Upstream {
  /**
   * Takes over `waiter`, the query of `exchange`, and returns ASKED; or returns ASK_CHAIN if these upstreams cannot be
   * asked by UDP for it, or NEXT if it is not for them. `flags` are set in the upstream's query in addition. A question
   * that nobody waits for is asked only if it is not `recalled`.
   */
  ask(exchange: Exchange, waiter: number, flags: number): number
  /** Sends what `ask` has collected. Called after each batch of queries. */
  flush(): void
  /** Does what is due at `UpstreamHost.now`; returns the milliseconds until it must be called again, -1 if not at all. */
  tick(): number
  /** Gives up the question that waits for longest; false if none waits. Called when there are too many waiters. */
  shed(): boolean
  /** Questions that wait. */
  readonly pending: number
  /** Ends: what still waits is `overflowed`, and the sockets are closed. */
  close(): void
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
  /** The upstream that has answered, "IP:PORT"; '' if none has. */
  readonly upstream: string
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

/**
 * Decides which UDP replies of a block are sent, after observers have seen them. `pass` runs for every reply, so it is
 * synchronous and does not allocate.
 */
export interface ReplyGate {
  /**
   * Returns how many bytes of the reply are sent: `length`, fewer if it shortened the reply, or 0. The reply starts at `at`
   * in `reply`, the client's socket address (struct sockaddr) at `clientAt` in `client`.
   */
  pass(
    request: Request,
    reply: Uint8Array,
    at: number,
    length: number,
    client: Uint8Array,
    clientAt: number,
  ): number
}

/** The search lists of clients, for another plugin of the block (coredns plugin/autopath AutoPather). */
export interface SearchLists {
  /**
   * False if the name is below the first domain of no list. Called on the packet path, where the client is not known: it
   * does not allocate.
   */
  mayApply(request: Request): boolean
  /**
   * The search domains of the client, as wire names in lower case, if the name of the request is below the first of them;
   * else undefined.
   */
  of(request: Request, client: Client): readonly Uint8Array[] | undefined
}

/** What a label is read from. */
export type LabelledQuery = Pick<Observation, 'request' | 'upstream'>

/** Reads the value of a label; undefined if the query does not have it. */
export type Label = (query: LabelledQuery) => string | undefined

/** The labels that a plugin gives to queries (coredns plugin/metadata Provider). */
export interface Labels {
  /** The label with a name such as "kubernetes/service"; undefined if the plugin has none. */
  label(name: string): Label | undefined
  /** True: all queries have the labels, not only those for the zones of `metadata`. */
  readonly areForAllNames?: boolean
}

/** The context of a runtime: its block, its listener and its thread. */
export interface RuntimeContext<S = unknown> {
  /** Index in `Config.blocks`. */
  readonly block: number
  readonly settings: BlockSettings
  /** Index of the listener, as in `Prepared.share`. */
  readonly listener: number
  readonly protocol: 'udp' | 'tcp'
  /**
   * The number of the thread, below MAX_READERS; a thread that replaces another one has the same (`Running.threadEnded`).
   */
  readonly thread: number
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
  /**
   * Its part of the packet path. A link with a handler and no answerer ends the path: the chain takes over, unless
   * `keepsPacketPath` is set.
   */
  readonly answerer?: Answerer
  /**
   * Its part of the packet path in the place of `answerer`, if it asks the answerers behind it itself: `behind`, in the order
   * in which they are asked.
   */
  around?(behind: readonly Answerer[]): Answerer
  /**
   * True for a cache: its answerer is asked after those of all answer tables on the packet path, whatever the plugin
   * order. So a name that a table answers is as fresh as the table.
   */
  readonly asksTablesFirst?: boolean
  /** True for answers from answer tables. */
  readonly hasTables?: boolean
  /** Its view of the replies of upstreams. */
  readonly tap?: ReplyTap
  /**
   * What resolves ASK_UPSTREAM, in the upstream thread, which runs if `BlockSettings.asksUpstreams` is set. Links of one
   * block at several listeners may return the same object.
   */
  upstream?(host: UpstreamHost): Upstream
  /** Its part of the plugin chain. */
  readonly handler?: Handler
  /**
   * True: the handler runs before those of all other links, whatever the plugin order. For a handler that only counts
   * arrivals and passes every query on: equal queries wait in a cache for one answer, and handlers below see one of them.
   */
  readonly countsArrivals?: boolean
  /**
   * True: the packet path goes on behind the handler, although the link has no answerer: there is nothing to do there, or
   * the answerers behind it do it by a setting of the block.
   */
  readonly keepsPacketPath?: boolean
  /** Gets all links of the block by their directives, once, before any other part of the link is used. */
  connect?(links: ReadonlyMap<string, Link>): void
  /** The labels that it gives to queries. */
  readonly labels?: Labels
  /** What it knows about the search lists of clients. */
  readonly searchLists?: SearchLists
  /** Its decision about the UDP replies of the block; of several links, the first one with a gate decides. */
  readonly gate?: ReplyGate
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
