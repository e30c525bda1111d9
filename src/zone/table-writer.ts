// The only writer of the answer table. Each owner (a Service) has one page with all its names. A change writes a
// new page, switches the slots of its names one by one, and frees the old page once no reader can see it.
import { CodedError } from '../errors.ts'
import type { CompiledName, Pending } from './compiled.ts'
import {
  ANSWER_WORDS,
  answersWord,
  CONTROL_BYTES,
  CONTROL_SERIAL,
  CONTROL_SYNCED,
  ENTRY_HEADER_WORDS,
  entryWords,
  indexSlots,
  MAX_REGION,
  PAGE_HEADER_WORDS,
  PENDING_NODATA,
  PENDING_NXDOMAIN,
  type TableHandle,
} from './layout.ts'
import { type HashKey, randomHashKey } from './name-hash.ts'
import { NameIndex } from './name-index.ts'
import { PageAllocator } from './page-allocator.ts'
import { pageShape } from './page-shape.ts'
import { ReaderEpochs } from './reader-epochs.ts'

interface TableOptions {
  /** Bytes of address space for answers; memory is used only as the table fills. */
  readonly maxBytes?: number
  /** The hash key of each rebuild of the index; default: from the system's random numbers. */
  readonly newKey?: () => HashKey
}

interface TableStats {
  /** Names in the table. */
  readonly entries: number
  /** Bytes of pages in use, of retired pages that readers may still see, and of the index in use. */
  readonly usedBytes: number
  /** Bytes that were ever written: the memory that the table uses in the process. */
  readonly reservedBytes: number
}

/** 4 GiB minus 4 KiB: over a million Services. Address space uses no memory until it is written. */
const DEFAULT_MAX_BYTES = 2 ** 32 - 4096

/** The number of records of a section is a 16-bit number in a message and in the table. */
const MAX_RECORDS = 0xffff

/** Throws CodedError (TABLE_FULL) when names or answers do not fit. */
export class TableWriter {
  readonly handle: TableHandle
  readonly #control: Int32Array
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #epochs: ReaderEpochs
  readonly #names: NameIndex
  readonly #pages: PageAllocator
  readonly #owners = new Map<string, number>()
  /** Pages that readers may still see, oldest first, with the epoch in which each was retired. */
  #retired: { page: number; words: number; epoch: number }[] = []

