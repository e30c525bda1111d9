// Exponential backoff with jitter, so that many clients do not return to a restarted API server at the same moment
// (client-go: 800 ms to 30 s).

const MIN_MS = 800
const MAX_MS = 30_000

/** The delays before successive retries, up to `maxMs` milliseconds. `random` is uniform in [0, 1). */
export class Backoff {
  readonly #random: () => number
  readonly #maxMs: number
  #nextMs = MIN_MS

  constructor(random: () => number, maxMs = MAX_MS) {
    this.#random = random
    this.#maxMs = maxMs
  }

  /** The next delay in milliseconds, at most `atMostMs`. */
  next(atMostMs = this.#maxMs): number {
    const delayMs = Math.min(this.#nextMs, atMostMs)
    this.#nextMs = Math.min(2 * this.#nextMs, this.#maxMs)
    // Half of the delay is fixed, half is random.
    return delayMs * (0.5 + 0.5 * this.#random())
  }

  /** Starts again with the shortest delay. */
  reset(): void {
    this.#nextMs = MIN_MS
  }
}
