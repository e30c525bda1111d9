// The writing side of the answer table: the only one that changes it. Each owner (a service) has one page
// that holds all its names; a change builds a new page, switches the slots of its names one by one, and
// retires the old page until every reader has moved on.
import { CodedError } from '../errors.ts'
import type { CompiledName } from './compiled.ts'
import {
  ANSWER_WORDS,
  CONTROL_BYTES,
  CONTROL_EPOCH,
  CONTROL_REGION,
  CONTROL_SERIAL,
  CONTROL_SYNCED,
  ENTRY_HEADER_WORDS,
  entryWords,
  hashName,
  indexSlots,
  MAX_READERS,
  MAX_REGION,
  MIN_REGION,
  PAGE_HEADER_WORDS,
  readerWord,
  regionStart,
  SLOT_DELETED,
  SLOT_EMPTY,
  SLOT_UNIT_WORDS,
  type TableHandle,
} from './layout.ts'
import { PageAllocator } from './page-allocator.ts'

export interface TableOptions {
  /** Bytes of address space reserved for answers; memory is used only as it fills. */
  readonly maxBytes?: number
}

export interface TableStats {
  /** Names in the table. */
  readonly entries: number
  /** Bytes of pages in use, of pages waiting for readers, and of the index in use. */
  readonly usedBytes: number
  /** Bytes of memory ever touched: what the table costs the process. */
  readonly reservedBytes: number
}

/** 4 GiB less a page: over a million services; address space costs nothing until it is touched. */
const DEFAULT_MAX_BYTES = 2 ** 32 - 4096
const READER_PATIENCE_MS = 10_000

export class TableWriter {
  readonly handle: TableHandle
  readonly #control: Int32Array
  readonly #index: Int32Array
  readonly #words: Int32Array
  readonly #pages: PageAllocator
  readonly #owners = new Map<string, number>()
  /** Pages that readers may still see, oldest first, with the epoch they were retired in. */
  #retired: { page: number; words: number; epoch: number }[] = []
  #scratch = new Int32Array(4096)
  #entries = 0
  #deleted = 0
  #largestRegion = MIN_REGION

