// `cache` in the plugin chain: for queries that reach the event-loop thread, and for entries that are verified with the
// upstream. Equal questions wait for one answer.
import { setU16, u16 } from '../../dns/bytes.ts'
import { FLAG_AD, MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { Exchange } from '../../dns/exchange.ts'
import { ReplyWalk, repliesTo, walkReply } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'
import { setFlags } from '../../dns/wire-reply.ts'
import type { Answer, Handler, Query, WireReply } from '../chain.ts'
import { ACCEPTED } from './admission.ts'
import { type CacheAnswerer, type CacheContext, REFRESH_LEASE_MS } from './answerer.ts'
import { DROPS, SERVED_STALE } from './counters.ts'
import { questionKey, SingleFlight } from './single-flight.ts'
import type { CacheTap } from './tap.ts'

/** An answer of the next plugins, after it was stored. */
interface Fetched {
  readonly answer: Answer
  /** True if the answer may replace an expired entry. */
  readonly accepted: boolean
}

const output = new Uint8Array(MESSAGE_MAX_SIZE)
const walk = new ReplyWalk()

export class CacheHandler implements Handler {
  readonly name = 'cache'
  readonly #context: CacheContext
  readonly #answerer: CacheAnswerer
  readonly #tap: CacheTap
  /** Questions that wait for the next plugins. */
  readonly #flight = new SingleFlight<Fetched>()

  constructor(context: CacheContext, answerer: CacheAnswerer, tap: CacheTap) {
    this.#context = context
    this.#answerer = answerer
    this.#tap = tap
  }

  async handle(query: Query, next: () => Promise<Answer>): Promise<Answer> {
    const { cache } = this.#context
    const { request, wire, isRefresh } = query
    if (!cache.covers(request, wire)) return next()
    if (isRefresh) return (await this.#fetch(query, next)).answer
    const exchange = exchangeOf(query)
    const length = this.#answerer.recall(exchange)
    if (length > 0) return { wire: output.slice(0, length) }
    const { stale } = cache.config
    if (stale === undefined) return (await this.#fetch(query, next)).answer
    const now = cache.now()
    const entry = cache.lookup(request, now)
    if (entry === undefined) return (await this.#fetch(query, next)).answer
    const left = entry.left(now)
    if (!stale.verify) {
      return { wire: output.slice(0, this.#answerer.reply(exchange, entry, left, now)) }
    }
    const kept = { wire: output.slice(0, this.#answerer.write(exchange, entry, left)) }
    const mayAsk = stale.recheckMs === 0 || entry.beginRefresh(now * 1000, REFRESH_LEASE_MS)
    if (!mayAsk) return this.#servedStale(kept)
    const fetched = await within(this.#fetch(query, next), stale.timeoutMs)
    return fetched?.accepted ? fetched.answer : this.#servedStale(kept)
  }

  #servedStale(kept: WireReply): WireReply {
    this.#context.counters[SERVED_STALE]!++
    return kept
  }

  /** Asks the next plugins, once for all equal questions that wait. */
  #fetch(query: Query, next: () => Promise<Answer>): Promise<Fetched> {
    return this.#flight.run(questionKey(query), () => {
      const { request, wire } = query
      // The upstream reports AD to who asks for it. The entry is for all clients, and each gets AD only if it asks.
      setU16(wire, 2, u16(wire, 2) | FLAG_AD)
      return next().then(
        (answer) => this.#store(request, answer),
        (error: unknown) => {
          this.#context.cache.refreshFailed(request)
          throw error
        },
      )
    })
  }

  #store(request: Request, answer: Answer): Fetched {
    if (!('wire' in answer)) {
      this.#context.cache.refreshFailed(request)
      return { answer, accepted: false }
    }
    const { wire } = answer
    const isWhole = walkReply(wire, 0, wire.length, walk)
    if (!isWhole || !repliesTo(request, wire, 0, wire.length)) {
      this.#context.counters[DROPS]!++
      this.#context.cache.refreshFailed(request)
      return { answer, accepted: false }
    }
    const { optEnd, optIsLast, end } = walk
    const result = this.#tap.admit(request, { bytes: wire, start: 0, walk })
    if (!request.wantsAuthentic) setFlags(wire, 0, walk.flags & ~FLAG_AD)
    const hadOpt = optEnd > 0 && walk.optEnd === 0
    const accepted = (result & ACCEPTED) !== 0
    return { answer: hadOpt && optIsLast ? withoutOpt(wire, end) : answer, accepted }
  }
}

/** The message without OPT, which starts at `end`. */
function withoutOpt(wire: Uint8Array, end: number): WireReply {
  const bytes = wire.subarray(0, end)
  setU16(bytes, 10, u16(bytes, 10) - 1)
  return { wire: bytes }
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
function exchangeOf({ request, wire }: Query): Exchange {
  const exchange = new Exchange(request)
  exchange.place(wire, 0, wire.length, output, 0)
  exchange.limit = MESSAGE_MAX_SIZE
  return exchange
}
