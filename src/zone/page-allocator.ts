// Allocates pages of a slab in size classes, eight for each power of two, so at most an eighth is unused. A freed
// page is reused for its class only. Pages never move or merge: a Service usually returns with the same size.

/** The smallest size class, in 32-bit words. */
const SMALLEST_WORDS = 16

/** All sizes and offsets are in 32-bit words. */
export class PageAllocator {
  readonly #limit: number
  readonly #free = new Map<number, number[]>()
  /** The first page is never allocated: 0 means "no page". */
  #end = SMALLEST_WORDS
  #used = 0

  /** `words` is the size of the slab in 32-bit words. */
  constructor(words: number) {
    this.#limit = words
  }

  /** Words of the allocated pages. */
  get usedWords(): number {
    return this.#used
  }

  /** Words at the start of the slab that were ever allocated. */
  get touchedWords(): number {
    return this.#end
  }

  /** The first word of a page with room for `words`, aligned to 8 bytes; 0 when the slab is full. */
  allocate(words: number): number {
    const size = classOf(words)
    const page = this.#free.get(size)?.pop()
    if (page !== undefined) {
      this.#used += size
      return page
    }
    if (this.#end + size > this.#limit) return 0
    const fresh = this.#end
    this.#end += size
    this.#used += size
    return fresh
  }

  /** Frees a page that was allocated for `words`. */
  free(page: number, words: number): void {
    const size = classOf(words)
    this.#used -= size
    const list = this.#free.get(size)
    if (list === undefined) this.#free.set(size, [page])
    else list.push(page)
  }
}

/** The class for a size: a multiple of an eighth of the power of two below it, at least 16 words. */
function classOf(words: number): number {
  if (words <= SMALLEST_WORDS) return SMALLEST_WORDS
  const step = Math.max(2, 2 ** (28 - Math.clz32(words - 1)))
  return Math.ceil(words / step) * step
}
