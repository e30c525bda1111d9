// Finds out whether a Pod has an address, in the table of a zone with `pods verified` (`pod-keys.ts`). One object is used
// by one thread, and allocates nothing.
import { copyRange } from '../../dns/bytes.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { blockKey, blockOf, findPod, NAMESPACE_KEY, POD_DATA } from './pod-keys.ts'

/** Bytes of the longest key: its first byte, and a label with its length. */
const MAX_KEY_SIZE = 65
const BLOCK_KEY_SIZE = 2

export class VerifiedPods {
  readonly #words = new Int32Array(Math.ceil(MAX_KEY_SIZE / 4))
  readonly #key = new Uint8Array(this.#words.buffer)

  /** True if a Pod has the address, whose `size` bytes are in `address`, in the namespace whose label is at `name[at]`. */
  has(
    table: TableReader,
    name: Uint8Array,
    at: number,
    address: Int32Array,
    size: number,
  ): boolean {
    const label = name[at]! + 1
    this.#key[0] = NAMESPACE_KEY
    copyRange(name, at, label, this.#key, 1)
    const known = table.find(this.#words, 1 + label)
    if (known === 0) return false
    const namespace = table.words[table.dataStart(known, table.answer(known, POD_DATA)) >>> 2]!
    this.#key[0] = blockKey(size)
    this.#key[1] = blockOf(namespace, address, size)
    const block = table.find(this.#words, BLOCK_KEY_SIZE)
    if (block === 0) return false
    const data = table.answer(block, POD_DATA)
    const start = table.dataStart(block, data) >>> 2
    const end = start + table.dataLength(data) / 4
    return findPod(table.words, start, end, namespace, address, size) >= 0
  }
}
