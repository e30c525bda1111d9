// The layout of the answer table in shared memory. It has one writer (table-writer.ts) and many readers
// (table-reader.ts).
//
// control  Int32: the words below, then one cache line for each reader, then the hash keys of all regions.
// index    Int32: open addressing with linear probing. A slot holds the offset of an entry in the slab, in
//          units of 8 bytes; 0 = empty, 1 = deleted. Region (k, parity) has 2^k slots, and a hash key of its own.
//          A rebuild fills an unused region and switches readers to it with one store.
// slab     pages, one for each owner (a Service): a header, then entries, then answers.
//
// page     words of the page, number of entries; then the entries; then the bytes of the answers
// entry    words: name length | answers << 8 | pending << 16; offset of the entry in the page; then the relative name
//          in lower case, padded to 8 bytes; then four words for each answer (type | RR size << 16; answer RRs |
//          additional RRs << 16; offset in the page; bytes)
// Offsets in a page are in words from its start, so pages with the same content have the same bytes. A hash of the
// name is not stored: it would change with the key.

// Words of `control`: size << 1 | parity of the current region; SOA serial; 1 = synced; current epoch.
export const CONTROL_REGION = 0
export const CONTROL_SERIAL = 1
export const CONTROL_SYNCED = 2
export const CONTROL_EPOCH = 3
const CONTROL_READERS = 16
/** Int32 words for each reader: one cache line, to avoid false sharing. */
const READER_WORDS = 16
export const MAX_READERS = 64
const CONTROL_KEYS = CONTROL_READERS + READER_WORDS * MAX_READERS

export const SLOT_EMPTY = 0
export const SLOT_DELETED = 1
// Sizes of the smallest and largest region, as powers of two.
export const MIN_REGION = 10
export const MAX_REGION = 24
export const CONTROL_BYTES = 4 * (CONTROL_KEYS + 4 * (MAX_REGION + 1))

export const PAGE_HEADER_WORDS = 2
export const ENTRY_HEADER_WORDS = 2
export const ANSWER_WORDS = 4
/** Values of `pending` of an entry: 0 = the name has its addresses; otherwise the negative reply until then. */
export const PENDING_NODATA = 1
export const PENDING_NXDOMAIN = 2
/** The unit of the offsets in slots, in 32-bit words. */
export const SLOT_UNIT_WORDS = 2

/** The shared memory of one table; can be posted to other threads. */
export interface TableHandle {
  readonly control: SharedArrayBuffer
  readonly index: SharedArrayBuffer
  readonly slab: SharedArrayBuffer
}

/** The word of `control` with the epoch in which reader `id` reads; 0 = not reading. */
export function readerWord(id: number): number {
  return CONTROL_READERS + READER_WORDS * id
}

/** The first of the two words of `control` with the hash key of `region`, a value of CONTROL_REGION. */
export function keyWord(region: number): number {
  return CONTROL_KEYS + 2 * region
}

/** The first slot of `region`, a value of CONTROL_REGION; regions of all sizes and both parities are adjacent. */
export function regionStart(region: number): number {
  const size = region >>> 1
  return 2 ** (size + 1) + (region & 1) * 2 ** size
}

/** Selects a slot within `region` by a hash. */
export function regionMask(region: number): number {
  return 2 ** (region >>> 1) - 1
}

/** The number of slots of all regions up to `size`. */
export function indexSlots(size: number): number {
  return 2 ** (size + 2)
}

/** Words of an entry. */
export function entryWords(nameLength: number, answers: number): number {
  return answersWord(0, nameLength) + ANSWER_WORDS * answers
}

/** The first word of the answers of an entry, behind its name, which is padded to whole slot units. */
export function answersWord(entry: number, nameLength: number): number {
  return entry + ENTRY_HEADER_WORDS + SLOT_UNIT_WORDS * ((nameLength + 7) >>> 3)
}
