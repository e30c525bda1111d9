// `cache` in the plugin chain: for queries that reach the event-loop thread, and for entries that are verified with the
// upstream.
import { MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { ReplyWalk, walkReply } from '../../dns/reply-walk.ts'
import type { Answer, Handler, Query, WireReply } from '../chain.ts'
import { type CacheAnswerer, type CacheContext, REFRESH_LEASE_MS } from './answerer.ts'
import { SERVED_STALE } from './counters.ts'
import { Fetcher, withoutOpt } from './fetcher.ts'
import type { CacheTap } from './tap.ts'

const walk = new ReplyWalk()
const output = new Uint8Array(MESSAGE_MAX_SIZE)

export class CacheHandler implements Handler {
  readonly name = 'cache'
  readonly #context: CacheContext
  readonly #answerer: CacheAnswerer
  readonly #fetcher: Fetcher

  constructor(context: CacheContext, answerer: CacheAnswerer, tap: CacheTap) {
    this.#context = context
    this.#answerer = answerer
    this.#fetcher = new Fetcher(context, tap)
  }

  async handle(query: Query, next: () => Promise<Answer>): Promise<Answer> {
    const { cache } = this.#context
    const { request, wire, isRefresh } = query
    if (!cache.covers(request, wire)) return next()
    const now = cache.now()
    const entry = isRefresh ? undefined : cache.lookup(request, now)
    // The packet path has counted all other queries.
    if (query.asked !== undefined && !isRefresh) this.#answerer.count(entry)
    if (entry === undefined) return (await this.#fetcher.fetch(query, next)).answer
    const exchange = exchangeOf(query)
    const left = entry.left(now)
    if (left > 0) return written(this.#answerer.write(exchange, entry, left))
    const { stale } = cache.config
    if (!stale?.verify) return written(this.#answerer.reply(exchange, entry, left, now))
    const kept = written(this.#answerer.write(exchange, entry, left))
    const mayAsk = stale.recheckMs === 0 || entry.beginRefresh(now * 1000, REFRESH_LEASE_MS)
    if (!mayAsk) return this.#servedStale(kept)
    const fetched = await within(this.#fetcher.fetch(query, next), stale.timeoutMs)
    return fetched?.accepted ? fetched.answer : this.#servedStale(kept)
  }

  #servedStale(kept: WireReply): WireReply {
    this.#context.counters[SERVED_STALE]!++
    return kept
  }
}

/** The reply in the first `length` bytes of `output`. An entry has no OPT; that of the reply is written with the answer. */
function written(length: number): WireReply {
  const wire = output.slice(0, length)
  const hasOpt = walkReply(wire, 0, length, walk) && walk.optEnd > 0
  return hasOpt ? withoutOpt(wire, walk.end) : { wire }
}

/** The result of `promise`; undefined if it takes more than `ms`, or rejects. 0 = no limit. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const settled = promise.catch(() => undefined)
  if (ms === 0) return settled
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    void settled.then((result) => {
      clearTimeout(timer)
      resolve(result)
    })
  })
}

/** An exchange that writes the whole reply to `output`. */
function exchangeOf({ request, wire, asked }: Query): Exchange {
  const exchange = new Exchange(request)
  if (asked !== undefined) exchange.asked = { input: asked, inOffset: 0, inLength: asked.length }
  exchange.place(wire, 0, wire.length, output, 0)
  exchange.limit = MESSAGE_MAX_SIZE
  return exchange
}
