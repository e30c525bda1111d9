// The writer of the name index: slots that point to entries of the slab (layout.ts). The index is at most half full.
// A rebuild fills a region that no reader uses and then switches the readers to it.
import { CodedError } from '../errors.ts'
import {
  ANSWER_WORDS,
  CONTROL_REGION,
  ENTRY_HEADER_WORDS,
  indexSlots,
  MAX_REGION,
  MIN_REGION,
  regionStart,
  SLOT_DELETED,
  SLOT_EMPTY,
  SLOT_UNIT_WORDS,
} from './layout.ts'
import type { ReaderEpochs } from './reader-epochs.ts'

/** Entries are offsets in the slab, in 32-bit words. */
export class NameIndex {
  readonly #control: Int32Array
  readonly #slots: Int32Array
  readonly #words: Int32Array
  readonly #epochs: ReaderEpochs
  #entries = 0
  #deleted = 0
  #largest = MIN_REGION

  constructor(control: Int32Array, slots: Int32Array, words: Int32Array, epochs: ReaderEpochs) {
    this.#control = control
    this.#slots = slots
    this.#words = words
    this.#epochs = epochs
    Atomics.store(control, CONTROL_REGION, MIN_REGION << 1)
  }

  /** Names in the index. */
  get entries(): number {
    return this.#entries
  }

  /** Bytes of the current region. */
  get usedBytes(): number {
    return 4 * 2 ** this.#size
  }

  /** Bytes of the index that were ever written. */
  get touchedBytes(): number {
    return 4 * indexSlots(this.#largest)
  }

  get #size(): number {
    return this.#control[CONTROL_REGION]! >>> 1
  }

  /** Points the slot of the entry's name to this entry; replaces an older entry. */
  publish(entry: number): void {
    const slot = this.#slotOf(entry)
    const before = this.#slots[slot]!
    if (before === SLOT_EMPTY || before === SLOT_DELETED) this.#entries++
    if (before === SLOT_DELETED) this.#deleted--
    Atomics.store(this.#slots, slot, entry / SLOT_UNIT_WORDS)
  }

  /** Removes the name, unless its slot points to a newer entry. */
  unpublish(entry: number): void {
    const slot = this.#slotOf(entry)
    if (this.#slots[slot] !== entry / SLOT_UNIT_WORDS) return
    Atomics.store(this.#slots, slot, SLOT_DELETED)
    this.#entries--
    this.#deleted++
  }

  /**
   * Makes room for `more` names; `eachEntry` visits all published entries. Throws TABLE_FULL.
   */
  reserve(more: number, eachEntry: (visit: (entry: number) => void) => void): void {
    if (2 * (this.#entries + this.#deleted + more) <= 2 ** this.#size) return
    let size = MIN_REGION
    while (3 * (this.#entries + more) > 2 ** size) size++
    if (size > MAX_REGION)
      throw new CodedError('TABLE_FULL', 'the answer table is full: no room for more names')
    const parity = (this.#control[CONTROL_REGION]! & 1) ^ (size === this.#size ? 1 : 0)
    // A reader may still probe this region, which the rebuild before the last one replaced.
    this.#epochs.awaitCurrent()
    const start = regionStart(size, parity)
    const mask = 2 ** size - 1
    this.#slots.fill(SLOT_EMPTY, start, start + mask + 1)
    eachEntry((entry) => {
      let i = this.#words[entry]! & mask
      while (this.#slots[start + i] !== SLOT_EMPTY) i = (i + 1) & mask
      this.#slots[start + i] = entry / SLOT_UNIT_WORDS
    })
    this.#largest = Math.max(this.#largest, size)
    this.#deleted = 0
    Atomics.store(this.#control, CONTROL_REGION, (size << 1) | parity)
    this.#epochs.next()
  }

  /** The slot of the entry's name, or the first free slot of its probe sequence. */
  #slotOf(entry: number): number {
    const start = regionStart(this.#size, this.#control[CONTROL_REGION]! & 1)
    const mask = 2 ** this.#size - 1
    let free = -1
    for (let i = this.#words[entry]! & mask; ; i = (i + 1) & mask) {
      const value = this.#slots[start + i]!
      if (value === SLOT_EMPTY) return free < 0 ? start + i : free
      if (value === SLOT_DELETED) {
        if (free < 0) free = start + i
      } else if (this.#sameName(value * SLOT_UNIT_WORDS, entry)) {
        return start + i
      }
    }
  }

  #sameName(a: number, b: number): boolean {
    const words = this.#words
    const length = words[a + 1]! & 0xff
    if (words[a] !== words[b] || length !== (words[b + 1]! & 0xff)) return false
    const nameA = a + ENTRY_HEADER_WORDS + ANSWER_WORDS * (words[a + 1]! >>> 8)
    const nameB = b + ENTRY_HEADER_WORDS + ANSWER_WORDS * (words[b + 1]! >>> 8)
    // Names are padded with zero bytes, so whole words can be compared.
    for (let i = 0; i < (length + 3) >>> 2; i++) {
      if (words[nameA + i] !== words[nameB + i]) return false
    }
    return true
  }
}
