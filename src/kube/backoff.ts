// How long to wait before the next try: doubling, with jitter, so that many servers that lost one API server
// do not come back at the same moment (client-go: 800 ms to 30 s).

const MIN_MS = 800
const MAX_MS = 30_000

export class Backoff {
  readonly #random: () => number
  #nextMs = MIN_MS

  constructor(random: () => number) {
    this.#random = random
  }

  /** Milliseconds to wait now: at least `atLeastMs`, and no more than `atMostMs` where that is longer. */
  next(atLeastMs = 0, atMostMs = MAX_MS): number {
    const delayMs = Math.min(this.#nextMs, atMostMs)
    this.#nextMs = Math.min(2 * this.#nextMs, MAX_MS)
    // Half fixed, half chance.
    return Math.max(atLeastMs, delayMs * (0.5 + 0.5 * this.#random()))
  }

  reset(): void {
    this.#nextMs = MIN_MS
  }
}
