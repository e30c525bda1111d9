// The ring of a store's arena: entries are appended at the head and leave at the tail. Only the holder of the store's lock
// may call it. Offsets and sizes are in units of 8 bytes.
import { ENTRY_UNITS, HEAD, LAP_END, LIMIT, LIVE_UNITS, TAIL, UNIT_WORDS } from './layout.ts'

/** The arena grows when live entries fill more than this part of it. */
const GROW_AT = 1 / 2

export class Ring {
  readonly #control: Int32Array
  readonly #words: Int32Array
  readonly #maxLimit: number

  /** `words` is the whole arena. */
  constructor(control: Int32Array, words: Int32Array) {
    this.#control = control
    this.#words = words
    this.#maxLimit = Math.trunc(words.length / UNIT_WORDS)
  }

  /** The most units that an entry may have. */
  get largestEntry(): number {
    return this.#maxLimit >>> 2
  }

  /** Units in use, whether entries are live or not. */
  get span(): number {
    const control = this.#control
    return control[HEAD]! - control[TAIL]! + control[LAP_END]!
  }

  /** Units of the part of the arena that is in use; it grows only. */
  get limit(): number {
    return this.#control[LIMIT]!
  }

  /** The offset of the oldest entry; -1 if there is none. */
  get oldest(): number {
    const control = this.#control
    return this.span === 0 ? -1 : control[TAIL]!
  }

  /**
   * The offset for an entry of `units`; -1 if the oldest entry has to leave first. The ring is unchanged until `append`,
   * except that it may begin a new lap.
   */
  reserve(units: number): number {
    const control = this.#control
    if (control[LAP_END] === 0) {
      if (control[HEAD]! + units <= control[LIMIT]!) return control[HEAD]!
      if (this.#grow(units)) return control[HEAD]!
      control[LAP_END] = control[HEAD]!
      control[HEAD] = 0
    }
    // The head never reaches the tail from behind: that would look like an empty ring.
    return control[HEAD]! + units < control[TAIL]! ? control[HEAD]! : -1
  }

  #grow(units: number): boolean {
    const control = this.#control
    let limit = control[LIMIT]!
    const isCrowded = control[LIVE_UNITS]! > limit * GROW_AT
    if (!isCrowded && this.span > 0) return false
    while (control[HEAD]! + units > limit && limit < this.#maxLimit) {
      limit = Math.min(2 * limit, this.#maxLimit)
    }
    control[LIMIT] = limit
    return control[HEAD]! + units <= limit
  }

  /** Adds the entry of `units` that was written at the offset that `reserve` returned. */
  append(units: number): void {
    this.#control[HEAD]! += units
  }

  /** Removes the oldest entry. */
  release(): void {
    const control = this.#control
    control[TAIL]! += this.#words[control[TAIL]! * UNIT_WORDS + ENTRY_UNITS]!
    if (control[LAP_END] !== 0 && control[TAIL] === control[LAP_END]) {
      control[TAIL] = 0
      control[LAP_END] = 0
    }
    if (control[LAP_END] === 0 && control[TAIL] === control[HEAD]) {
      control[TAIL] = 0
      control[HEAD] = 0
    }
  }

  /** Removes all entries. */
  clear(): void {
    this.#control.fill(0, HEAD, LIMIT)
  }
}
