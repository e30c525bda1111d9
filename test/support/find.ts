// Lookups in an answer table by names as bytes.
import type { TableReader } from '../../src/zone/table-reader.ts'

/** A name as the words that a table compares; the bytes after the name are not zero, as in a request. */
export function nameWords(name: Uint8Array): Int32Array {
  const bytes = new Uint8Array(4 * ((name.length + 4) >>> 2)).fill(0xa5)
  bytes.set(name)
  return new Int32Array(bytes.buffer)
}

/** The entry of the first `length` bytes of a relative name; 0 when there is none. */
export function find(reader: TableReader, name: Uint8Array, length = name.length): number {
  return reader.find(nameWords(name), length)
}
