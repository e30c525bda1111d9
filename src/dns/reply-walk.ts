// One pass over the reply of an upstream: where its records, TTLs and OPT are. The reply is never decoded: the packet path
// copies its bytes and patches them.
import { u16 } from './bytes.ts'
import { FLAG_QR, HEADER_SIZE, OPCODE_QUERY, TYPE_OPT } from './codes.ts'
import { sameName } from './name.ts'
import type { Request } from './request.ts'

/** The most records of a message: each has at least 11 bytes (RFC 1035 section 4.1.3). */
const MAX_RECORDS = 5957

/** Offsets of the fields of a record, from that of its TTL. */
export const TTL_TO_TYPE = -4
export const TTL_TO_RDLENGTH = 4
export const TTL_TO_RDATA = 6

/** The structure of one message; a reusable object. Offsets count from the start of the message, in bytes. */
export class ReplyWalk {
  /** Bytes 2 and 3 of the header. */
  flags = 0
  /** The end of the question: the records start here. */
  questionEnd = 0
  /** The end of the last record that is not OPT. */
  end = 0
  // The numbers of records of the sections, without OPT.
  answers = 0
  authorities = 0
  additionals = 0
  /** The offset of the TTL of each record but OPT, in order: `ttlAt[0 .. answers + authorities + additionals)`. */
  readonly ttlAt = new Uint16Array(MAX_RECORDS)
  /** The least TTL of all records but OPT, in seconds; a TTL above 2^31 - 1 counts as 0 (RFC 2181 section 8). */
  minTtl = 0
  /** Offsets of OPT: `[optStart, optEnd)`; both 0 without OPT. */
  optStart = 0
  optEnd = 0
  /** False if records follow OPT: names in them may point behind it, so OPT cannot be cut out. */
  optIsLast = true

  /** The number of records, without OPT. */
  get records(): number {
    return this.answers + this.authorities + this.additionals
  }

  /** The lower four bits of the rcode. */
  get rcode(): number {
    return this.flags & 0xf
  }
}

/** The rcode of the message at `start`, with the upper bits that are in OPT (RFC 6891 section 6.1.3). */
export function extendedRcode(walk: ReplyWalk, bytes: Uint8Array, start: number): number {
  const upper = walk.optEnd > 0 ? bytes[start + walk.optStart + 5]! : 0
  return (upper << 4) | walk.rcode
}

/**
 * Reads the `length` bytes of a reply at `start` into `walk`. Returns false if the reply is malformed: a section ends
 * early, a name has an invalid label or a pointer that does not point backwards, OPT is not alone in the additional
 * section, or there is not exactly one question. Names in RDATA are not read. Never throws, and does not allocate.
 */
export function walkReply(
  bytes: Uint8Array,
  start: number,
  length: number,
  walk: ReplyWalk,
): boolean {
  if (length < HEADER_SIZE || length > 0xffff || u16(bytes, start + 4) !== 1) return false
  walk.flags = u16(bytes, start + 2)
  walk.optStart = 0
  walk.optEnd = 0
  walk.optIsLast = true
  const question = nameEnd(bytes, start, HEADER_SIZE, length)
  if (question < 0 || question + 4 > length) return false
  walk.questionEnd = question + 4
  walk.end = walk.questionEnd
  walk.answers = u16(bytes, start + 6)
  walk.authorities = u16(bytes, start + 8)
  const additionals = u16(bytes, start + 10)
  const before = walk.answers + walk.authorities
  let at = walk.questionEnd
  let count = 0
  let minTtl = 0xffffffff
  for (let i = 0; i < before + additionals; i++) {
    const owner = at
    at = nameEnd(bytes, start, at, length)
    if (at < 0 || at + 10 > length) return false
    const ttlAt = at + 4
    const end = at + 10 + u16(bytes, start + at + 8)
    if (end > length) return false
    if (u16(bytes, start + at) === TYPE_OPT) {
      if (i < before || walk.optEnd > 0 || bytes[start + owner] !== 0) return false
      walk.optStart = owner
      walk.optEnd = end
    } else {
      if (walk.optEnd > 0) walk.optIsLast = false
      const ttl = ttlOf(bytes, start + ttlAt)
      if (ttl < minTtl) minTtl = ttl
      walk.ttlAt[count++] = ttlAt
      walk.end = end
    }
    at = end
  }
  walk.additionals = count - before
  walk.minTtl = count === 0 ? 0 : minTtl
  return true
}

/** The TTL at `at` in seconds (RFC 2181 section 8). */
export function ttlOf(bytes: Uint8Array, at: number): number {
  return bytes[at]! > 0x7f
    ? 0
    : ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | u16(bytes, at + 2)) >>> 0
}

/** The offset behind the name at `at`, relative to `start`; -1 if it is malformed. */
function nameEnd(bytes: Uint8Array, start: number, at: number, length: number): number {
  const first = at
  while (at < length) {
    const label = bytes[start + at]!
    if (label === 0) return at + 1
    if (label >= 0xc0) {
      if (at + 2 > length) return -1
      const target = ((label & 0x3f) << 8) | bytes[start + at + 1]!
      return target < first && target >= HEADER_SIZE ? at + 2 : -1
    }
    if (label > 63) return -1
    at += label + 1
  }
  return -1
}

/**
 * True if the `length` bytes at `start` are a reply to `request`: QR, opcode, and the same question (RFC 5452 section
 * 9.1); the names are compared without case. The caller compares the id.
 */
export function repliesTo(
  request: Request,
  bytes: Uint8Array,
  start: number,
  length: number,
): boolean {
  const { name, nameLength, type } = request
  return repliesToQuestion(name, 0, nameLength, type, request.class, bytes, start, length)
}

/** As `repliesTo`, for the question with the `nameLength` bytes at `nameAt` of `name`, in any case. */
export function repliesToQuestion(
  name: Uint8Array,
  nameAt: number,
  nameLength: number,
  type: number,
  qclass: number,
  bytes: Uint8Array,
  start: number,
  length: number,
): boolean {
  if (length < HEADER_SIZE + nameLength + 4) return false
  const flags = u16(bytes, start + 2)
  if ((flags & FLAG_QR) === 0 || ((flags >>> 11) & 0xf) !== OPCODE_QUERY) return false
  if (u16(bytes, start + 4) !== 1) return false
  const at = start + HEADER_SIZE
  if (!sameName(bytes, at, name, nameAt, nameLength)) return false
  return u16(bytes, at + nameLength) === type && u16(bytes, at + nameLength + 2) === qclass
}
