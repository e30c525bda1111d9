// Asks the next plugins of the chain, and stores what they answer. Equal questions wait for one answer.
import { setU16, u16 } from '../../dns/bytes.ts'
import { FLAG_AD } from '../../dns/codes.ts'
import { ReplyWalk, repliesTo, walkReply } from '../../dns/reply-walk.ts'
import type { Request } from '../../dns/request.ts'
import { setFlags } from '../../dns/wire-reply.ts'
import type { Answer, Query, WireReply } from '../chain.ts'
import { ACCEPTED } from './admission.ts'
import type { CacheContext } from './answerer.ts'
import { DROPS } from './counters.ts'
import { questionKey, SingleFlight } from './single-flight.ts'
import type { CacheTap } from './tap.ts'

/** An answer of the next plugins, after it was stored. */
export interface Fetched {
  readonly answer: Answer
  /** True if the answer may replace an expired entry. */
  readonly accepted: boolean
}

const walk = new ReplyWalk()

export class Fetcher {
  readonly #context: CacheContext
  readonly #tap: CacheTap
  /** Questions that wait for the next plugins. */
  readonly #flight = new SingleFlight<Fetched>()

  constructor(context: CacheContext, tap: CacheTap) {
    this.#context = context
    this.#tap = tap
  }

  /** Asks the next plugins, once for all equal questions that wait. */
  fetch(query: Query, next: () => Promise<Answer>): Promise<Fetched> {
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
export function withoutOpt(wire: Uint8Array, end: number): WireReply {
  const bytes = wire.subarray(0, end)
  setU16(bytes, 10, u16(bytes, 10) - 1)
  return { wire: bytes }
}
