// Adds entries to a store. A full store removes the oldest entry that nobody used for a lap of the ring (CLOCK).
import type { RecordLayout } from '../../../dns/wire-reply.ts'
import { sameBytes } from '../../../zone/name-hash.ts'
import type { CacheKey } from './key.ts'
import {
  BYTE_EVICTIONS,
  COUNT,
  ENTRY_ANSWERING,
  ENTRY_END,
  ENTRY_FLAGS,
  ENTRY_HEADER_WORDS,
  ENTRY_ID,
  ENTRY_MAX_WORDS,
  ENTRY_NAME,
  ENTRY_QUESTION,
  ENTRY_SECTIONS,
  ENTRY_SLOT,
  ENTRY_STORED,
  ENTRY_TTL,
  ENTRY_UNITS,
  KEY_FLAGS,
  LAST_ID,
  LIVE_UNITS,
  REFRESH_HITS,
  REFRESH_NOT_BEFORE,
  REFRESH_WORDS,
  type StoreHandle,
  type StoreMemory,
  storeMemory,
  UNIT_WORDS,
  WINDOW,
} from './layout.ts'
import { Lock, NOT_ACQUIRED, TAKEN_OVER } from './lock.ts'
import { Ring } from './ring.ts'

/** The reply that `StoreWriter.insert` stores; offsets count from its start. */
export interface NewReply {
  readonly bytes: Uint8Array
  readonly start: number
  readonly records: RecordLayout
  /** RA, AD and rcode, as in the header. */
  readonly flags: number
  readonly answering: boolean
  /** Seconds, at least 1. */
  readonly ttl: number
}

/** The most entries that one insertion moves to the head; further ones are removed, used or not. */
const MOVES_MAX = 32
/** Entries that each insertion examines at the tail, while more than half of the ring is in use. */
const CLEANED = 4
/** The part of the arena that entries may fill before unused ones leave. It grows at half of it, if it can. */
const CROWDED_AT = 3 / 4
/** `insert` result: the reply was not stored. */
export const NOT_STORED = -1

/** One thread's writer. */
export class StoreWriter {
  readonly #memory: StoreMemory
  readonly #mask: number
  readonly #capacity: number
  readonly #staleSeconds: number
  readonly #lock: Lock
  readonly #ring: Ring
  readonly #copy = new Int32Array(ENTRY_MAX_WORDS)
  #now = 0
  #moves = 0
  #evicted = 0

  /** Entries are kept for `staleSeconds` after their TTL has passed. `now` is in seconds. */
  constructor(handle: StoreHandle, staleSeconds: number, now: () => number) {
    this.#memory = storeMemory(handle)
    this.#mask = this.#memory.tags.length - 1
    this.#capacity = handle.capacity
    this.#staleSeconds = staleSeconds
    this.#lock = new Lock(this.#memory.control, () => now() * 1000)
    this.#ring = new Ring(this.#memory.control, this.#memory.words)
  }

