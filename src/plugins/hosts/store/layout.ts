// The layout of a hosts table in shared memory. It has one writer (map-builder.ts) and many readers (map-reader.ts). A
// block list has millions of names, so a name takes its bytes, 6 to 9 more, and 6.4 in the index.
//
// control  Int32 words: the map of the file; then the epochs of zone/reader-epochs.ts.
// memory   the map of the inline lines, then two halves: one has the map of the file that is in force, and the next file is
//          read into the other one. The system provides memory when it is first written.
//
// map      header, records of names in the order of the file, index, then lists and the records of addresses
// name     bytes: length of the name, flags, the wire name in lower case without its root byte, padded to words; then the
//          words of its address (1 or 4), or the offset of its lists
// lists    of a name with several addresses: first and last node of the IPv4 and of the IPv6 addresses
// node     next node, then the words of an address, or the record of a name
// address  word: flags; 16 bytes (IPv4 as IPv4-mapped); first and last node of its names, their number
//
// Offsets are in 32-bit words from the start of the memory; 0 = none. The index has open addressing with linear probing.
import { CONTROL_BYTES } from '../../../zone/layout.ts'

/** The word of `control` with the map of the file; 0 = the file was never read. */
export const CONTROL_FILE = 0

// Words of the header of a map.
export const MAP_INDEX = 0
export const MAP_SLOTS = 1
/** Two words: the key of the hash. */
export const MAP_KEY = 2
/** 1 = it has names that start with an asterisk. */
export const MAP_WILDCARDS = 4
export const MAP_HEADER_WORDS = 5

// Flags of a record.
export const ONE_IPV4 = 0
export const ONE_IPV6 = 1
export const LISTS = 2
export const ADDRESS = 3

// Words of the lists of a name.
export const LIST_IPV4 = 0
export const LIST_IPV6 = 2
export const LISTS_WORDS = 4

// Words of the record of an address.
export const ADDRESS_BYTES = 1
/** Two words, the first and the last node. */
export const ADDRESS_FIRST = 5
export const ADDRESS_COUNT = 7
export const ADDRESS_WORDS = 8

/**
 * The most names that an address keeps: no message has room for more PTR records, which take at least 13 bytes. All names of
 * a block list have the same address.
 */
export const ADDRESS_MAX_NAMES = 5042

/** Bytes of address space for one table. */
const DEFAULT_BYTES = 2 ** 30

/** The shared memory of one table; can be posted to other threads. */
export interface HostsHandle {
  readonly control: SharedArrayBuffer
  readonly memory: SharedArrayBuffer
  /** The map of the inline lines; 0 = none. */
  readonly inline: number
}

/** The views of the memory. */
export interface HostsMemory {
  readonly words: Int32Array
  readonly bytes: Uint8Array
}

/** Allocates the memory of a table; `bytes` is a multiple of 8. */
export function createMemory(bytes = DEFAULT_BYTES): Omit<HostsHandle, 'inline'> {
  return {
    control: new SharedArrayBuffer(CONTROL_BYTES),
    memory: new SharedArrayBuffer(bytes),
  }
}

/** The views of `memory`. */
export function memoryOf({ memory }: Pick<HostsHandle, 'memory'>): HostsMemory {
  return { words: new Int32Array(memory), bytes: new Uint8Array(memory) }
}

/** The first word of the addresses of the name at `record`. */
export function valueWord(record: number, nameLength: number): number {
  return record + ((nameLength + 5) >>> 2)
}

/** The first slot for a hash: any number of slots is possible, so an index is as large as its map needs. */
export function firstSlot(hash: number, slots: number): number {
  return Math.floor(((hash >>> 0) * slots) / 2 ** 32)
}
