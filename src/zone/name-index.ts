// The writer of the name index: slots that point to entries of the slab (layout.ts). The index is at most half full.
// A rebuild fills a region that no reader uses, under a new hash key, and then switches the readers to it.
import { CodedError } from '../errors.ts'
import {
  CONTROL_REGION,
  ENTRY_HEADER_WORDS,
  indexSlots,
  keyWord,
  MAX_REGION,
  MIN_REGION,
  regionMask,
  regionStart,
  SLOT_DELETED,
  SLOT_EMPTY,
  SLOT_UNIT_WORDS,
} from './layout.ts'
import { type HashKey, hashName, sameBytes } from './name-hash.ts'
import type { ReaderEpochs } from './reader-epochs.ts'

/**
 * The most slots that a lookup may probe. In an index that is half full, a run of n slots has a probability of about
 * e^(-0.19 n): the longest one has about 50 slots with half a million names, and 256 slots are one case in 10^14 even in
 * the largest index. A longer run means that the names were chosen for the key.
 */
const PROBES_MAX = 256
/** The keys that a rebuild tries; the last one with twice the slots. */
const KEYS_MAX = 4

interface NameIndexOptions {
  readonly control: Int32Array
  readonly slots: Int32Array
  readonly words: Int32Array
  readonly epochs: ReaderEpochs
  /** Visits all entries that are published, and those that are about to be. */
  readonly eachEntry: (visit: (entry: number) => void) => void
  readonly newKey: () => HashKey
}

/** Entries are offsets in the slab, in 32-bit words. */
export class NameIndex {
  readonly #control: Int32Array
  readonly #slots: Int32Array
  readonly #words: Int32Array
  readonly #epochs: ReaderEpochs
  readonly #eachEntry: NameIndexOptions['eachEntry']
  readonly #newKey: () => HashKey
  #entries = 0
  #deleted = 0
  #largest = MIN_REGION
  /** A longer probe leads to a rebuild. */
  #probesMax = PROBES_MAX
  /** The slots that the last call of `#slotOf` probed. */
  #probed = 0

  constructor(options: NameIndexOptions) {
    this.#control = options.control
    this.#slots = options.slots
    this.#words = options.words
    this.#epochs = options.epochs
    this.#eachEntry = options.eachEntry
    this.#newKey = options.newKey
    const first = MIN_REGION << 1
    this.#setKey(first)
    Atomics.store(this.#control, CONTROL_REGION, first)
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

  /** The current value of CONTROL_REGION. */
  get #region(): number {
    return this.#control[CONTROL_REGION]!
  }

  get #size(): number {
    return this.#region >>> 1
  }

  /** Points the slot of the entry's name to this entry; replaces an older entry. `reserve` must have made room. */
  publish(entry: number): void {
    const slot = this.#slotOf(entry)
    if (this.#probed > this.#probesMax) {
      // Publishes this entry too. There is room at this size: the rebuild removes deleted slots.
      this.#rebuild(this.#size)
      return
    }
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

  /** Makes room for `more` names. Throws TABLE_FULL. */
  reserve(more: number): void {
    if (2 * (this.#entries + this.#deleted + more) <= 2 ** this.#size) return
    let size = MIN_REGION
    while (3 * (this.#entries + more) > 2 ** size) size++
    if (size > MAX_REGION)
      throw new CodedError('TABLE_FULL', 'the answer table is full: no room for more names')
    this.#rebuild(size)
  }

  /**
   * Fills a region of 2^size slots with all entries under a new key, and switches readers to it. When no key makes the
   * probes short, the last one is used: answers are slow and still right, and the next rebuild for this reason comes
   * when the probes have doubled.
   */
  #rebuild(size: number): void {
    let region = 0
    let probes = 0
    for (let keys = 1; keys <= KEYS_MAX; keys++) {
      const isLast = keys === KEYS_MAX
      region = this.#unusedRegion(isLast ? Math.min(size + 1, MAX_REGION) : size)
      probes = this.#fill(region, isLast ? Number.POSITIVE_INFINITY : PROBES_MAX)
      if (probes <= PROBES_MAX) break
    }
    this.#probesMax = Math.max(PROBES_MAX, 2 * probes)
    this.#largest = Math.max(this.#largest, region >>> 1)
    this.#deleted = 0
    Atomics.store(this.#control, CONTROL_REGION, region)
    this.#epochs.next()
  }

  #unusedRegion(size: number): number {
    return (size << 1) | ((this.#region & 1) ^ (size === this.#size ? 1 : 0))
  }

  /** Returns the number of slots of the longest probe; stops when it is over `probesMax`. */
  #fill(region: number, probesMax: number): number {
    // A reader may still probe this region, which the rebuild before the last one replaced.
    this.#epochs.awaitCurrent()
    this.#setKey(region)
    const start = regionStart(region)
    const mask = regionMask(region)
    this.#slots.fill(SLOT_EMPTY, start, start + mask + 1)
    this.#entries = 0
    let longest = 0
    this.#eachEntry((entry) => {
      if (longest > probesMax) return
      const first = this.#hash(entry, region) & mask
      let slot = first
      while (this.#slots[start + slot] !== SLOT_EMPTY) slot = (slot + 1) & mask
      this.#slots[start + slot] = entry / SLOT_UNIT_WORDS
      this.#entries++
      longest = Math.max(longest, ((slot - first) & mask) + 1)
    })
    return longest
  }

  #setKey(region: number): void {
    this.#control.set(this.#newKey(), keyWord(region))
  }

  #hash(entry: number, region: number): number {
    const control = this.#control
    const key = keyWord(region)
    const length = this.#words[entry]! & 0xff
    const at = entry + ENTRY_HEADER_WORDS
    return hashName(this.#words, at, length, control[key]!, control[key + 1]!)
  }

  /** The slot of the entry's name, or the first free slot of its probe sequence. */
  #slotOf(entry: number): number {
    const region = this.#region
    const start = regionStart(region)
    const mask = regionMask(region)
    let free = -1
    this.#probed = 0
    for (let i = this.#hash(entry, region) & mask; ; i = (i + 1) & mask) {
      this.#probed++
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
    const length = words[a]! & 0xff
    if (length !== (words[b]! & 0xff)) return false
    return sameBytes(words, a + ENTRY_HEADER_WORDS, words, b + ENTRY_HEADER_WORDS, length)
  }
}