  constructor(options: TableOptions = {}) {
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
    this.handle = {
      control: new SharedArrayBuffer(CONTROL_BYTES),
      index: new SharedArrayBuffer(4 * indexSlots(MAX_REGION)),
      slab: new SharedArrayBuffer(maxBytes),
    }
    this.#control = new Int32Array(this.handle.control)
    this.#index = new Int32Array(this.handle.index)
    this.#words = new Int32Array(this.handle.slab)
    this.#pages = new PageAllocator(this.#words.length)
    Atomics.store(this.#control, CONTROL_REGION, MIN_REGION << 1)
    Atomics.store(this.#control, CONTROL_EPOCH, 1)
  }

  /**
   * Makes `names` all that `owner` has in the table; none removes the owner. Returns false when nothing
   * changed. Throws TABLE_FULL, and then leaves the owner as it was.
   */
  replace(owner: string, names: readonly CompiledName[]): boolean {
    const old = this.#owners.get(owner) ?? 0
    if (names.length === 0 && old === 0) return false
    const words = names.length === 0 ? 0 : this.#build(names)
    if (old !== 0 && this.#samePage(old, words)) return false
    this.#reclaim()
    let page = 0
    if (words > 0) {
      this.#growIndex(names.length)
      page = this.#pages.allocate(words)
      if (page === 0) {
        throw new CodedError(
          'TABLE_FULL',
          `no room for the answers of ${owner} in the answer table`,
        )
      }
      this.#words.set(this.#scratch.subarray(0, words), page)
      this.#owners.set(owner, page)
    } else {
      this.#owners.delete(owner)
    }
    if (page !== 0) this.#eachEntry(page, (entry) => this.#publish(entry))
    if (old !== 0) {
      this.#eachEntry(old, (entry) => this.#unpublish(entry))
      this.#retire(old)
    }
    return true
  }

  owners(): IterableIterator<string> {
    return this.#owners.keys()
  }

  /** Moves the SOA serial: `nowSeconds`, or one past the last where that is greater (RFC 1982 order). */
  advanceSerial(nowSeconds: number): void {
    const last = Atomics.load(this.#control, CONTROL_SERIAL) >>> 0
    Atomics.store(this.#control, CONTROL_SERIAL, Math.max(nowSeconds, last + 1) | 0)
  }

  setSynced(): void {
    Atomics.store(this.#control, CONTROL_SYNCED, 1)
  }

  /** For a reader whose thread is gone: what it was reading no longer holds memory. */
  releaseReader(id: number): void {
    Atomics.store(this.#control, readerWord(id), 0)
  }

  stats(): TableStats {
    this.#reclaim()
    const indexBytes = 4 * 2 ** (Atomics.load(this.#control, CONTROL_REGION) >>> 1)
    return {
      entries: this.#entries,
      usedBytes: 4 * this.#pages.usedWords + indexBytes,
      reservedBytes: 4 * (this.#pages.touchedWords + indexSlots(this.#largestRegion)),
    }
  }

  /** Lays the page out in `#scratch`; returns its words. Answers with the same bytes are kept once. */
  #build(names: readonly CompiledName[]): number {
    let entriesWords = PAGE_HEADER_WORDS
    let dataWords = 0
    const placed = new Map<Uint8Array, number>()
    for (const { name, answers } of names) {
      entriesWords += entryWords(name.length, answers.length)
      for (const { bytes } of answers) {
        if (placed.has(bytes)) continue
        placed.set(bytes, dataWords)
        dataWords += (bytes.length + 3) >>> 2
      }
    }
    const total = entriesWords + dataWords
    if (this.#scratch.length < total) this.#scratch = new Int32Array(2 * total)
    const words = this.#scratch.fill(0, 0, total)
    const bytes = new Uint8Array(words.buffer)
    words[0] = total
    words[1] = names.length
    let at = PAGE_HEADER_WORDS
    for (const { name, answers } of names) {
      words[at] = hashName(name, name.length)
      words[at + 1] = name.length | (answers.length << 8)
      words[at + 2] = at
      let word = at + ENTRY_HEADER_WORDS
      for (const answer of answers) {
        words[word] = answer.type | (answer.rrSize << 16)
        words[word + 1] = answer.answers | (answer.additionals << 16)
        words[word + 2] = entriesWords + placed.get(answer.bytes)!
        words[word + 3] = answer.bytes.length
        word += ANSWER_WORDS
      }
      bytes.set(name, 4 * word)
      at += entryWords(name.length, answers.length)
    }
    for (const [data, offset] of placed) bytes.set(data, 4 * (entriesWords + offset))
    return total
  }

  #samePage(page: number, words: number): boolean {
    if (this.#words[page] !== words) return false
    for (let i = 1; i < words; i++) if (this.#words[page + i] !== this.#scratch[i]) return false
    return true
  }

  #eachEntry(page: number, visit: (entry: number) => void): void {
    let entry = page + PAGE_HEADER_WORDS
    for (let left = this.#words[page + 1]!; left > 0; left--) {
      visit(entry)
      const shape = this.#words[entry + 1]!
      entry += entryWords(shape & 0xff, shape >>> 8)
    }
  }

  /** Points the name's slot at this entry, taking the place of an older one. */
  #publish(entry: number): void {
    const slot = this.#slotOf(entry)
    const before = this.#index[slot]!
    if (before === SLOT_EMPTY || before === SLOT_DELETED) this.#entries++
    if (before === SLOT_DELETED) this.#deleted--
    Atomics.store(this.#index, slot, entry / SLOT_UNIT_WORDS)
  }

  /** Removes the name unless a newer entry has taken its slot. */
  #unpublish(entry: number): void {
    const slot = this.#slotOf(entry)
    if (this.#index[slot] !== entry / SLOT_UNIT_WORDS) return
    Atomics.store(this.#index, slot, SLOT_DELETED)
    this.#entries--
    this.#deleted++
  }

  /** The slot that holds the entry's name, else the first free one on its path. */
  #slotOf(entry: number): number {
    const region = this.#control[CONTROL_REGION]!
    const start = regionStart(region >>> 1, region & 1)
    const mask = 2 ** (region >>> 1) - 1
    let free = -1
    for (let i = this.#words[entry]! & mask; ; i = (i + 1) & mask) {
      const value = this.#index[start + i]!
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
    // Names are padded with zero bytes, so whole words compare.
    for (let i = 0; i < (length + 3) >>> 2; i++) {
      if (words[nameA + i] !== words[nameB + i]) return false
    }
    return true
  }

  /** Keeps the index at most half full with `more` names, deleted slots counted. */
  #growIndex(more: number): void {
    const region = this.#control[CONTROL_REGION]!
    const size = region >>> 1
    if (2 * (this.#entries + this.#deleted + more) <= 2 ** size) return
    let next = MIN_REGION
    while (3 * (this.#entries + more) > 2 ** next) next++
    if (next > MAX_REGION)
      throw new CodedError('TABLE_FULL', 'the answer table has no room for names')
    const parity = next === size ? (region & 1) ^ 1 : region & 1
    // A reader may still probe the region that the rebuild before the last left behind.
    this.#awaitReaders()
    const start = regionStart(next, parity)
    const mask = 2 ** next - 1
    this.#index.fill(SLOT_EMPTY, start, start + mask + 1)
    for (const page of this.#owners.values()) {
      this.#eachEntry(page, (entry) => {
        let i = this.#words[entry]! & mask
        while (this.#index[start + i] !== SLOT_EMPTY) i = (i + 1) & mask
        this.#index[start + i] = entry / SLOT_UNIT_WORDS
      })
    }
    this.#largestRegion = Math.max(this.#largestRegion, next)
    this.#deleted = 0
    Atomics.store(this.#control, CONTROL_REGION, (next << 1) | parity)
    this.#nextEpoch()
  }

  #retire(page: number): void {
    const epoch = this.#control[CONTROL_EPOCH]!
    this.#retired.push({ page, words: this.#words[page]!, epoch })
    this.#nextEpoch()
  }

  /** 0 means "not reading", so the epoch steps over it when it wraps. */
  #nextEpoch(): void {
    const next = (this.#control[CONTROL_EPOCH]! + 1) | 0
    Atomics.store(this.#control, CONTROL_EPOCH, next === 0 ? 1 : next)
  }

  /** Frees the retired pages that no reader can see: all readers idle or in a later epoch. */
  #reclaim(): void {
    let keep = 0
    const oldest = this.#oldestReader()
    for (const { page, words, epoch } of this.#retired) {
      if (oldest !== undefined && ((oldest - epoch) | 0) <= 0) break
      this.#pages.free(page, words)
      keep++
    }
    if (keep > 0) this.#retired = this.#retired.slice(keep)
  }

  #oldestReader(): number | undefined {
    let oldest: number | undefined
    for (let id = 0; id < MAX_READERS; id++) {
      const epoch = Atomics.load(this.#control, readerWord(id))
      if (epoch !== 0 && (oldest === undefined || ((epoch - oldest) | 0) < 0)) oldest = epoch
    }
    return oldest
  }

  /**
   * Waits until no reader is in an epoch before this one. A batch of reads takes microseconds; a reader
   * that takes READER_PATIENCE_MS died in one, and its thread's supervisor cannot run while we wait.
   */
  #awaitReaders(): void {
    const now = this.#control[CONTROL_EPOCH]!
    let patience = READER_PATIENCE_MS
    for (let id = 0; id < MAX_READERS; id++) {
      for (; patience > 0; patience--) {
        const epoch = Atomics.load(this.#control, readerWord(id))
        if (epoch === 0 || ((epoch - now) | 0) >= 0) break
        Atomics.wait(this.#control, readerWord(id), epoch, 1)
      }
    }
  }
}
