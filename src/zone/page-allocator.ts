// Allocates pages of a slab: the smallest free block with room, whose rest stays free. Free neighbours are one block, so
// whoever changes the sizes of pages again and again does not touch more and more memory. Pages never move.
import { insertionIndex } from '../sorted.ts'

/** The smallest page, in 32-bit words. */
const SMALLEST_WORDS = 16

/** All sizes and offsets are in 32-bit words. */
export class PageAllocator {
  readonly #limit: number
  readonly #free = new FreeBlocks()
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
    const size = pageSize(words)
    const page = this.#free.take(size) ?? this.#fresh(size)
    if (page > 0) this.#used += size
    return page
  }

  /** Frees a page that was allocated for `words`. */
  free(page: number, words: number): void {
    const size = pageSize(words)
    this.#used -= size
    this.#free.add(page, size)
  }

  #fresh(size: number): number {
    if (this.#end + size > this.#limit) return 0
    const page = this.#end
    this.#end += size
    return page
  }
}

/**
 * Sizes in classes, eight for each power of two, so at most an eighth is unused: a Service of about the same size finds its
 * former page.
 */
function pageSize(words: number): number {
  if (words <= SMALLEST_WORDS) return SMALLEST_WORDS
  const step = Math.max(2, 2 ** (28 - Math.clz32(words - 1)))
  return Math.ceil(words / step) * step
}

/** The free blocks; no two of them are neighbours. */
class FreeBlocks {
  /** The size of each block by its first word. */
  readonly #sizeAt = new Map<number, number>()
  /** The first word of each block by the word behind it. */
  readonly #startBefore = new Map<number, number>()
  /** The first words of the blocks of a size. */
  readonly #ofSize = new Map<number, Set<number>>()
  /** The keys of `#ofSize`, ascending. */
  readonly #sizes: number[] = []

  /** Removes `size` words from the smallest block that has them; returns their first word, undefined when none has. */
  take(size: number): number | undefined {
    const found = this.#sizes[this.#position(size)]
    if (found === undefined) return undefined
    const [start] = this.#ofSize.get(found)!
    this.#remove(start!, found)
    if (found > size) this.#insert(start! + size, found - size)
    return start
  }

  /** Adds a block, and joins it with its neighbours. */
  add(start: number, size: number): void {
    const before = this.#startBefore.get(start)
    const after = this.#sizeAt.get(start + size)
    if (after !== undefined) this.#remove(start + size, after)
    if (before !== undefined) this.#remove(before, start - before)
    const first = before ?? start
    this.#insert(first, start + size + (after ?? 0) - first)
  }

  #insert(start: number, size: number): void {
    this.#sizeAt.set(start, size)
    this.#startBefore.set(start + size, start)
    const starts = this.#ofSize.get(size)
    if (starts !== undefined) {
      starts.add(start)
      return
    }
    this.#ofSize.set(size, new Set([start]))
    this.#sizes.splice(this.#position(size), 0, size)
  }

  #remove(start: number, size: number): void {
    this.#sizeAt.delete(start)
    this.#startBefore.delete(start + size)
    const starts = this.#ofSize.get(size)!
    starts.delete(start)
    if (starts.size > 0) return
    this.#ofSize.delete(size)
    this.#sizes.splice(this.#position(size), 1)
  }

  /** The position of the first of `#sizes` that is at least `size`. */
  #position(size: number): number {
    return insertionIndex(this.#sizes, (one) => one < size)
  }
}
