// Which upstream is asked next for one query, and when to give up. Pure: no clock, no sockets
// (coredns plugin/forward forward.go ServeDNS).
import { isRepeating, isUsedUp } from './limits.ts'

/** What is known about upstreams at the moment of an attempt. */
interface UpstreamHealth<U> {
  /** It failed more probes than `max_fails`. */
  isDown(upstream: U): boolean
  /** Its last attempts failed: it is asked after all others. */
  isSuspect(upstream: U): boolean
}

interface CandidateRules {
  /** Attempts that may fail; 0 = no limit. */
  readonly maxFailed: number
  /** True: no attempt when all upstreams are down. */
  readonly failfast: boolean
  /** Numbers in [0, 1). */
  readonly random: () => number
  /** Called when all upstreams are down. */
  readonly onAllDown: () => void
}

/** The upstreams to ask for one query. */
export class Candidates<U> {
  readonly #upstreams: readonly U[]
  readonly #health: UpstreamHealth<U>
  readonly #rules: CandidateRules
  /** The position of the next upstream. */
  #next = 0
  /** Upstreams that were down since the last start of the list. */
  #down = 0
  #failed = 0
  #failovers = 0

  /** `upstreams` is in the order of the policy, and not empty. */
  constructor(upstreams: readonly U[], health: UpstreamHealth<U>, rules: CandidateRules) {
    const suspects = upstreams.filter((upstream) => health.isSuspect(upstream))
    this.#upstreams =
      suspects.length === 0
        ? upstreams
        : [...upstreams.filter((upstream) => !suspects.includes(upstream)), ...suspects]
    this.#health = health
    this.#rules = rules
  }

  /**
   * The upstream for the next attempt. Undefined ends the query: its attempts are used up, or all upstreams are down
   * and either `failfast` is set or one of them has been tried anyway.
   */
  next(): U | undefined {
    const all = this.#upstreams
    const { failfast, random, onAllDown } = this.#rules
    if (this.#isUsedUp) return undefined
    for (;;) {
      if (this.#next >= all.length) {
        this.#next = 0
        this.#down = 0
      }
      const upstream = all[this.#next++]!
      if (!this.#health.isDown(upstream)) return upstream
      if (++this.#down < all.length) continue
      onAllDown()
      // Perhaps the probes are wrong: one upstream at random is asked.
      return failfast ? undefined : all[Math.floor(random() * all.length)]
    }
  }

  /** An upstream to ask while another one is late: the next healthy one of the list that is not asked yet. */
  early(): U | undefined {
    for (let at = this.#next; at < this.#upstreams.length; at++) {
      const upstream = this.#upstreams[at]!
      if (this.#health.isDown(upstream) || this.#health.isSuspect(upstream)) continue
      this.#next = at + 1
      return upstream
    }
    return undefined
  }

  /** Counts a failed attempt. */
  fail(): void {
    this.#failed++
  }

  /** True if `next` has another upstream, and each has failed twice: attempts must not become a busy loop. */
  get isRepeating(): boolean {
    return !this.#isUsedUp && isRepeating(this.#failed, this.#upstreams.length)
  }

  get #isUsedUp(): boolean {
    const { maxFailed } = this.#rules
    return isUsedUp(this.#failed, maxFailed) || this.#down >= this.#upstreams.length
  }

  /** Counts a reply with an rcode of `failover`; true if another upstream may be asked. */
  failover(): boolean {
    return ++this.#failovers < this.#upstreams.length
  }
}
