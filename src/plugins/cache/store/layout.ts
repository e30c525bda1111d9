// The layout of a store of cached replies in shared memory. Any thread reads it without a lock (reader.ts); a thread that
// writes holds the store's lock (writer.ts).
//
// control  Int32: the words below.
// index    tags, slots, refresh states and use marks of 2^k slots. A key belongs to one of the WINDOW slots that start at
//          its hash. The tag of a slot is the hash of its key. A slot holds the id of an entry (0 = free), which is unique,
//          and the entry's offset in the arena, in units of 8 bytes.
// arena    a ring of entries (ring.ts), which are complete before a slot names them and never change afterwards.
//
// A reader copies an entry and then looks whether the slot still has the entry's id. A writer clears the id before it
// reuses the entry's memory. So a copy with the same id before and after is complete.
import type { HashKey } from '../../../zone/name-hash.ts'

// Words of `control`.
/** The lock: 0 = free, else the number of the acquisition. */
export const LOCK = 0
/** The number of acquisitions. */
export const ACQUISITIONS = 1
/** The last id that an entry got. */
export const LAST_ID = 2
/** Entries that slots name. */
export const COUNT = 3
/** The units of these entries. */
export const LIVE_UNITS = 4
// The ring, in units: offset for the next entry; offset of the oldest entry; the end of the lap in which the oldest entry
// is, 0 = that of the next entry; the part of the arena that is in use.
export const HEAD = 5
export const TAIL = 6
export const LAP_END = 7
export const LIMIT = 8
/** Entries that were removed for others before they expired, because the arena was full. */
export const BYTE_EVICTIONS = 9
export const CONTROL_WORDS = 16

/** Slots that a key may have. At most half of all slots are in use, so a window is full in less than one case in 1000. */
export const WINDOW = 16

// Words of the refresh state of a slot. Times are in milliseconds of the store's clock, modulo 2^32.
/** Hits in a row (coredns plugin/cache/freq). */
export const REFRESH_HITS = 0
/** The time of the last hit. */
export const REFRESH_LAST_HIT = 1
/** No refresh starts before this time; 0 = at any time. */
export const REFRESH_NOT_BEFORE = 2
export const REFRESH_WORDS = 3

/** Bytes of a unit of the arena. */
export const UNIT_BYTES = 8
export const UNIT_WORDS = 2

// Words of an entry; its name follows, padded to words, then the offsets of its TTLs (16 bits each, padded to words), then
// the bytes of the records.
export const ENTRY_UNITS = 0
export const ENTRY_SLOT = 1
export const ENTRY_ID = 2
/** Type | class << 16. */
export const ENTRY_QUESTION = 3
/** Two words: the seconds of the store's clock at which the reply came, as a 64-bit float. */
export const ENTRY_STORED = 4
/** Seconds. */
export const ENTRY_TTL = 6
/** Flags and rcode of the reply | KEY_ flags | ENTRY_ANSWERING. */
export const ENTRY_FLAGS = 7
/** Length of the name | additionals << 16. */
export const ENTRY_NAME = 8
/** The end of the last record, in bytes from the start of the message. */
export const ENTRY_END = 9
/** Answers | authorities << 16. */
export const ENTRY_SECTIONS = 10
export const ENTRY_HEADER_WORDS = 11

/** Parts of a key: the client's DO, CD and RD. */
export const KEY_DO = 1 << 16
export const KEY_CD = 1 << 17
export const KEY_RD = 1 << 18
export const KEY_FLAGS = KEY_DO | KEY_CD | KEY_RD
/** The reply answers its question (`Classified.answering`). */
export const ENTRY_ANSWERING = 1 << 19

/** The largest entry in words: a message of 64 KiB with as many records as fit. */
export const ENTRY_MAX_WORDS = 32 * 1024

/** The most entries of a store. */
export const MAX_CAPACITY = 4 * 1024 * 1024
/** The part of the arena that is in use at first, in bytes; it doubles when live entries fill half of it. */
const FIRST_LIMIT = 256 * 1024
/** Bytes of the arena for each entry of the capacity. Replies of resolvers have 100 to 300 bytes. */
const BYTES_PER_ENTRY = 640
const MAX_ARENA_BYTES = 1024 * 1024 * 1024

/** The shared memory of one store; can be posted to other threads. */
export interface StoreHandle {
  /** The most entries. */
  readonly capacity: number
  readonly key: HashKey
  readonly control: SharedArrayBuffer
  readonly index: SharedArrayBuffer
  readonly arena: SharedArrayBuffer
}

/** The views of a store's memory. */
export interface StoreMemory {
  readonly control: Int32Array
  readonly tags: Int32Array
  /** Two words for each slot: id, offset. */
  readonly slots: Int32Array
  /** REFRESH_WORDS for each slot. */
  readonly refresh: Int32Array
  /** One byte for each slot: 1 = a reader used the entry since it became the newest one. */
  readonly used: Uint8Array
  readonly words: Int32Array
  readonly floats: Float64Array
  readonly bytes: Uint8Array
}

/**
 * Allocates a store for `capacity` entries, whose keys are hashed with `key`. The system provides memory when it is first
 * written, so a store that is mostly empty takes little. `arenaBytes` bounds the bytes of the entries.
 */
export function createStore(
  capacity: number,
  key: HashKey,
  arenaBytes = Math.max(FIRST_LIMIT, Math.min(MAX_ARENA_BYTES, capacity * BYTES_PER_ENTRY)),
): StoreHandle {
  const slots = 2 ** Math.max(6, Math.ceil(Math.log2(2 * capacity)))
  const handle = {
    capacity,
    key,
    control: new SharedArrayBuffer(4 * CONTROL_WORDS),
    index: new SharedArrayBuffer(slots * SLOT_BYTES),
    arena: new SharedArrayBuffer(UNIT_BYTES * Math.ceil(arenaBytes / UNIT_BYTES)),
  }
  const limit = Math.min(FIRST_LIMIT, handle.arena.byteLength) / UNIT_BYTES
  new Int32Array(handle.control)[LIMIT] = limit
  return handle
}

/** Bytes of a slot in all parts of the index. */
const SLOT_BYTES = 4 * (1 + 2 + REFRESH_WORDS) + 1

/** The views of the memory of `handle`. */
export function storeMemory({ control, index, arena }: StoreHandle): StoreMemory {
  const slots = index.byteLength / SLOT_BYTES
  return {
    control: new Int32Array(control),
    tags: new Int32Array(index, 0, slots),
    slots: new Int32Array(index, 4 * slots, 2 * slots),
    refresh: new Int32Array(index, 12 * slots, REFRESH_WORDS * slots),
    used: new Uint8Array(index, 4 * slots * (3 + REFRESH_WORDS), slots),
    words: new Int32Array(arena),
    floats: new Float64Array(arena),
    bytes: new Uint8Array(arena),
  }
}
