// `cache` on the packet path: answers hits, and starts refreshes of entries that expire soon or have expired.
import type { Exchange } from '../../dns/exchange.ts'
import {
  type Answerer,
  ASK_CHAIN,
  NEXT,
  type RuntimeContext,
  UPSTREAM_TIMEOUT_MS,
} from '../runtime.ts'
import type { BlockCache } from './block-cache.ts'
import {
  DENIAL_HITS,
  MISSES,
  PREFETCHES,
  REQUESTS,
  SERVED_STALE,
  SUCCESS_HITS,
} from './counters.ts'
import type { StoreReader } from './store/reader.ts'

/** How long a refresh may take before another one may start, in milliseconds: longer than upstreams are asked for it. */
export const REFRESH_LEASE_MS = UPSTREAM_TIMEOUT_MS + 1000
/** A prime number, which distributes slots evenly. */
const ROTATION_SLOTS = 1021

/** What a runtime gives to the parts of the cache. */
export interface CacheContext extends Pick<RuntimeContext, 'refresh'> {
  readonly cache: BlockCache
  /** The counters of this block and listener in this thread (`counters.ts`). */
  readonly counters: Float64Array
  /** True with `loadbalance`: each answer starts with another address. */
  readonly rotates: boolean
}

export class CacheAnswerer implements Answerer {
  readonly #context: CacheContext
  readonly #cache: BlockCache
  readonly #counters: Float64Array
  readonly #verifies: boolean
  /** How often an entry was sent, by its slot: one counter for all would stop rotating for alternating queries. */
  readonly #turns = new Uint32Array(ROTATION_SLOTS)

  constructor(context: CacheContext) {
    this.#context = context
    this.#cache = context.cache
    this.#counters = context.counters
    this.#verifies = context.cache.config.stale?.verify ?? false
  }

  answer(exchange: Exchange): number {
    const cache = this.#cache
    const { request } = exchange
    if (!cache.covers(request, exchange.input)) return NEXT
    const now = cache.now()
    const entry = cache.lookup(request, now)
    const left = entry === undefined ? 0 : entry.left(now)
    // A verified reply needs an event loop: the handler of the chain does it.
    const asksChain = entry === undefined || (left <= 0 && this.#verifies)
    // The chain rewrites the query again, and counts it.
    if (exchange.asked === undefined || !asksChain) this.count(entry)
    if (entry === undefined) return NEXT
    entry.touch()
    return asksChain ? ASK_CHAIN : this.reply(exchange, entry, left, now)
  }

  /** Counts a query with its entry, undefined for a miss. */
  count(entry: StoreReader | undefined): void {
    const counters = this.#counters
    counters[REQUESTS]!++
    if (entry === undefined) counters[MISSES]!++
    else counters[entry === this.#cache.success ? SUCCESS_HITS : DENIAL_HITS]!++
  }

  /** As `answer`, for a query that was counted before: replies from an entry that has not expired. */
  recall(exchange: Exchange): number {
    const cache = this.#cache
    const { request } = exchange
    if (!cache.covers(request, exchange.input)) return NEXT
    const now = cache.now()
    const entry = cache.lookup(request, now)
    if (entry === undefined || entry.left(now) <= 0) return NEXT
    return this.write(exchange, entry, entry.left(now))
  }

  /** Replies from an entry, which may have expired, and starts a refresh if it is due. */
  reply(exchange: Exchange, entry: StoreReader, left: number, now: number): number {
    const { prefetch } = this.#cache.config
    if (left <= 0) {
      this.#counters[SERVED_STALE]!++
      this.#refresh(exchange, entry, now)
    } else if (prefetch !== undefined) {
      const { amount, pauseMs, percentage } = prefetch
      const hits = entry.countHit(now * 1000, pauseMs)
      const isDue = hits >= amount && left <= Math.ceil((percentage / 100) * entry.ttl)
      if (isDue) this.#refresh(exchange, entry, now)
    }
    return this.write(exchange, entry, left)
  }

  #refresh(exchange: Exchange, entry: StoreReader, now: number): void {
    if (!entry.beginRefresh(now * 1000, REFRESH_LEASE_MS)) return
    this.#counters[PREFETCHES]!++
    this.#context.refresh(exchange)
  }

  /** Writes the reply from an entry that has `left` seconds; returns its length in bytes. */
  write(exchange: Exchange, entry: StoreReader, left: number): number {
    const turn = this.#context.rotates ? this.#nextTurn(entry) : 0
    return this.#cache.write(exchange, entry, this.#cache.shownTtl(entry, left), turn)
  }

  #nextTurn({ slot }: StoreReader): number {
    return this.#turns[slot % ROTATION_SLOTS]!++
  }
}
