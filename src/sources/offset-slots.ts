// A hash table of offsets in a typed array: open addressing with linear probing. It takes about 6 bytes for each offset, a
// Map of integers about 45. What an offset means, and its hash, is known by the owner.

const EMPTY = 0
const DELETED = -1
const SMALLEST = 16
/** Above this share of used slots the table grows or is cleaned, to the share FILLED; below LEAST it shrinks. */
const FULL = 0.8
const FILLED = 0.6
const LEAST = 0.25

/** Offsets are integers above 0. */
export class OffsetSlots {
  readonly #hashOf: (offset: number) => number
  #slots = new Int32Array(SMALLEST)
  #size = 0
  #deleted = 0

  /** `hashOf` is the 32-bit hash of an offset that is in the table. */
  constructor(hashOf: (offset: number) => number) {
    this.#hashOf = hashOf
  }

  /** The number of offsets. */
  get size(): number {
    return this.#size
  }

  /** The offset with this hash that matches; 0 when there is none. */
  find(hash: number, matches: (offset: number) => boolean): number {
    const slot = this.#slotOf(hash, matches)
    return slot < 0 ? 0 : this.#slots[slot]!
  }

  /** Adds an offset that is not in the table. */
  add(offset: number): void {
    if (this.#size + this.#deleted + 1 > FULL * this.#slots.length) this.#resize(this.#size + 1)
    this.#insert(offset)
    this.#size++
  }

  /** Removes an offset, by its hash. */
  remove(offset: number): void {
    const slot = this.#slotOf(this.#hashOf(offset), (one) => one === offset)
    if (slot < 0) return
    this.#slots[slot] = DELETED
    this.#size--
    this.#deleted++
    const { length } = this.#slots
    if (length > SMALLEST && this.#size < LEAST * length) this.#resize(this.#size)
  }

  /** Puts `next` in the place of `offset`, which has the same hash. */
  replace(offset: number, next: number): void {
    const slot = this.#slotOf(this.#hashOf(offset), (one) => one === offset)
    if (slot >= 0) this.#slots[slot] = next
  }

  /** Removes all offsets, and makes room for `count`. */
  clear(count: number): void {
    this.#slots = new Int32Array(Math.max(SMALLEST, Math.ceil(count / FILLED)))
    this.#size = 0
    this.#deleted = 0
  }

  /** All offsets, in no order. */
  *values(): Iterable<number> {
    for (const offset of this.#slots) if (offset > EMPTY) yield offset
  }

  #resize(count: number): void {
    const old = this.#slots
    const size = this.#size
    this.clear(count)
    for (const offset of old) if (offset > EMPTY) this.#insert(offset)
    this.#size = size
  }

  #insert(offset: number): void {
    const { length } = this.#slots
    let slot = this.#first(this.#hashOf(offset))
    while (this.#slots[slot]! > EMPTY) slot = slot + 1 === length ? 0 : slot + 1
    if (this.#slots[slot] === DELETED) this.#deleted--
    this.#slots[slot] = offset
  }

  #slotOf(hash: number, matches: (offset: number) => boolean): number {
    const { length } = this.#slots
    for (let slot = this.#first(hash); ; slot = slot + 1 === length ? 0 : slot + 1) {
      const offset = this.#slots[slot]!
      if (offset === EMPTY) return -1
      if (offset !== DELETED && matches(offset)) return slot
    }
  }

  /** Where the search for a hash begins: any number of slots is possible, so the table grows by a third. */
  #first(hash: number): number {
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#slots.length)
  }
}
