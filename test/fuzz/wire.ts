// Reads messages strictly, to judge replies. Shares no code with src/, and allocates nothing.
import { word } from './shape.ts'

const HEADER_SIZE = 12
const NAME_MAX = 255
const OPT = 41
/** A record has 11 bytes at least. */
const MAX_RECORDS = 6000
/** NS, CNAME, PTR, DNAME, MX, SRV: bytes of their data before a name. */
const NAME_AFTER = new Map([
  [2, 0],
  [5, 0],
  [12, 0],
  [39, 0],
  [15, 2],
  [33, 6],
])
const SOA = 6

/** How much of a message is read. */
export type Strictness =
  /** Everything that this server writes itself: all names, those in data too, and no byte behind the end. */
  | 'own'
  /** The same, but of the records of upstreams, which are passed on as they are, only where they end. */
  | 'passed on'
  /** What an upstream sends: where its records end. */
  | 'upstream'
  /** What a client sends. The owner of OPT may be any name, as for miekg/dns. */
  | 'request'

/** The last message that was read; a reusable object. Offsets are in bytes from the start of the message. */
export class Wire {
  id = 0
  flags = 0
  questions = 0
  answers = 0
  /** The end of the question; 12 without one. */
  questionEnd = 0
  /** The records, without OPT. */
  records = 0
  /** The size field of OPT; -1 without OPT. */
  optSize = -1
  // Of each record but OPT: where it starts, where its TTL is, and where it ends.
  readonly starts = new Int32Array(MAX_RECORDS)
  readonly ttlAt = new Int32Array(MAX_RECORDS)
  readonly ends = new Int32Array(MAX_RECORDS)
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0
  #length = 0

  /** The first fault of the `length` bytes at `start`; undefined for a valid message. */
  read(bytes: Uint8Array, start: number, length: number, how: Strictness): string | undefined {
    this.#bytes = bytes
    this.#start = start
    this.#length = length
    this.optSize = -1
    this.records = 0
    this.questionEnd = HEADER_SIZE
    if (length < HEADER_SIZE) return 'is shorter than a header'
    this.id = this.#word(0)
    this.flags = this.#word(2)
    this.questions = this.#word(4)
    this.answers = this.#word(6)
    if (this.questions > 1) return 'has more than one question'
    let at = HEADER_SIZE
    if (this.questions === 1) {
      at = this.#name(at, length, how === 'passed on' ? 'own' : how)
      if (at < 0 || at + 4 > length) return 'has a malformed question'
      at += 4
      this.questionEnd = at
    }
    const all = this.answers + this.#word(8) + this.#word(10)
    for (let i = 0; i < all; i++) {
      at = this.#record(at, how, i >= all - this.#word(10))
      if (at < 0) return `has a malformed record ${i + 1}`
    }
    return at === length ? undefined : 'has bytes behind its last record'
  }

  /** The TTL of record `i` in seconds, as a number without a sign. */
  ttl(i: number): number {
    const at = this.ttlAt[i]!
    return this.#word(at) * 65_536 + this.#word(at + 2)
  }

  /** A hash of rcode, sections and records but OPT, without their TTLs. */
  fingerprint(): number {
    let hash = (this.flags & 0xf) * 31 + this.answers
    for (let i = 0; i < this.records; i++) {
      const ttlAt = this.ttlAt[i]!
      for (let at = this.starts[i]!; at < this.ends[i]!; at++) {
        const byte = at >= ttlAt && at < ttlAt + 4 ? 0 : this.#bytes[this.#start + at]!
        hash = Math.imul(hash ^ byte, 0x01000193)
      }
    }
    return hash
  }

  /**
   * The first fault of the names in the records: owners, and the names in the data of NS, CNAME, SOA, PTR, MX, SRV and
   * DNAME, read as those that this server writes itself; undefined if all are valid.
   */
  nameFault(): string | undefined {
    for (let i = 0; i < this.records; i++) {
      const type = this.ttlAt[i]! - 4
      const data = this.ttlAt[i]! + 6
      const end = this.ends[i]!
      if (this.#name(this.starts[i]!, this.#length, 'own') !== type) {
        return `has a malformed owner in record ${i + 1}`
      }
      if (end > data && !this.#hasNames(this.#word(type), data, end)) {
        return `has a malformed name in the data of record ${i + 1}`
      }
    }
    return undefined
  }

  /** True if the data of a type has all its names. The numbers of a SOA are passed on as they are. */
  #hasNames(type: number, at: number, end: number): boolean {
    if (type === SOA) {
      const second = this.#name(at, end, 'own')
      return second > 0 && this.#name(second, end, 'own') > 0
    }
    return !NAME_AFTER.has(type) || this.#data(type, at, end)
  }

  #record(start: number, how: Strictness, isAdditional: boolean): number {
    const at = this.#name(start, this.#length, how)
    if (at < 0 || at + 10 > this.#length) return -1
    const end = at + 10 + this.#word(at + 8)
    if (end > this.#length) return -1
    const type = this.#word(at)
    if (type === OPT) {
      if (how === 'request' && !isAdditional) return end
      if (this.optSize >= 0 || !isAdditional) return -1
      if (at !== start + 1 && how !== 'request') return -1
      this.optSize = this.#word(at + 2)
      const isOurs = how === 'own' || how === 'passed on'
      return !isOurs || this.#options(at + 10, end) ? end : -1
    }
    this.starts[this.records] = start
    this.ttlAt[this.records] = at + 4
    this.ends[this.records++] = end
    return how !== 'own' || this.#data(type, at + 10, end) ? end : -1
  }

  #data(type: number, at: number, end: number): boolean {
    if (type === 1) return end - at === 4
    if (type === 28) return end - at === 16
    if (type === SOA) {
      const second = this.#name(at, end, 'own')
      return second > 0 && this.#name(second, end, 'own') === end - 20
    }
    const before = NAME_AFTER.get(type)
    return before === undefined || this.#name(at + before, end, 'own') === end
  }

  #options(start: number, end: number): boolean {
    let at = start
    while (at + 4 <= end) at += 4 + this.#word(at + 2)
    return at === end
  }

  /** The end of the name at `start`, which must be before `limit`; -1 if it is malformed. */
  #name(start: number, limit: number, how: Strictness): number {
    let at = start
    let end = -1
    let size = 0
    let lowest = start
    while (at < (end < 0 ? limit : this.#length)) {
      const label = this.#bytes[this.#start + at]!
      if (label >= 0xc0) {
        if (at + 2 > this.#length) return -1
        if (end < 0) end = at + 2
        if (how !== 'own') return end
        const target = this.#word(at) & 0x3fff
        if (target >= lowest || target < HEADER_SIZE) return -1
        lowest = target
        at = target
        continue
      }
      if (label > 63) return -1
      size += 1 + label
      if (size > NAME_MAX && how === 'own') return -1
      at += 1 + label
      if (label === 0) return end < 0 ? at : end
    }
    return -1
  }

  #word(at: number): number {
    return word(this.#bytes, this.#start + at)
  }
}

/**
 * The most bytes of a UDP reply to a request: the size in its OPT, at least 512 (RFC 6891 section 6.2.5), at most `most`;
 * 512 without a readable OPT.
 */
export function allowedSize(request: Uint8Array, length: number, most: number): number {
  wire.read(request, 0, length, 'request')
  return Math.min(Math.max(512, wire.optSize), Math.max(512, most))
}

const wire = new Wire()
