// How long to wait before an API server is asked again. A restarted API server answers 429 with a Retry-After of up to
// 30 s until its caches are filled, and often is ready long before that. So the first two minutes of an outage are
// retried every few seconds; an API server that stays overloaded gets the time it asks for.
import { Backoff } from './backoff.ts'
import type { Clock } from './clock.ts'

/** A restart of an API server takes less than this. */
const RESTART_MS = 120_000
/** The longest wait in that time. */
const RESTART_MAX_MS = 5000
/** Waits for a Retry-After differ by up to this long, because the server gives all clients the same time. */
const STAGGER_MS = 1000

/** The delays before successive retries of one request. */
export class OutageBackoff {
  readonly #backoff: Backoff
  readonly #random: () => number
  readonly #clock: Pick<Clock, 'now'>
  /** Clock.now() of the first failure; undefined while there is no outage. */
  #since: number | undefined

  constructor(random: () => number, clock: Pick<Clock, 'now'>) {
    this.#backoff = new Backoff(random)
    this.#random = random
    this.#clock = clock
  }

  /**
   * The next delay in milliseconds: at most 5 s in the first two minutes, and after them at least the Retry-After of the
   * response (`retryAfterMs`).
   */
  next(retryAfterMs = 0): number {
    const now = this.#clock.now()
    this.#since ??= now
    const maxMs = now - this.#since < RESTART_MS ? RESTART_MAX_MS : Number.POSITIVE_INFINITY
    const delayMs = this.#backoff.next(maxMs)
    if (retryAfterMs === 0) return delayMs
    const askedMs = Math.min(retryAfterMs, maxMs - STAGGER_MS)
    return Math.max(delayMs, askedMs + STAGGER_MS * this.#random())
  }

  /** Ends the outage. */
  reset(): void {
    this.#backoff.reset()
    this.#since = undefined
  }
}
