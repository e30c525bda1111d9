// The request parser of the packet path: one reusable object that `parse` fills from the bytes of a datagram
// or TCP frame, without allocation. It accepts and rejects requests as miekg/dns does (acceptfunc.go, msg.go),
// the library of CoreDNS, except two OPT records.
import { u16 } from './bytes.ts'
import {
  FLAG_AD,
  FLAG_DO,
  HEADER_SIZE,
  NAME_MAX_SIZE,
  OPCODE_NOTIFY,
  OPCODE_QUERY,
  TYPE_OPT,
  UDP_MAX_SIZE,
  UDP_MIN_SIZE,
} from './codes.ts'
import { wellFormedOptions } from './edns-options.ts'
import { lowerCase } from './name.ts'

// Results of `parse`.
/** The request is valid. */
export const PARSED = 0
/** Shorter than a header, or a response: send no reply (a reply to a response could loop). */
export const PARSE_DROP = 1
/** The header is invalid: reply FORMERR with 12 bytes. */
export const PARSE_FORMERR_HEADER = 2
/** The opcode is not supported: reply NOTIMP with 12 bytes. */
export const PARSE_NOTIMP = 3
/** The header counts a question, but the message ends after it: reply SERVFAIL with 12 bytes. */
export const PARSE_NO_QUESTION = 4
/** The question is valid, but a record after it is not: reply FORMERR with the question. */
export const PARSE_FORMERR = 5

/** The fields of the last request that `parse` read. */
export class Request {
  id = 0
  /** Bytes 2 and 3 of the header, unchanged. */
  flags = 0
  opcode = 0
  /** `name` as words, in which tables compare it. */
  readonly nameWords = new Int32Array(Math.ceil(NAME_MAX_SIZE / 4))
  /** The qname in lower case, in wire form with its root byte: `name[0 .. nameLength)`. */
  readonly name = new Uint8Array(this.nameWords.buffer, 0, NAME_MAX_SIZE)
  nameLength = 0
  type = 0
  class = 0
  hasOpt = false
  /** The UDP size field of OPT in bytes, unchanged. */
  optSize = 0
  optVersion = 0
  optFlags = 0
  /** Offsets of the option data of OPT in the parsed input: `[optionsStart, optionsEnd)`. */
  optionsStart = 0
  optionsEnd = 0

  /** True if the client understands AD (RFC 6840 section 5.7). */
  get wantsAuthentic(): boolean {
    return (this.flags & FLAG_AD) !== 0 || (this.optFlags & FLAG_DO) !== 0
  }

  /** True when the name is `zone` (wire, lower case) or below it. */
  isBelow(zone: Uint8Array): boolean {
    const offset = this.nameLength - zone.length
    if (offset < 0) return false
    for (let i = zone.length - 1; i >= 0; i--) {
      if (zone[i] !== this.name[offset + i]) return false
    }
    // The zone must begin at a label.
    let at = 0
    while (at < offset) at += this.name[at]! + 1
    return at === offset
  }

  /** Parses `length` bytes at `start`; returns PARSED or one of the PARSE_ results. Never throws. */
  parse(input: Uint8Array, start: number, length: number): number {
    this.nameLength = 0
    this.hasOpt = false
    this.optSize = 0
    this.optVersion = 0
    this.optFlags = 0
    this.optionsStart = 0
    this.optionsEnd = 0
    if (length < HEADER_SIZE) return PARSE_DROP
    this.id = u16(input, start)
    this.flags = u16(input, start + 2)
    if (this.flags & 0x8000) return PARSE_DROP
    this.opcode = (this.flags >>> 11) & 0xf
    if (this.opcode !== OPCODE_QUERY && this.opcode !== OPCODE_NOTIFY) return PARSE_NOTIMP
    const answers = u16(input, start + 6)
    const authorities = u16(input, start + 8)
    const additionals = u16(input, start + 10)
    if (u16(input, start + 4) !== 1 || answers > 1 || authorities > 1 || additionals > 2) {
      return PARSE_FORMERR_HEADER
    }
    if (length === HEADER_SIZE) return PARSE_NO_QUESTION
    const end = start + length
    let at = this.#question(input, start + HEADER_SIZE, end)
    if (at < 0) return PARSE_FORMERR_HEADER
    for (let i = answers + authorities; i > 0 && at >= 0; i--) at = this.#rr(input, at, end, false)
    for (let i = additionals; i > 0 && at >= 0; i--) at = this.#rr(input, at, end, true)
    return at < 0 ? PARSE_FORMERR : PARSED
  }

  #question(input: Uint8Array, start: number, end: number): number {
    const { name } = this
    let at = start
    let size = 0
    for (;;) {
      if (at >= end) return -1
      const label = input[at++]!
      // No compression in a question: no name comes before it that a pointer could refer to.
      if (label > 63 || size + label + 1 > NAME_MAX_SIZE || at + label > end) return -1
      name[size++] = label
      if (label === 0) break
      for (const stop = at + label; at < stop; at++) name[size++] = lowerCase[input[at]!]!
    }
    if (at + 4 > end) return -1
    this.nameLength = size
    this.type = u16(input, at)
    this.class = u16(input, at + 2)
    return at + 4
  }

  /** Skips one RR and records OPT; returns the offset after it, -1 when it is malformed. */
  #rr(input: Uint8Array, start: number, end: number, additional: boolean): number {
    // miekg/dns accepts a count that is larger than the number of RRs in the message.
    if (start === end) return end
    let at = start
    for (;;) {
      if (at >= end) return -1
      const label = input[at++]!
      if (label === 0) break
      if (label >= 0xc0) {
        at++
        break
      }
      if (label > 63) return -1
      at += label
    }
    if (at + 10 > end) return -1
    const dataEnd = at + 10 + u16(input, at + 8)
    if (dataEnd > end) return -1
    if (additional && u16(input, at) === TYPE_OPT) {
      // One OPT at most (RFC 6891 section 6.1.1): what one says must not be hidden by the other.
      if (this.hasOpt) return -1
      if (!wellFormedOptions(input, at + 10, dataEnd)) return -1
      this.hasOpt = true
      this.optSize = u16(input, at + 2)
      this.optVersion = input[at + 5]!
      this.optFlags = u16(input, at + 6)
      this.optionsStart = at + 10
      this.optionsEnd = dataEnd
    }
    return dataEnd
  }
}

/** The largest UDP reply for the client of a request, in bytes: a size below 512 means 512 (RFC 6891 section 6.2.5). */
export function udpReplySize({ optSize }: Request): number {
  return Math.min(UDP_MAX_SIZE, Math.max(UDP_MIN_SIZE, optSize))
}
