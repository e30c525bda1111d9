// The memory that the objects of one source may take. Many users write these objects, and DNS keeps them all.

/**
 * 512 MiB. 100,000 imported Services of two clusters with three endpoints in each take 70 MB, 100,000 Services of a cluster
 * with three Pods in each 104 MB; who may write objects without end takes no more than this.
 */
export const MAX_SOURCE_BYTES = 512 * 2 ** 20

/** Room for objects; sizes are approximate, in bytes. */
export class Room {
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** What is taken. */
  get bytes(): number {
    return this.#bytes
  }

  /** Takes `growth` bytes; negative ones are given back. False when there are not so many left, and then none are taken. */
  take(growth: number): boolean {
    if (growth > 0 && this.#bytes + growth > this.#limit) return false
    this.#bytes += growth
    return true
  }
}
