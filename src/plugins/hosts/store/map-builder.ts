// Builds a map of names and addresses in a part of the memory that no reader sees. First all names are added, then `finish`
// makes the index, whose size depends on their number.
import { CodedError } from '../../../errors.ts'
import { hashName, randomHashKey, sameBytes } from '../../../zone/name-hash.ts'
import {
  ADDRESS,
  ADDRESS_BYTES,
  ADDRESS_COUNT,
  ADDRESS_FIRST,
  ADDRESS_MAX_NAMES,
  ADDRESS_WORDS,
  firstSlot,
  type HostsMemory,
  LIST_IPV4,
  LIST_IPV6,
  LISTS,
  LISTS_WORDS,
  MAP_HEADER_WORDS,
  MAP_INDEX,
  MAP_KEY,
  MAP_SLOTS,
  MAP_WILDCARDS,
  ONE_IPV4,
  ONE_IPV6,
  valueWord,
} from './layout.ts'

/** Slots for each name and address. */
const SLOTS_PER_KEY = 1.6
/** Names between two steps of `finish`: about 0.2 ms. */
const STEP_NAMES = 256
const ASTERISK = 0x2a
/** The third word of an IPv4-mapped address, in the byte order of the machine. */
const MAPPED = new Int32Array(Uint8Array.of(0, 0, 0xff, 0xff).buffer)[0]!

/** An address as four words: 16 bytes in network order, IPv4 as IPv4-mapped. */
export type AddressWords = Int32Array

/** True for an IPv4-mapped address. */
export function isIPv4(address: AddressWords): boolean {
  return address[0] === 0 && address[1] === 0 && address[2] === MAPPED
}

/** Throws CodedError (TABLE_FULL) when the part of the memory is full. */
export class MapBuilder {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #map: number
  readonly #limit: number
  readonly #nameWords = new Int32Array(64)
  readonly #nameBytes = new Uint8Array(this.#nameWords.buffer)
  readonly #lastAddress = new Int32Array(4)
  #end: number
  #recordsEnd = 0
  #names = 0
  #wildcards = 0
  /** An upper bound: the same address in adjacent lines counts once. */
  #addresses = 0

  /** Builds in the words from `start` to `limit` of the memory. */
  constructor({ words, bytes }: HostsMemory, start: number, limit: number) {
    this.#words = words
    this.#bytes = bytes
    this.#map = start
    this.#limit = limit
    this.#end = start
    this.#take(MAP_HEADER_WORDS)
  }

  /** Names with their addresses that were added. */
  get names(): number {
    return this.#names
  }

  /** Those of them that start with an asterisk. */
  get wildcards(): number {
    return this.#wildcards
  }

  /** The first word behind the map. */
  get end(): number {
    return this.#end
  }

  /** Adds a wire name in lower case, without its root byte, with an address. */
  add(name: Uint8Array, length: number, address: AddressWords): void {
    const ipv4 = isIPv4(address)
    const record = this.#take(valueWord(0, length) + (ipv4 ? 1 : 4))
    const bytes = this.#bytes
    const at = 4 * record
    bytes[at] = length
    bytes[at + 1] = ipv4 ? ONE_IPV4 : ONE_IPV6
    for (let i = 0; i < length; i++) bytes[at + 2 + i] = name[i]!
    this.#writeAddress(valueWord(record, length), address)
    this.#names++
    if (length > 1 && name[0] === 1 && name[1] === ASTERISK) this.#wildcards++
    const last = this.#lastAddress
    let isSame = this.#names > 1
    for (let i = 0; i < 4; i++) {
      if (last[i] !== address[i]) isSame = false
      last[i] = address[i]!
    }
    if (!isSame) this.#addresses++
  }

