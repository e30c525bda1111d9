// A histogram of latencies with buckets that are 2 % wide, so that its size does not depend on the number of values.

const BUCKETS_PER_E = 50
/** The upper bound of the first bucket, in milliseconds. */
const FIRST_MS = 0.01
const BUCKETS = 800

/** Counts values in milliseconds. */
export class Histogram {
  readonly #counts: Uint32Array
  #total = 0

  /** `counts` are those of another histogram, from `counts()`. */
  constructor(counts?: ArrayLike<number>) {
    this.#counts = counts === undefined ? new Uint32Array(BUCKETS) : Uint32Array.from(counts)
    for (const count of this.#counts) this.#total += count
  }

  /** Adds one value. */
  add(ms: number): void {
    const bucket = ms <= FIRST_MS ? 0 : Math.ceil(Math.log(ms / FIRST_MS) * BUCKETS_PER_E)
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++
    this.#total++
  }

  /** Adds all values of another histogram. */
  merge(other: Histogram): void {
    const counts = other.counts()
    for (let i = 0; i < BUCKETS; i++) this.#counts[i]! += counts[i]!
    this.#total += other.total
  }

  /** The number of values. */
  get total(): number {
    return this.#total
  }

  /** The upper bound, in milliseconds, of the bucket with the quantile `share` (0 to 1); NaN without values. */
  quantile(share: number): number {
    if (this.#total === 0) return Number.NaN
    const rank = Math.max(1, Math.ceil(share * this.#total))
    let seen = 0
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i]!
      if (seen >= rank) return FIRST_MS * Math.exp(i / BUCKETS_PER_E)
    }
    return Number.NaN
  }

  /** The count of each bucket, for another thread. */
  counts(): Uint32Array {
    return this.#counts
  }
}
