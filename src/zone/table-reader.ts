// A reader of the answer table, one for each table and thread. It takes no locks and allocates nothing. The result
// of a lookup is valid until `leave`.
import {
  ANSWER_WORDS,
  answersWord,
  CONTROL_EPOCH,
  CONTROL_REGION,
  CONTROL_SERIAL,
  CONTROL_SYNCED,
  ENTRY_HEADER_WORDS,
  keyWord,
  readerWord,
  regionMask,
  regionStart,
  SLOT_DELETED,
  SLOT_EMPTY,
  SLOT_UNIT_WORDS,
  type TableHandle,
} from './layout.ts'
import { hashName, sameBytes } from './name-hash.ts'

/** Entries and answers are offsets in the slab, in 32-bit words. */
export class TableReader {
  /** The slab as bytes: answers are copied from here. */
  readonly bytes: Uint8Array
  /** The same slab as words: data that is no RRs is read from here. */
  readonly words: Int32Array
  readonly #control: Int32Array
  readonly #index: Int32Array
  readonly #reader: number

  /** `id` (0 to MAX_READERS - 1) must be unique among all readers of the table. */
  constructor(handle: TableHandle, id: number) {
    this.bytes = new Uint8Array(handle.slab)
    this.words = new Int32Array(handle.slab)
    this.#control = new Int32Array(handle.control)
    this.#index = new Int32Array(handle.index)
    this.#reader = readerWord(id)
  }

  /** Starts a batch of reads: pages that are replaced after this call stay readable until `leave`. */
  enter(): void {
    Atomics.store(this.#control, this.#reader, Atomics.load(this.#control, CONTROL_EPOCH))
  }

  /** Ends the batch of reads. */
  leave(): void {
    Atomics.store(this.#control, this.#reader, 0)
  }

  /** True after the source of this table has listed all its objects. */
  get synced(): boolean {
    return Atomics.load(this.#control, CONTROL_SYNCED) !== 0
  }

  /** The current SOA serial (unsigned 32 bits). */
  get serial(): number {
    return Atomics.load(this.#control, CONTROL_SERIAL) >>> 0
  }

  /** The entry of the relative lower-case name in the first `length` bytes of `name`; 0 when there is none. */
  find(name: Int32Array, length: number): number {
    const control = this.#control
    // The key of a region does not change while it can be probed: it was written before the region became current.
    const region = Atomics.load(control, CONTROL_REGION)
    const key = keyWord(region)
    const hash = hashName(name, 0, length, control[key]!, control[key + 1]!)
    const start = regionStart(region)
    const mask = regionMask(region)
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const value = Atomics.load(this.#index, start + slot)
      if (value === SLOT_EMPTY) return 0
      if (value === SLOT_DELETED) continue
      const entry = value * SLOT_UNIT_WORDS
      if ((this.words[entry]! & 0xff) !== length) continue
      if (sameBytes(this.words, entry + ENTRY_HEADER_WORDS, name, 0, length)) return entry
    }
  }

  /** The answer of an entry for a type; 0 when there is none. */
  answer(entry: number, type: number): number {
    const shape = this.words[entry]!
    const first = answersWord(entry, shape & 0xff)
    const end = first + ANSWER_WORDS * ((shape >>> 8) & 0xff)
    for (let at = first; at < end; at += ANSWER_WORDS) {
      if ((this.words[at]! & 0xffff) === type) return at
    }
    return 0
  }

  /** 0, PENDING_NODATA or PENDING_NXDOMAIN. */
  pending(entry: number): number {
    return this.words[entry]! >>> 16
  }

  /** Bytes of each RR if all RRs of the answer have the same size and may be rotated; else 0. */
  rrSize(answer: number): number {
    return this.words[answer]! >>> 16
  }

  /** RRs for the answer section. */
  answerCount(answer: number): number {
    return this.words[answer + 1]! & 0xffff
  }

  /** RRs for the additional section. */
  additionalCount(answer: number): number {
    return this.words[answer + 1]! >>> 16
  }

  /** The offset in `bytes` of the RRs of this answer. */
  dataStart(entry: number, answer: number): number {
    return (entry - this.words[entry + 1]! + this.words[answer + 2]!) * 4
  }

  /** Bytes of all RRs of an answer. */
  dataLength(answer: number): number {
    return this.words[answer + 3]!
  }
}
