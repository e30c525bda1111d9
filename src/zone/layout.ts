// How the answer table lies in shared memory. One writer (table-writer.ts), many readers
// (table-reader.ts); both read this file, nothing else knows these numbers.
//
// control  Int32: the words below, then one cache line for each reader.
// index    Int32: open addressing with linear probing. A slot holds where an entry starts in the slab, in
//          units of 8 bytes; 0 = empty, 1 = deleted. Region (k, parity) has 2^k slots: a rebuild fills the
//          other region and then moves readers over with one store.
// slab     pages, one for each owner (a service): a header, then entries, then answers.
//
// page     words: used by the page, entries; then the entries one after the other, then the answers' bytes
// entry    words: hash; name length | answers << 8; own offset in the page; nothing; four words for each
//          answer (type | RR size << 16; answer RRs | additional RRs << 16; offset in the page; bytes);
//          then the relative name in lower case, padded to 8 bytes
// Offsets inside a page are in words from its start, so equal contents are equal bytes.

export const CONTROL_REGION = 0
export const CONTROL_SERIAL = 1
export const CONTROL_SYNCED = 2
export const CONTROL_EPOCH = 3
const CONTROL_READERS = 16
/** Int32 words a reader: a cache line, so that readers do not slow each other. */
const READER_WORDS = 16
export const MAX_READERS = 64
export const CONTROL_BYTES = 4 * (CONTROL_READERS + READER_WORDS * MAX_READERS)

export const SLOT_EMPTY = 0
export const SLOT_DELETED = 1
export const MIN_REGION = 10
export const MAX_REGION = 24

export const PAGE_HEADER_WORDS = 2
export const ENTRY_HEADER_WORDS = 4
export const ANSWER_WORDS = 4
/** A slot counts the slab in these units. */
export const SLOT_UNIT_WORDS = 2

/** The shared memory of one table, as it is handed to other threads. */
export interface TableHandle {
  readonly control: SharedArrayBuffer
  readonly index: SharedArrayBuffer
  readonly slab: SharedArrayBuffer
}

/** Where reader `id` says which epoch it reads in; 0 = not reading. */
export function readerWord(id: number): number {
  return CONTROL_READERS + READER_WORDS * id
}

/** First slot of a region; the regions of all sizes and both parities lie side by side. */
export function regionStart(size: number, parity: number): number {
  return 2 ** (size + 1) + parity * 2 ** size
}

/** Slots that hold all regions up to `size`. */
export function indexSlots(size: number): number {
  return 2 ** (size + 2)
}

/** Words that an entry takes, its name padded to a whole slot unit. */
export function entryWords(nameLength: number, answers: number): number {
  return ENTRY_HEADER_WORDS + ANSWER_WORDS * answers + SLOT_UNIT_WORDS * ((nameLength + 7) >>> 3)
}

/** FNV-1a over a lower-case relative name, then mixed so that the low bits can be a slot. */
export function hashName(name: Uint8Array, length: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ name[i]!, 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 12)
}
