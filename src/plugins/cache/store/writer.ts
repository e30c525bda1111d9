// Adds entries to a store. A full store removes the oldest entry that nobody used for a lap of the ring (CLOCK).
import { entryWords, isFailure, type NewReply, writeEntry } from './entry.ts'
import type { CacheKey } from './key.ts'
import {
  BYTE_EVICTIONS,
  COUNT,
  ENTRY_FLAGS,
  ENTRY_ID,
  ENTRY_MAX_WORDS,
  ENTRY_SLOT,
  ENTRY_STORED,
  ENTRY_TTL,
  ENTRY_UNITS,
  LIVE_UNITS,
  type StoreHandle,
  type StoreMemory,
  storeMemory,
  UNIT_WORDS,
} from './layout.ts'
import { Lock, NOT_ACQUIRED, TAKEN_OVER } from './lock.ts'
import { Ring } from './ring.ts'
import { Slots } from './slots.ts'

/** The most entries that one insertion moves to the head; further ones are removed, used or not. */
const MOVES_MAX = 32
/** Entries that each insertion examines at the tail, while more than half of the ring is in use. */
const CLEANED = 4
/** The part of the arena that entries may fill before unused ones leave. It grows at half of it, if it can. */
const CROWDED_AT = 3 / 4
/** `insert` result: the reply was not stored. */
export const NOT_STORED = -1

/** The entry that is moved; one for all writers of a thread. */
const copy = new Int32Array(ENTRY_MAX_WORDS)

/** One thread's writer. */
export class StoreWriter {
  readonly #memory: StoreMemory
  readonly #slots: Slots
  readonly #capacity: number
  readonly #staleSeconds: number
  readonly #lock: Lock
  readonly #ring: Ring
  #now = 0
  #moves = 0
  #evicted = 0

  /** Entries but failures are kept for `staleSeconds` after their TTL has passed. `now` is in seconds. */
  constructor(handle: StoreHandle, staleSeconds: number, now: () => number) {
    this.#memory = storeMemory(handle)
    this.#slots = new Slots(this.#memory)
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
    const words = entryWords(key, reply)
    const units = Math.ceil(words / UNIT_WORDS)
    if (units > this.#ring.largestEntry || words > ENTRY_MAX_WORDS) return NOT_STORED
    if (!this.#begin(now)) return NOT_STORED
    try {
      this.#clean()
      const isNew = this.#slots.of(key) < 0
      while (isNew && this.#memory.control[COUNT]! >= this.#capacity) {
        if (!this.#retire(false)) return NOT_STORED
      }
      let at = this.#ring.reserve(units)
      for (; at < 0; at = this.#ring.reserve(units)) {
        if (!this.#retire(true)) return NOT_STORED
      }
      if (!this.#lock.isMine) return NOT_STORED
      const slot = this.#slots.for(key)
      if (isNew && this.#slots.isTaken(slot)) this.#evicted++
      const id = this.#slots.nextId()
      writeEntry(this.#memory, at * UNIT_WORDS, units, slot, id, key, reply, now)
      this.#publish(slot, key.hash, at, units)
      return this.#evicted
    } finally {
      this.#lock.release()
    }
  }

  /** Removes the entry of `key`, if there is one. */
  remove(key: CacheKey, now: number): void {
    if (this.#slots.of(key) < 0 || !this.#begin(now)) return
    try {
      const slot = this.#slots.of(key)
      if (slot >= 0) this.#slots.free(slot)
    } finally {
      this.#lock.release()
    }
  }

  #begin(now: number): boolean {
    const acquired = this.#lock.acquire()
    if (acquired === NOT_ACQUIRED) return false
    if (acquired === TAKEN_OVER) {
      this.#slots.clear()
      this.#ring.clear()
    }
    this.#now = now
    this.#moves = 0
    this.#evicted = 0
    return true
  }

  /** Moves what is worth keeping away from the tail, a little with each insertion, so that no insertion takes long. */
  #clean(): void {
    const ring = this.#ring
    for (let i = 0; i < CLEANED && ring.span > ring.limit >>> 1; i++) {
      if (this.#isCrowded && this.#isWanted(ring.oldest)) return
      if (!this.#retire(true)) return
    }
  }

  /** Most of the arena's part in use is live: entries that nobody uses make room for others. */
  get #isCrowded(): boolean {
    return this.#memory.control[LIVE_UNITS]! > this.#ring.limit * CROWDED_AT
  }

  /**
   * Removes the oldest entry from the tail, or moves it to the head: an entry that was used, and with `forBytes` any entry
   * unless the arena is crowded. Returns false if there is nothing to do: another thread has taken the lock over, which
   * may have emptied the ring.
   */
  #retire(forBytes: boolean): boolean {
    const { words, used, control } = this.#memory
    const ring = this.#ring
    const oldest = ring.oldest
    if (oldest < 0 || !this.#lock.isMine) return false
    const at = oldest * UNIT_WORDS
    const slot = words[at + ENTRY_SLOT]!
    if (!this.#slots.isLive(at)) {
      ring.release()
      return true
    }
    const isWanted = this.#isWanted(oldest)
    const isUsed = used[slot] !== 0
    const moves = isWanted && (isUsed || (forBytes && !this.#isCrowded))
    if (moves && this.#moves < MOVES_MAX) {
      this.#moves++
      return this.#move(at, slot)
    }
    this.#slots.free(slot)
    ring.release()
    if (isWanted) {
      this.#evicted++
      if (forBytes) control[BYTE_EVICTIONS]!++
    }
    return true
  }

  /** True if the entry at `unit` is live and can still be used. */
  #isWanted(unit: number): boolean {
    const { words, floats } = this.#memory
    const at = unit * UNIT_WORDS
    if (unit < 0 || !this.#slots.isLive(at)) return false
    const age = this.#now - floats[(at + ENTRY_STORED) / 2]!
    const stale = isFailure(words[at + ENTRY_FLAGS]! & 0xf) ? 0 : this.#staleSeconds
    return age < words[at + ENTRY_TTL]! + stale
  }

  /** Moves the oldest entry to the head; returns false if another thread has taken the lock over. */
  #move(at: number, slot: number): boolean {
    const { words, tags, used } = this.#memory
    const ring = this.#ring
    const units = words[at + ENTRY_UNITS]!
    const hash = tags[slot]!
    for (let i = 0; i < units * UNIT_WORDS; i++) copy[i] = words[at + i]!
    if (!this.#lock.isMine) return false
    this.#slots.free(slot)
    ring.release()
    const target = ring.reserve(units)
    if (target < 0) {
      this.#evicted++
      return true
    }
    const to = target * UNIT_WORDS
    for (let i = 0; i < units * UNIT_WORDS; i++) words[to + i] = copy[i]!
    words[to + ENTRY_ID] = this.#slots.nextId()
    used[slot] = 0
    this.#publish(slot, hash, target, units)
    return true
  }

  /** Makes the slot name the entry at `unit`. A thread that has lost the lock publishes nothing. */
  #publish(slot: number, hash: number, unit: number, units: number): void {
    if (!this.#lock.isMine) return
    this.#slots.publish(slot, hash, unit)
    this.#ring.append(units)
  }
}