  /**
   * Stores the reply for `key` and replaces an older one. Returns the number of entries that were removed before their
   * time, or NOT_STORED if the reply is too large or another thread holds the lock for long.
   */
  insert(key: CacheKey, reply: NewReply, now: number): number {
    const { questionEnd, end, answers, authorities, additionals } = reply.records
    const records = answers + authorities + additionals
    const words =
      ENTRY_HEADER_WORDS +
      ((key.nameLength + 3) >>> 2) +
      ((records + 1) >>> 1) +
      ((end - questionEnd + 3) >>> 2)
    const units = Math.ceil(words / UNIT_WORDS)
    if (units > this.#ring.largestEntry || words > ENTRY_MAX_WORDS) return NOT_STORED
    if (!this.#begin(now)) return NOT_STORED
    try {
      this.#clean()
      if (this.#slotOf(key) < 0) {
        while (this.#memory.control[COUNT]! >= this.#capacity) this.#retire(false)
      }
      let at = this.#ring.reserve(units)
      for (; at < 0; at = this.#ring.reserve(units)) this.#retire(true)
      const slot = this.#slotFor(key)
      this.#write(at * UNIT_WORDS, slot, units, key, reply)
      this.#publish(slot, key.hash, at, units)
      return this.#evicted
    } finally {
      this.#lock.release()
    }
  }

  /** Removes the entry of `key`, if there is one. */
  remove(key: CacheKey, now: number): void {
    if (this.#slotOf(key) < 0 || !this.#begin(now)) return
    try {
      const slot = this.#slotOf(key)
      if (slot >= 0) this.#free(slot)
    } finally {
      this.#lock.release()
    }
  }

  #begin(now: number): boolean {
    const acquired = this.#lock.acquire()
    if (acquired === NOT_ACQUIRED) return false
    if (acquired === TAKEN_OVER) this.#clear()
    this.#now = now
    this.#moves = 0
    this.#evicted = 0
    return true
  }

  #clear(): void {
    const { slots, tags, control } = this.#memory
    for (let slot = 0; slot < tags.length; slot++) Atomics.store(slots, 2 * slot, 0)
    tags.fill(0)
    control[COUNT] = 0
    control[LIVE_UNITS] = 0
    this.#ring.clear()
  }

  /** Moves what is worth keeping away from the tail, a little with each insertion, so that no insertion takes long. */
  #clean(): void {
    const ring = this.#ring
    for (let i = 0; i < CLEANED && ring.span > ring.limit >>> 1; i++) {
      if (this.#isCrowded && this.#isWanted(ring.oldest)) return
      this.#retire(true)
    }
  }

  /** Most of the arena's part in use is live: entries that nobody uses make room for others. */
  get #isCrowded(): boolean {
    return this.#memory.control[LIVE_UNITS]! > this.#ring.limit * CROWDED_AT
  }

  /**
   * Removes the oldest entry from the tail, or moves it to the head: an entry that was used, and with `forBytes` any entry
   * unless the arena is crowded.
   */
  #retire(forBytes: boolean): void {
    const { words, used, control } = this.#memory
    const ring = this.#ring
    const oldest = ring.oldest
    const at = oldest * UNIT_WORDS
    const slot = words[at + ENTRY_SLOT]!
    if (!this.#isLive(at)) {
      ring.release()
      return
    }
    const isWanted = this.#isWanted(oldest)
    const isUsed = used[slot] !== 0
    const moves = isWanted && (isUsed || (forBytes && !this.#isCrowded))
    if (moves && this.#moves < MOVES_MAX) {
      this.#moves++
      this.#move(at, slot)
      return
    }
    this.#free(slot)
    ring.release()
    if (!isWanted) return
    this.#evicted++
    if (forBytes) control[BYTE_EVICTIONS]!++
  }

  #isLive(at: number): boolean {
    const { words, slots } = this.#memory
    return slots[2 * words[at + ENTRY_SLOT]!] === words[at + ENTRY_ID]
  }

  /** True if the entry at `unit` is live and has not expired. */
  #isWanted(unit: number): boolean {
    const { words, floats } = this.#memory
    const at = unit * UNIT_WORDS
    if (unit < 0 || !this.#isLive(at)) return false
    const age = this.#now - floats[(at + ENTRY_STORED) / 2]!
    return age < words[at + ENTRY_TTL]! + this.#staleSeconds
  }

  /** Moves the oldest entry to the head. */
  #move(at: number, slot: number): void {
    const { words, tags, used } = this.#memory
    const ring = this.#ring
    const units = words[at + ENTRY_UNITS]!
    const hash = tags[slot]!
    const copy = this.#copy
    for (let i = 0; i < units * UNIT_WORDS; i++) copy[i] = words[at + i]!
    this.#free(slot)
    ring.release()
    const target = ring.reserve(units)
    if (target < 0) {
      this.#evicted++
      return
    }
    const to = target * UNIT_WORDS
    for (let i = 0; i < units * UNIT_WORDS; i++) words[to + i] = copy[i]!
    words[to + ENTRY_ID] = this.#nextId()
    used[slot] = 0
    this.#publish(slot, hash, target, units)
  }

  #nextId(): number {
    const { control } = this.#memory
    control[LAST_ID] = (control[LAST_ID]! + 1) | 0 || 1
    return control[LAST_ID]
  }

