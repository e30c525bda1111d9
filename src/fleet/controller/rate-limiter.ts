// How fast one cluster may be written to: so many writes a second, a burst after a rest, and none while the
// server has asked us to wait (Retry-After).
import { type Clock, sleep } from '../../kube/clock.ts'

export interface RateLimits {
  /** Writes a second in the long run; Infinity for no limit. */
  readonly qps: number
  /** Writes at once after a rest. */
  readonly burst: number
}

export const defaultRateLimits: RateLimits = { qps: 100, burst: 200 }

export class TokenBucket {
  readonly #limits: RateLimits
  readonly #clock: Clock
  #tokens: number
  #filledAt: number
  #pausedUntil = Number.NEGATIVE_INFINITY

  constructor(limits: RateLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
    this.#tokens = limits.burst
    this.#filledAt = clock.now()
  }

  /** No write for `ms`. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms)
  }

  /** Resolves when a write may begin, without counting one; or when the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    for (let wait = this.#wait(); wait > 0 && !signal.aborted; wait = this.#wait()) {
      await sleep(this.#clock, wait, signal)
    }
  }

  /** Counts a write as soon as it may begin. */
  async take(signal: AbortSignal): Promise<void> {
    await this.ready(signal)
    this.#tokens--
  }

  #wait(): number {
    const now = this.#clock.now()
    const { qps, burst } = this.#limits
    if (now < this.#pausedUntil) return this.#pausedUntil - now
    if (qps === Number.POSITIVE_INFINITY) return 0
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * qps) / 1000)
    this.#filledAt = now
    return this.#tokens >= 1 ? 0 : Math.max(1, ((1 - this.#tokens) * 1000) / qps)
  }
}