  constructor(options: TableOptions = {}) {
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
    this.handle = {
      control: new SharedArrayBuffer(CONTROL_BYTES),
      index: new SharedArrayBuffer(4 * indexSlots(MAX_REGION)),
      slab: new SharedArrayBuffer(maxBytes),
    }
    this.#control = new Int32Array(this.handle.control)
    this.#words = new Int32Array(this.handle.slab)
    this.#bytes = new Uint8Array(this.handle.slab)
    this.#pages = new PageAllocator(this.#words.length)
    this.#epochs = new ReaderEpochs(this.#control)
    const slots = new Int32Array(this.handle.index)
    this.#names = new NameIndex({
      control: this.#control,
      slots,
      words: this.#words,
      epochs: this.#epochs,
      eachEntry: (visit) => {
        for (const page of this.#owners.values()) this.#eachEntry(page, visit)
      },
      newKey: options.newKey ?? randomHashKey,
    })
  }

  /**
   * Replaces all names of `owner` by `names`; an empty list removes the owner. Returns false when nothing
   * changed. Throws TABLE_FULL and leaves the owner unchanged.
   */
  replace(owner: string, names: readonly CompiledName[]): boolean {
    const old = this.#owners.get(owner) ?? 0
    if (names.length === 0 && old === 0) return false
    this.#reclaim()
    const page = names.length === 0 ? 0 : this.#build(owner, names)
    if (page !== 0) {
      if (old !== 0 && this.#isSamePage(old, page)) {
        this.#free(page)
        return false
      }
      this.#reserve(page, names.length)
      this.#owners.set(owner, page)
    } else {
      this.#owners.delete(owner)
    }
    if (page !== 0) this.#eachEntry(page, (entry) => this.#names.publish(entry))
    if (old !== 0) {
      this.#eachEntry(old, (entry) => this.#names.unpublish(entry))
      this.#retire(old)
    }
    return true
  }

  /** The owners that have names in the table. */
  owners(): IterableIterator<string> {
    return this.#owners.keys()
  }

  /** Bytes of the names and answers of an owner; 0 without any. */
  bytesOf(owner: string): number {
    const page = this.#owners.get(owner)
    return page === undefined ? 0 : 4 * this.#words[page]!
  }

  /** The words of the first answer of an owner's first name; none without it. Valid until the next change. */
  dataOf(owner: string): Int32Array {
    const page = this.#owners.get(owner)
    if (page === undefined) return this.#words.subarray(0, 0)
    const entry = page + PAGE_HEADER_WORDS
    const answer = answersWord(entry, this.#words[entry]! & 0xff)
    const start = page + this.#words[answer + 2]!
    return this.#words.subarray(start, start + this.#words[answer + 3]! / 4)
  }

  /** Sets the SOA serial to `nowSeconds`, or to the last serial plus one if that is greater. */
  advanceSerial(nowSeconds: number): void {
    const last = Atomics.load(this.#control, CONTROL_SERIAL) >>> 0
    Atomics.store(this.#control, CONTROL_SERIAL, Math.max(nowSeconds, last + 1) | 0)
  }

  /** Marks the table as complete: the source has listed all its objects. */
  setSynced(): void {
    Atomics.store(this.#control, CONTROL_SYNCED, 1)
  }

  /** True after `setSynced`. */
  get synced(): boolean {
    return Atomics.load(this.#control, CONTROL_SYNCED) !== 0
  }

  /** Ends the batch of a reader whose thread has ended, so that its pages can be freed. */
  releaseReader(id: number): void {
    this.#epochs.release(id)
  }

  /** Counts and sizes; frees retired pages first. */
  stats(): TableStats {
    this.#reclaim()
    return {
      entries: this.#names.entries,
      usedBytes: 4 * this.#pages.usedWords + this.#names.usedBytes,
      reservedBytes: 4 * this.#pages.touchedWords + this.#names.touchedBytes,
    }
  }

  /** Makes room for the names of a new page in the index. Without room the page is freed. */
  #reserve(page: number, names: number): void {
    try {
      this.#names.reserve(names)
    } catch (error) {
      this.#free(page)
      throw error
    }
  }

  /** Allocates a page and writes it: no reader knows it yet. Numbers in it count from its start. */
  #build(owner: string, names: readonly CompiledName[]): number {
    const isTooMany = names.some(({ answers }) =>
      answers.some((one) => Math.max(one.answers, one.additionals) > MAX_RECORDS),
    )
    if (isTooMany) {
      throw new CodedError('TABLE_FULL', `an answer of ${owner} has over ${MAX_RECORDS} records`)
    }
    const { words: total, dataStart, placed } = pageShape(names)
    const page = this.#pages.allocate(total)
    if (page === 0) {
      throw new CodedError(
        'TABLE_FULL',
        `the answer table is full: no room for the answers of ${owner}`,
      )
    }
    const words = this.#words.subarray(page, page + total).fill(0)
    const bytes = this.#bytes.subarray(4 * page, 4 * (page + total))
    words[0] = total
    words[1] = names.length
    let at = PAGE_HEADER_WORDS
    for (const { name, answers, pending } of names) {
      words[at] = name.length | (answers.length << 8) | (pendingBits(pending) << 16)
      words[at + 1] = at
      bytes.set(name, 4 * (at + ENTRY_HEADER_WORDS))
      let word = answersWord(at, name.length)
      for (const answer of answers) {
        words[word] = answer.type | (answer.rrSize << 16)
        words[word + 1] = answer.answers | (answer.additionals << 16)
        words[word + 2] = dataStart + placed.get(answer.bytes)!
        words[word + 3] = answer.bytes.length
        word += ANSWER_WORDS
      }
      at = word
    }
    for (const [data, offset] of placed) bytes.set(data, 4 * (dataStart + offset))
    return page
  }

  #isSamePage(page: number, other: number): boolean {
    const words = this.#words[page]!
    for (let i = 0; i < words; i++) {
      if (this.#words[page + i] !== this.#words[other + i]) return false
    }
    return true
  }

  /** Frees a page that no reader can see. */
  #free(page: number): void {
    this.#pages.free(page, this.#words[page]!)
  }

  #eachEntry(page: number, visit: (entry: number) => void): void {
    let entry = page + PAGE_HEADER_WORDS
    for (let left = this.#words[page + 1]!; left > 0; left--) {
      visit(entry)
      const shape = this.#words[entry]!
      entry += entryWords(shape & 0xff, (shape >>> 8) & 0xff)
    }
  }

  #retire(page: number): void {
    this.#retired.push({ page, words: this.#words[page]!, epoch: this.#epochs.current })
    this.#epochs.next()
  }

  /** Frees the retired pages that no reader can see. */
  #reclaim(): void {
    const first = this.#retired.findIndex(({ epoch }) => !this.#epochs.allPast(epoch))
    const free = this.#retired.splice(0, first < 0 ? this.#retired.length : first)
    for (const { page, words } of free) this.#pages.free(page, words)
  }
}

function pendingBits(pending: Pending | undefined): number {
  if (pending === undefined) return 0
  return pending === 'nodata' ? PENDING_NODATA : PENDING_NXDOMAIN
}