  #write(at: number, slot: number, units: number, key: CacheKey, reply: NewReply): void {
    const { words, floats, bytes } = this.#memory
    const { questionEnd, end, answers, authorities, additionals, ttlAt } = reply.records
    words[at + ENTRY_UNITS] = units
    words[at + ENTRY_SLOT] = slot
    words[at + ENTRY_ID] = this.#nextId()
    words[at + ENTRY_QUESTION] = key.question
    floats[(at + ENTRY_STORED) / 2] = this.#now
    words[at + ENTRY_TTL] = reply.ttl
    words[at + ENTRY_FLAGS] = reply.flags | key.flags | (reply.answering ? ENTRY_ANSWERING : 0)
    words[at + ENTRY_NAME] = key.nameLength | (additionals << 16)
    words[at + ENTRY_END] = end
    words[at + ENTRY_SECTIONS] = answers | (authorities << 16)
    let to = at + ENTRY_HEADER_WORDS
    const nameWords = (key.nameLength + 3) >>> 2
    for (let i = 0; i < nameWords; i++) words[to + i] = key.name[i]!
    to += nameWords
    const records = answers + authorities + additionals
    for (let i = 0; i < records; i += 2) {
      words[to++] = ttlAt[i]! | (i + 1 < records ? ttlAt[i + 1]! << 16 : 0)
    }
    const size = end - questionEnd
    const from = reply.start + questionEnd
    for (let i = 0; i < size; i++) bytes[4 * to + i] = reply.bytes[from + i]!
  }

  /** Makes the slot name the entry at `unit`, which is written completely. */
  #publish(slot: number, hash: number, unit: number, units: number): void {
    const { slots, tags, control, words } = this.#memory
    // A thread that lost the lock publishes nothing.
    if (!this.#lock.isMine) return
    if (slots[2 * slot] !== 0) this.#free(slot)
    this.#ring.append(units)
    slots[2 * slot + 1] = unit
    tags[slot] = hash
    control[COUNT]!++
    control[LIVE_UNITS]! += units
    Atomics.store(slots, 2 * slot, words[unit * UNIT_WORDS + ENTRY_ID]!)
  }

  /** Frees a slot. The exchange is a full barrier: nobody uses the old entry when its memory is written again. */
  #free(slot: number): void {
    const { slots, control, words } = this.#memory
    Atomics.exchange(slots, 2 * slot, 0)
    control[COUNT]!--
    control[LIVE_UNITS]! -= words[slots[2 * slot + 1]! * UNIT_WORDS + ENTRY_UNITS]!
  }

  /** The slot of `key`; -1 if it has none. */
  #slotOf(key: CacheKey): number {
    const { tags, slots } = this.#memory
    for (let i = 0; i < WINDOW; i++) {
      const slot = (key.hash + i) & this.#mask
      if (tags[slot] === key.hash && slots[2 * slot] !== 0 && this.#isOf(key, slot)) return slot
    }
    return -1
  }

  #isOf(key: CacheKey, slot: number): boolean {
    const { slots, words } = this.#memory
    const at = slots[2 * slot + 1]! * UNIT_WORDS
    return (
      words[at + ENTRY_QUESTION] === key.question &&
      (words[at + ENTRY_FLAGS]! & KEY_FLAGS) === key.flags &&
      (words[at + ENTRY_NAME]! & 0xffff) === key.nameLength &&
      sameBytes(words, at + ENTRY_HEADER_WORDS, key.name, 0, key.nameLength)
    )
  }

  /** The slot of `key`, a free one of its window, or else that of the window's oldest entry. */
  #slotFor(key: CacheKey): number {
    const { slots, refresh, used } = this.#memory
    const same = this.#slotOf(key)
    if (same >= 0) {
      const at = same * REFRESH_WORDS
      // A prefetched entry keeps its hits (coredns plugin/cache doPrefetch).
      if (refresh[at + REFRESH_NOT_BEFORE] === 0) refresh[at + REFRESH_HITS] = 0
      Atomics.store(refresh, at + REFRESH_NOT_BEFORE, 0)
      return same
    }
    let oldest = -1
    let chosen = -1
    for (let i = 0; i < WINDOW && chosen < 0; i++) {
      const slot = (key.hash + i) & this.#mask
      const id = slots[2 * slot]!
      if (id === 0) chosen = slot
      else if (oldest < 0 || ((id - slots[2 * oldest]!) | 0) < 0) oldest = slot
    }
    if (chosen < 0) {
      chosen = oldest
      this.#evicted++
    }
    refresh.fill(0, chosen * REFRESH_WORDS, (chosen + 1) * REFRESH_WORDS)
    used[chosen] = 0
    return chosen
  }
}
