// The rate limiter for the writes to one cluster: a token bucket with client-go's `qps` and `burst`, and a pause
// while the API server asks for one (Retry-After).
import { type Clock, sleep } from '../../kube/clock.ts'

/** Limits of a token bucket, named as in client-go. */
export interface RateLimits {
  /** Writes per second on average; Infinity for no limit. */
  readonly qps: number
  /** Writes that may follow at once after an idle time. */
  readonly burst: number
}

/** The defaults for writes to one cluster. */
export const defaultRateLimits: RateLimits = { qps: 100, burst: 200 }

/** A token bucket: each write takes one token. */
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

  /** Allows no write for `ms` milliseconds. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + ms)
  }

  /** Resolves when a write may start, or when the signal aborts. Takes no token. */
  async ready(signal: AbortSignal): Promise<void> {
    for (let wait = this.#wait(); wait > 0 && !signal.aborted; wait = this.#wait()) {
      await sleep(this.#clock, wait, signal)
    }
  }

  /** Waits like `ready`, then takes the token of one write. */
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
