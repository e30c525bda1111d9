// Reads the maps of a hosts table: one reader for each table and thread, without locks and allocation. What it returns is
// valid until `leave`.
import { CONTROL_EPOCH, readerWord } from '../../../zone/layout.ts'
import { hashName, sameBytes } from '../../../zone/name-hash.ts'
import {
  ADDRESS,
  ADDRESS_BYTES,
  ADDRESS_FIRST,
  CONTROL_FILE,
  firstSlot,
  type HostsHandle,
  LIST_IPV4,
  LIST_IPV6,
  LISTS,
  MAP_INDEX,
  MAP_KEY,
  MAP_SLOTS,
  MAP_WILDCARDS,
  memoryOf,
  ONE_IPV4,
  ONE_IPV6,
  valueWord,
} from './layout.ts'

/** Maps, records, nodes and addresses are offsets in the memory in words; 0 = none. */
export class MapReader {
  readonly words: Int32Array
  readonly bytes: Uint8Array
  /** The map of the inline lines. */
  readonly inline: number
  readonly #control: Int32Array
  readonly #reader: number

  /** `id` (0 to MAX_READERS - 1) must be unique among the threads that read the table. */
  constructor(handle: HostsHandle, id: number) {
    const { words, bytes } = memoryOf(handle)
    this.words = words
    this.bytes = bytes
    this.inline = handle.inline
    this.#control = new Int32Array(handle.control)
    this.#reader = readerWord(id)
  }

  /** Starts a read and returns the map of the file. The map stays as it is until `leave`. */
  enter(): number {
    Atomics.store(this.#control, this.#reader, Atomics.load(this.#control, CONTROL_EPOCH))
    return Atomics.load(this.#control, CONTROL_FILE)
  }

  /** Ends the read. */
  leave(): void {
    Atomics.store(this.#control, this.#reader, 0)
  }

  /** True if the map has names that start with an asterisk. */
  hasWildcards(map: number): boolean {
    return map !== 0 && this.words[map + MAP_WILDCARDS] !== 0
  }

  /** The record of a wire name in lower case, without its root byte: the first `length` bytes of `name`. */
  name(map: number, name: Int32Array, nameBytes: Uint8Array, length: number): number {
    if (map === 0) return 0
    const { words, bytes } = this
    const index = words[map + MAP_INDEX]!
    const slots = words[map + MAP_SLOTS]!
    const hash = hashName(name, 0, length, words[map + MAP_KEY]!, words[map + MAP_KEY + 1]!)
    for (let slot = firstSlot(hash, slots); ; slot = slot + 1 === slots ? 0 : slot + 1) {
      const record = words[index + slot]!
      if (record === 0) return 0
      const at = 4 * record
      if (bytes[at] !== length || bytes[at + 1] === ADDRESS) continue
      let i = 0
      while (i < length && bytes[at + 2 + i] === nameBytes[i]) i++
      if (i === length) return record
    }
  }

  /** The first node of the names of an address, whose 16 bytes are the words of `address` (IPv4 as IPv4-mapped). */
  namesOf(map: number, address: Int32Array): number {
    if (map === 0) return 0
    const { words, bytes } = this
    const index = words[map + MAP_INDEX]!
    const slots = words[map + MAP_SLOTS]!
    const hash = hashName(address, 0, 16, words[map + MAP_KEY]!, words[map + MAP_KEY + 1]!)
    for (let slot = firstSlot(hash, slots); ; slot = slot + 1 === slots ? 0 : slot + 1) {
      const record = words[index + slot]!
      if (record === 0) return 0
      if (bytes[4 * record + 1] !== ADDRESS) continue
      if (sameBytes(words, record + ADDRESS_BYTES, address, 0, 16)) {
        return words[record + ADDRESS_FIRST]!
      }
    }
  }

  /** True if the name at `record` has an address of the family. */
  has(record: number, ipv4: boolean): boolean {
    const flags = this.bytes[4 * record + 1]
    if (flags === LISTS) return this.#firstNode(record, ipv4) !== 0
    return (flags === ONE_IPV4) === ipv4
  }

  /**
   * Writes the places of the addresses of a family of the name at `record` to `places`, from `count` on, as many as fit.
   * Returns their number with those before.
   */
  addresses(record: number, ipv4: boolean, places: Int32Array, count: number): number {
    const flags = this.bytes[4 * record + 1]
    let end = count
    if (flags !== LISTS) {
      if (flags === (ipv4 ? ONE_IPV4 : ONE_IPV6) && end < places.length) {
        places[end++] = valueWord(record, this.bytes[4 * record]!)
      }
      return end
    }
    for (let node = this.#firstNode(record, ipv4); node !== 0; node = this.words[node]!) {
      if (end === places.length) break
      places[end++] = node + 1
    }
    return end
  }

  #firstNode(record: number, ipv4: boolean): number {
    const lists = this.words[valueWord(record, this.bytes[4 * record]!)]!
    return this.words[lists + (ipv4 ? LIST_IPV4 : LIST_IPV6)]!
  }
}