  /** Makes the index in steps, and with `reverse` the names of addresses; returns the map. */
  *finish(reverse: boolean): Generator<void, number> {
    const words = this.#words
    const [key0, key1] = randomHashKey()
    this.#recordsEnd = this.#end
    const keys = this.#names + (reverse ? this.#addresses : 0)
    const slots = Math.ceil(SLOTS_PER_KEY * keys) + 1
    const index = this.#take(slots)
    words.fill(0, index, index + slots)
    words[this.#map + MAP_INDEX] = index
    words[this.#map + MAP_SLOTS] = slots
    words[this.#map + MAP_KEY] = key0
    words[this.#map + MAP_KEY + 1] = key1
    words[this.#map + MAP_WILDCARDS] = Math.min(1, this.#wildcards)
    const address = new Int32Array(4)
    let step = 0
    for (let record = this.#map + MAP_HEADER_WORDS; record < this.#recordsEnd; ) {
      const length = this.#bytes[4 * record]!
      const value = valueWord(record, length)
      const ipv4 = this.#bytes[4 * record + 1] === ONE_IPV4
      this.#readAddress(value, ipv4, address)
      this.#insertName(record, length, address, ipv4)
      if (reverse && !this.#isWildcard(record)) this.#insertAddress(record, address)
      record = value + (ipv4 ? 1 : 4)
      if (++step % STEP_NAMES === 0) yield
    }
    return this.#map
  }

  #isWildcard(record: number): boolean {
    const bytes = this.#bytes
    return (
      bytes[4 * record]! > 1 && bytes[4 * record + 2] === 1 && bytes[4 * record + 3] === ASTERISK
    )
  }

  /** Names the record in the index; a name that has one already gets the address in addition. */
  #insertName(record: number, length: number, address: AddressWords, ipv4: boolean): void {
    const bytes = this.#bytes
    const at = 4 * record + 2
    for (let i = 0; i < length; i++) this.#nameBytes[i] = bytes[at + i]!
    const slot = this.#slotOf(this.#nameWords, 0, length, (other) => {
      if (bytes[4 * other] !== length || bytes[4 * other + 1] === ADDRESS) return false
      for (let i = 0; i < length; i++) {
        if (bytes[4 * other + 2 + i] !== bytes[at + i]) return false
      }
      return true
    })
    const first = this.#words[slot]!
    if (first === 0) this.#words[slot] = record
    else this.#appendTo(this.#listsOf(first) + listOf(ipv4), this.#addressNode(address, ipv4))
  }

  /** The lists of a name; they are made of its single address if it has none. */
  #listsOf(record: number): number {
    const words = this.#words
    const value = valueWord(record, this.#bytes[4 * record]!)
    const flags = this.#bytes[4 * record + 1]
    if (flags === LISTS) return words[value]!
    const ipv4 = flags === ONE_IPV4
    const address = new Int32Array(4)
    this.#readAddress(value, ipv4, address)
    const lists = this.#take(LISTS_WORDS)
    words.fill(0, lists, lists + LISTS_WORDS)
    this.#appendTo(lists + listOf(ipv4), this.#addressNode(address, ipv4))
    words[value] = lists
    this.#bytes[4 * record + 1] = LISTS
    return lists
  }

  #addressNode(address: AddressWords, ipv4: boolean): number {
    const node = this.#take(ipv4 ? 2 : 5)
    this.#words[node] = 0
    this.#writeAddress(node + 1, address)
    return node
  }

  /** Adds the name at `record` to those of its address. */
  #insertAddress(record: number, address: AddressWords): void {
    const words = this.#words
    const slot = this.#slotOf(address, 0, 16, (other) => {
      if (this.#bytes[4 * other + 1] !== ADDRESS) return false
      return sameBytes(words, other + ADDRESS_BYTES, address, 0, 16)
    })
    if (words[slot] === 0) {
      const fresh = this.#take(ADDRESS_WORDS)
      words.fill(0, fresh, fresh + ADDRESS_WORDS)
      this.#bytes[4 * fresh + 1] = ADDRESS
      words.set(address, fresh + ADDRESS_BYTES)
      words[slot] = fresh
    }
    const found = words[slot]!
    if (words[found + ADDRESS_COUNT]! >= ADDRESS_MAX_NAMES) return
    words[found + ADDRESS_COUNT]!++
    const node = this.#take(2)
    words[node] = 0
    words[node + 1] = record
    this.#appendTo(found + ADDRESS_FIRST, node)
  }

  /** Appends a node to the list whose first and last node are at `list`. */
  #appendTo(list: number, node: number): void {
    const words = this.#words
    const last = words[list + 1]!
    if (last === 0) words[list] = node
    else words[last] = node
    words[list + 1] = node
  }

  /** The slot of a key: that of the record for which `isSame` is true, else a free one. */
  #slotOf(
    key: Int32Array,
    at: number,
    length: number,
    isSame: (record: number) => boolean,
  ): number {
    const words = this.#words
    const index = words[this.#map + MAP_INDEX]!
    const slots = words[this.#map + MAP_SLOTS]!
    const hashKey = this.#map + MAP_KEY
    const hash = hashName(key, at, length, words[hashKey]!, words[hashKey + 1]!)
    for (let slot = firstSlot(hash, slots); ; slot = slot + 1 === slots ? 0 : slot + 1) {
      const record = words[index + slot]!
      if (record === 0 || isSame(record)) return index + slot
    }
  }

  #writeAddress(at: number, address: AddressWords): void {
    if (isIPv4(address)) this.#words[at] = address[3]!
    else this.#words.set(address, at)
  }

  #readAddress(at: number, ipv4: boolean, address: AddressWords): void {
    address[0] = ipv4 ? 0 : this.#words[at]!
    address[1] = ipv4 ? 0 : this.#words[at + 1]!
    address[2] = ipv4 ? MAPPED : this.#words[at + 2]!
    address[3] = this.#words[ipv4 ? at : at + 3]!
  }

  #take(words: number): number {
    const at = this.#end
    if (at + words > this.#limit) {
      const bytes = 4 * (this.#limit - this.#map)
      throw new CodedError('TABLE_FULL', `the hosts table is full: it has room for ${bytes} bytes`)
    }
    this.#end += words
    return at
  }
}

function listOf(ipv4: boolean): number {
  return ipv4 ? LIST_IPV4 : LIST_IPV6
}
