// The queries that wait for upstreams: a bounded number of slots in typed arrays. Equal queries share a slot, so that an
// upstream is asked once (single flight). Slots are found by a keyed hash, because strangers choose the names.
import { HEADER_SIZE } from '../../../dns/codes.ts'
import { lowerCase } from '../../../dns/name.ts'
import { type HashKey, hashName } from '../../../zone/name-hash.ts'
import { QUERY_MAX, sameQuery } from './query.ts'

const NONE = -1

/** No slot. */
export const NO_SLOT = NONE

/** The slots 0 to `capacity` - 1. Memory of slots that were never used is address space only. */
export class InFlight {
  readonly capacity: number
  /** The query of slot s starts at `QUERY_MAX * s`. */
  readonly queries: Uint8Array
  readonly #buckets: Int32Array
  readonly #mask: number
  readonly #key: HashKey
  /** The lower-case query of `find`, as words for the hash. */
  readonly #keyWords = new Int32Array(QUERY_MAX / 4)
  readonly #keyBytes = new Uint8Array(this.#keyWords.buffer)
  #lastHash = 0
  readonly #hash: Int32Array
  readonly #group: Uint8Array
  readonly #length: Uint16Array
  readonly #nameLength: Uint8Array
  /** The next slot of a bucket, or the next free slot. */
  readonly #next: Int32Array
  // The slots in use from the oldest to the newest.
  readonly #older: Int32Array
  readonly #newer: Int32Array
  #oldest = NONE
  #newest = NONE
  #free = 0
  #used = 0

  /** `capacity` is a power of two. */
  constructor(capacity: number, key: HashKey) {
    this.capacity = capacity
    this.queries = new Uint8Array(capacity * QUERY_MAX)
    this.#buckets = new Int32Array(2 * capacity).fill(NONE)
    this.#mask = 2 * capacity - 1
    this.#key = key
    this.#hash = new Int32Array(capacity)
    this.#group = new Uint8Array(capacity)
    this.#length = new Uint16Array(capacity)
    this.#nameLength = new Uint8Array(capacity)
    this.#next = Int32Array.from({ length: capacity }, (_, i) => (i + 1 < capacity ? i + 1 : NONE))
    this.#older = new Int32Array(capacity)
    this.#newer = new Int32Array(capacity)
  }

  /** Slots in use. */
  get size(): number {
    return this.#used
  }

  get isFull(): boolean {
    return this.#free === NONE
  }

  /** The slot that is in use for longest; NO_SLOT if none is. */
  get oldest(): number {
    return this.#oldest
  }

  /** The length of a slot's query in bytes. */
  length(slot: number): number {
    return this.#length[slot]!
  }

  /** The length of the name in a slot's query. */
  nameLength(slot: number): number {
    return this.#nameLength[slot]!
  }

  /**
   * The slot of group `group` (0 to 255) with the same query but for id and case of the name; NO_SLOT if there is none.
   * `query` has `length` bytes, at most QUERY_MAX, at offset 0.
   */
  find(group: number, query: Uint8Array, length: number, nameLength: number): number {
    const hash = this.#hashOf(group, query, length, nameLength)
    this.#lastHash = hash
    for (let slot = this.#buckets[hash & this.#mask]!; slot !== NONE; slot = this.#next[slot]!) {
      if (this.#hash[slot] !== hash || this.#group[slot] !== group) continue
      if (this.#length[slot] !== length || this.#nameLength[slot] !== nameLength) continue
      if (sameQuery(this.queries, slot * QUERY_MAX, query, 0, length, nameLength)) return slot
    }
    return NONE
  }

  /** Takes a free slot for the query of the last `find`; `isFull` must be false. */
  add(group: number, query: Uint8Array, length: number, nameLength: number): number {
    const slot = this.#free
    this.#free = this.#next[slot]!
    const hash = this.#lastHash
    const bucket = hash & this.#mask
    this.#hash[slot] = hash
    this.#group[slot] = group
    this.#length[slot] = length
    this.#nameLength[slot] = nameLength
    const at = slot * QUERY_MAX
    for (let i = 0; i < length; i++) this.queries[at + i] = query[i]!
    this.#next[slot] = this.#buckets[bucket]!
    this.#buckets[bucket] = slot
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
    this.#used++
    return slot
  }

  /** Frees a slot. The next query takes it, so that few of the slots' pages are ever touched. */
  remove(slot: number): void {
    const bucket = this.#hash[slot]! & this.#mask
    const next = this.#next[slot]!
    if (this.#buckets[bucket] === slot) {
      this.#buckets[bucket] = next
    } else {
      let before = this.#buckets[bucket]!
      while (this.#next[before] !== slot) before = this.#next[before]!
      this.#next[before] = next
    }
    const older = this.#older[slot]!
    const newer = this.#newer[slot]!
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    this.#next[slot] = this.#free
    this.#free = slot
    this.#used--
  }

  #hashOf(group: number, query: Uint8Array, length: number, nameLength: number): number {
    const bytes = this.#keyBytes
    bytes[0] = group
    bytes[1] = 0
    for (let i = 2; i < length; i++) bytes[i] = query[i]!
    const nameEnd = HEADER_SIZE + nameLength
    for (let i = HEADER_SIZE; i < nameEnd; i++) bytes[i] = lowerCase[query[i]!]!
    // The last word has bytes of a former query; the hash masks them.
    return hashName(this.#keyWords, 0, length, this.#key[0], this.#key[1])
  }
}
