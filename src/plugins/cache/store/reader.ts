// Looks up entries of a store. A found entry is copied to private memory, and the copy is used only if the entry still
// existed after the last byte was read (layout.ts): everything that follows works on bytes that nobody changes.
import { HEADER_SIZE, MESSAGE_MAX_SIZE } from '../../../dns/codes.ts'
import type { RecordLayout } from '../../../dns/wire-reply.ts'
import { hasKey } from './entry.ts'
import type { CacheKey } from './key.ts'
import {
  ENTRY_ANSWERING,
  ENTRY_END,
  ENTRY_FLAGS,
  ENTRY_HEADER_WORDS,
  ENTRY_MAX_WORDS,
  ENTRY_NAME,
  ENTRY_SECTIONS,
  ENTRY_STORED,
  ENTRY_TTL,
  REFRESH_HITS,
  REFRESH_LAST_HIT,
  REFRESH_NOT_BEFORE,
  REFRESH_WORDS,
  type StoreHandle,
  type StoreMemory,
  storeMemory,
  UNIT_WORDS,
  WINDOW,
} from './layout.ts'

/** One thread's view of a store, and its copy of the entry that was found last. */
export class StoreReader implements RecordLayout {
  readonly #memory: StoreMemory
  readonly #mask: number
  readonly #copy: Int32Array
  /** A private word: an addition to it keeps the processor from reading later what is read before. */
  readonly #fence = new Int32Array(new SharedArrayBuffer(4))

  // The found entry.
  /** The slot of the entry. */
  slot = 0
  /** The bytes of the message `questionEnd <= offset < end` are `bytes[start + offset]`. */
  readonly bytes: Uint8Array
  start = 0
  readonly ttlAt: Uint16Array
  questionEnd = 0
  end = 0
  answers = 0
  authorities = 0
  additionals = 0
  /** RA, AD and rcode of the reply, as in the header. */
  flags = 0
  /** `Classified.answering`. */
  answering = false
  /** Seconds of the clock. */
  stored = 0
  /** Seconds. */
  ttl = 0

  /** `copy` is private to the thread. Readers may share it: the entry of the one that found last is in it. */
  constructor(handle: StoreHandle, copy = new ArrayBuffer(4 * ENTRY_MAX_WORDS)) {
    this.#memory = storeMemory(handle)
    this.#copy = new Int32Array(copy)
    this.bytes = new Uint8Array(copy)
    this.ttlAt = new Uint16Array(copy)
    this.#mask = this.#memory.tags.length - 1
  }

  /** Copies the entry of `key`; false if there is none. */
  find(key: CacheKey): boolean {
    const { tags } = this.#memory
    const { hash } = key
    const mask = this.#mask
    for (let i = 0; i < WINDOW; i++) {
      const slot = (hash + i) & mask
      if (tags[slot] === hash && this.#load(slot, key)) return true
    }
    return false
  }

  /** Seconds that the found entry may still be used at the time `now`; 0 or less if it has expired. */
  left(now: number): number {
    return this.ttl - Math.trunc(now - this.stored)
  }

  /** Marks the found entry as used: it outlives others. */
  touch(): void {
    const { used } = this.#memory
    if (used[this.slot] === 0) used[this.slot] = 1
  }

  /**
   * Counts a hit of the found entry. Returns the hits in a row: a pause of more than `pauseMs` begins a new row (coredns
   * plugin/cache/freq Update). Hits that two threads count at once may count as one.
   */
  countHit(nowMs: number, pauseMs: number): number {
    const { refresh } = this.#memory
    const at = this.slot * REFRESH_WORDS
    const hits = refresh[at + REFRESH_HITS]!
    const pause = (nowMs - refresh[at + REFRESH_LAST_HIT]!) | 0
    const inRow = hits > 0 && pause <= pauseMs ? Math.min(hits + 1, 0x7fffffff) : 1
    refresh[at + REFRESH_LAST_HIT] = nowMs | 0
    refresh[at + REFRESH_HITS] = inRow
    return inRow
  }

  /**
   * True if the caller may start a refresh of the found entry: none has begun in the last `leaseMs`, and the pause after a
   * failed one is over. The lease ends early when a reply is stored.
   */
  beginRefresh(nowMs: number, leaseMs: number): boolean {
    const { refresh } = this.#memory
    const at = this.slot * REFRESH_WORDS + REFRESH_NOT_BEFORE
    const before = Atomics.load(refresh, at)
    if (before !== 0 && ((before - nowMs) | 0) > 0) return false
    return Atomics.compareExchange(refresh, at, before, (nowMs + leaseMs) | 0 || 1) === before
  }

  /** Ends the refresh of the found entry without success: the next one may start after `pauseMs`. */
  failRefresh(nowMs: number, pauseMs: number): void {
    const at = this.slot * REFRESH_WORDS + REFRESH_NOT_BEFORE
    Atomics.store(this.#memory.refresh, at, pauseMs === 0 ? 0 : (nowMs + pauseMs) | 0 || 1)
  }

  #load(slot: number, key: CacheKey): boolean {
    const { slots, words, floats } = this.#memory
    const id = Atomics.load(slots, 2 * slot)
    if (id === 0) return false
    const at = slots[2 * slot + 1]! * UNIT_WORDS
    if (!hasKey(words, at, key)) return false
    const flags = words[at + ENTRY_FLAGS]!
    const name = words[at + ENTRY_NAME]!
    const { nameLength } = key
    const sections = words[at + ENTRY_SECTIONS]!
    const answers = sections & 0xffff
    const authorities = sections >>> 16
    const additionals = name >>> 16
    const questionEnd = HEADER_SIZE + nameLength + 4
    const end = words[at + ENTRY_END]!
    const ttl = words[at + ENTRY_TTL]!
    const stored = floats[(at + ENTRY_STORED) / 2]!
    const ttlWords = (answers + authorities + additionals + 1) >>> 1
    const length = ttlWords + ((end - questionEnd + 3) >>> 2)
    // More than a message can have: the entry was replaced while it was read.
    if (end < questionEnd || end > MESSAGE_MAX_SIZE || length > ENTRY_MAX_WORDS) return false
    const copy = this.#copy
    const from = at + ENTRY_HEADER_WORDS + ((nameLength + 3) >>> 2)
    for (let i = 0; i < length; i++) copy[i] = words[from + i]!
    Atomics.add(this.#fence, 0, 0)
    if (Atomics.load(slots, 2 * slot) !== id) return false
    this.slot = slot
    this.start = 4 * ttlWords - questionEnd
    this.questionEnd = questionEnd
    this.end = end
    this.answers = answers
    this.authorities = authorities
    this.additionals = additionals
    this.flags = flags & 0xffff
    this.answering = (flags & ENTRY_ANSWERING) !== 0
    this.stored = stored
    this.ttl = ttl
    return true
  }
}
