// Puts the addresses of a reply in order where they are: only RDATA moves, between records of one owner.
import { u16 } from '../../dns/bytes.ts'
import { FLAG_TC, NAME_MAX_SIZE, NOERROR, TYPE_A, TYPE_AAAA, TYPE_CNAME } from '../../dns/codes.ts'
import { lowerCase } from '../../dns/name.ts'
import { NameReader } from '../../dns/name-reader.ts'
import {
  ReplyWalk,
  TTL_TO_RDATA,
  TTL_TO_RDLENGTH,
  TTL_TO_TYPE,
  walkReply,
} from '../../dns/reply-walk.ts'
import type { Addresses, AddressOrder } from './address-order.ts'

const MAX_DATA_BYTES = 65_536

/** All orders of a thread use it: a reply is put in order at once. */
const data = new Uint8Array(MAX_DATA_BYTES)

export class ReplyOrder implements Addresses {
  readonly #order: AddressOrder
  readonly #walk = new ReplyWalk()
  readonly #reader = new NameReader()
  readonly #owner = new Uint8Array(NAME_MAX_SIZE)
  readonly #otherOwner = new Uint8Array(NAME_MAX_SIZE)
  #bytes: Uint8Array = data
  #start = 0
  #length = 0
  /** The addresses are the last answers, from this one on. */
  #first = 0
  #size = 0
  count = 0

  constructor(order: AddressOrder) {
    this.#order = order
  }

  /**
   * Puts the reply of `length` bytes at `start` in order; `type` is that of its question. False if that takes more than moving
   * RDATA: the reply is truncated, or it has other records than CNAME and the addresses of one name. Does not allocate.
   */
  put(bytes: Uint8Array, start: number, length: number, type: number): boolean {
    const walk = this.#walk
    if (!this.#order.appliesTo(type)) return true
    const flags = u16(bytes, start + 2)
    if ((flags & 0xf) !== NOERROR || !walkReply(bytes, start, length, walk)) return true
    this.#bytes = bytes
    this.#start = start
    this.#length = length
    if (flags & FLAG_TC) return false
    if (this.#addressesIn(walk.answers + walk.authorities, walk.records) > 1) return false
    if (this.#addressesIn(0, walk.answers) < 2) return true
    if (!this.#findRun()) return false
    this.#move(type)
    return true
  }

  /** The number of addresses among the records from `from` to before `to`. */
  #addressesIn(from: number, to: number): number {
    let count = 0
    for (let i = from; i < to; i++) if (sizeOfType(this.#typeOf(i)) > 0) count++
    return count
  }

  /** Finds the addresses; false if the answers are not CNAME records and then addresses of one type and owner. */
  #findRun(): boolean {
    const { answers } = this.#walk
    let first = 0
    while (first < answers && this.#typeOf(first) === TYPE_CNAME) first++
    const size = sizeOfType(this.#typeOf(first))
    if (size === 0) return false
    for (let i = first; i < answers; i++) {
      if (u16(this.#bytes, this.#at(i) + TTL_TO_RDLENGTH) !== size) return false
      if (i > first && !this.#hasSameHead(i, first) && !this.#hasSameOwner(i, first)) return false
    }
    this.#first = first
    this.#size = size
    this.count = answers - first
    return true
  }

  #move(type: number): void {
    const size = this.#size
    const bytes = this.#bytes
    const order = this.#order.arrange(this, type)
    for (let i = 0; i < this.count; i++) {
      const from = this.offsetOf(i)
      for (let k = 0; k < size; k++) data[i * size + k] = bytes[from + k]!
    }
    for (let i = 0; i < this.count; i++) {
      const from = order[i]! * size
      const to = this.offsetOf(i)
      for (let k = 0; k < size; k++) bytes[to + k] = data[from + k]!
    }
  }

  bytesOf(): Uint8Array {
    return this.#bytes
  }

  offsetOf(i: number): number {
    return this.#at(this.#first + i) + TTL_TO_RDATA
  }

  sizeOf(): number {
    return this.#size
  }

  ownerOf(_: number, name: Uint8Array): number {
    return this.#readOwner(this.#first, name)
  }

  /** Writes the owner of record `i` in lower case to `name`; returns its length, 0 if it is malformed. */
  #readOwner(i: number, name: Uint8Array): number {
    const reader = this.#reader
    if (!reader.read(this.#bytes, this.#start, this.#recordAt(i), this.#length)) return 0
    for (let k = 0; k < reader.size; k++) name[k] = lowerCase[reader.bytes[k]!]!
    return reader.size
  }

  /** The offset of the TTL of record `i` in the bytes. */
  #at(i: number): number {
    return this.#start + this.#walk.ttlAt[i]!
  }

  #typeOf(i: number): number {
    return u16(this.#bytes, this.#at(i) + TTL_TO_TYPE)
  }

  /** The offset of record `i` from the start of the message. */
  #recordAt(i: number): number {
    if (i === 0) return this.#walk.questionEnd
    const before = this.#walk.ttlAt[i - 1]!
    return before + TTL_TO_RDATA + u16(this.#bytes, this.#start + before + TTL_TO_RDLENGTH)
  }

  /** True if owner, type and class of two records have the same bytes, as they usually have. */
  #hasSameHead(i: number, other: number): boolean {
    const from = this.#recordAt(i)
    const otherFrom = this.#recordAt(other)
    const head = this.#walk.ttlAt[other]! - otherFrom
    if (this.#walk.ttlAt[i]! - from !== head) return false
    const bytes = this.#bytes
    const start = this.#start
    for (let k = 0; k < head; k++) {
      if (bytes[start + from + k] !== bytes[start + otherFrom + k]) return false
    }
    return true
  }

  /** True if two records have the same type and owner, in any letter case and compression. */
  #hasSameOwner(i: number, other: number): boolean {
    const size = this.#readOwner(other, this.#owner)
    if (size === 0 || this.#typeOf(i) !== this.#typeOf(other)) return false
    if (this.#readOwner(i, this.#otherOwner) !== size) return false
    for (let k = 0; k < size; k++) if (this.#owner[k] !== this.#otherOwner[k]) return false
    return true
  }
}

/** Bytes of an address of this type; 0 for other types. */
function sizeOfType(type: number): number {
  if (type === TYPE_A) return 4
  return type === TYPE_AAAA ? 16 : 0
}
