// How long to wait before the next try: doubling, jittered, 0.8 to 30 seconds, never less than the server's
// Retry-After. The count starts again after a stream that was healthy for a while.

const FIRST_MS = 800
const CAP_MS = 15_000

export class Backoff {
  readonly #random: () => number
  #failures = 0

  constructor(random: () => number) {
    this.#random = random
  }

  get failures(): number {
    return this.#failures
  }

  /** The wait after one more failure. */
  next(atLeastMs = 0): number {
    const base = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    return Math.max(base * (1 + this.#random()), atLeastMs)
  }

  reset(): void {
    this.#failures = 0
  }
}
