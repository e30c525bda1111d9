// The request parser, the reader of names and the options of OPT, with any bytes.
import { copyOptions, optionsSize, wellFormedOptions } from '../../../src/dns/edns-options.ts'
import { decodeMessage } from '../../../src/dns/message.ts'
import { NameReader } from '../../../src/dns/name-reader.ts'
import { PARSE_DROP, PARSED, Request } from '../../../src/dns/request.ts'
import type { Input, Part } from '../input.ts'
import { exchanges, PLAIN, zoneQueries } from '../seeds.ts'
import { type Target, type TargetKind, Violation } from '../target.ts'

/** Bytes around the message. */
const MARGIN = 64
const OUTPUT_SIZE = 70_000
/** One packet in this number gets all checks; the first of a target does, so that a finding repeats. */
const THOROUGH = 4

export const parser: TargetKind = {
  name: 'parser',
  seeds: () => [...zoneQueries(), ...exchanges().flat()].map((message) => [message, PLAIN]),
  create: async () => new ParserTarget(),
}

class ParserTarget implements Target {
  readonly #request = new Request()
  /** The same request, with other bytes around it, and after other requests. */
  readonly #other = new Request()
  readonly #names = new NameReader()
  #packets = 0
  readonly #bytes = new Uint8Array(PART_SPACE)
  readonly #otherBytes = new Uint8Array(PART_SPACE)
  readonly #output = new Uint8Array(OUTPUT_SIZE)

  run(input: Input): number {
    for (let i = 0; i < input.messages; i++) this.#parse(input.parts[i]!, input.control(0))
    return input.messages
  }

  #parse(part: Part, control: number): void {
    const { length } = part
    const bytes = this.#bytes
    const start = control % MARGIN
    place(bytes, start, part, 0xff)
    const request = this.#request
    const result = request.parse(bytes, start, length)
    const isThorough = this.#packets++ % THOROUGH === 0
    if (isThorough && !this.#isRepeated(part, result, start, control)) {
      throw new Violation(
        'the result depends on bytes outside of the request, or on an earlier one',
      )
    }
    const isReply = length >= 12 && (bytes[start + 2]! & 0x80) !== 0
    if ((length < 12 || isReply) && result !== PARSE_DROP) {
      throw new Violation('a reply, or less than a header, is not dropped')
    }
    if (isThorough) this.#readNames(start, length)
    if (result === PARSED) this.#check(start, length)
    if (isThorough && (control & 0xf0) === 0xf0)
      decodeMessage(bytes.subarray(start, start + length))
  }

  /** True if the same bytes have the same result elsewhere, after other requests. */
  #isRepeated(part: Part, result: number, start: number, control: number): boolean {
    const other = this.#other
    scramble(other, control)
    place(this.#otherBytes, MARGIN, part, 0)
    if (other.parse(this.#otherBytes, MARGIN, part.length) !== result) return false
    return result !== PARSED || this.#isSame(start - MARGIN)
  }

  #isSame(shift: number): boolean {
    const a = this.#request
    const b = this.#other
    for (let i = 0; i < a.nameLength; i++) if (a.name[i] !== b.name[i]) return false
    return (
      a.id === b.id &&
      a.flags === b.flags &&
      a.nameLength === b.nameLength &&
      a.type === b.type &&
      a.class === b.class &&
      a.hasOpt === b.hasOpt &&
      a.optSize === b.optSize &&
      a.optVersion === b.optVersion &&
      a.optFlags === b.optFlags &&
      a.optionsEnd - a.optionsStart === b.optionsEnd - b.optionsStart &&
      (!a.hasOpt || a.optionsStart === b.optionsStart + shift)
    )
  }

  /** Every name of the message, as readers of replies read it. */
  #readNames(start: number, length: number): void {
    const names = this.#names
    const last = Math.min(length, 80)
    for (let at = 12; at < last; at += 1 + (at & 3)) {
      if (!names.read(this.#bytes, start, at, length)) continue
      const { size, end } = names
      if (size < 1 || size > 255 || names.bytes[size - 1] !== 0) {
        throw new Violation(`a name of ${size} bytes was read`)
      }
      if (end <= at || end > length) throw new Violation('a name ends outside of its message')
    }
  }

  #check(start: number, length: number): void {
    const { name, nameLength, optionsStart, optionsEnd, hasOpt } = this.#request
    const bytes = this.#bytes
    if (nameLength < 1 || nameLength > 255 || 12 + nameLength + 4 > length) {
      throw new Violation(`the qname has ${nameLength} bytes in a request of ${length}`)
    }
    for (let i = 0; i < nameLength; i++) {
      const byte = bytes[start + 12 + i]!
      const lower = byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte
      if (name[i] !== lower) throw new Violation('the qname is not that of the request')
    }
    if (!hasOpt) return
    if (optionsStart > optionsEnd || optionsStart < start || optionsEnd > start + length) {
      throw new Violation('the options are outside of the request')
    }
    if (!wellFormedOptions(bytes, optionsStart, optionsEnd)) {
      throw new Violation('the options of a valid request are malformed')
    }
    const mask = ~(1 << (bytes[start]! & 31))
    const size = optionsSize(bytes, optionsStart, optionsEnd, mask)
    const end = copyOptions(bytes, optionsStart, optionsEnd, mask, this.#output, 0)
    if (size !== end) throw new Violation(`${end} bytes of options were copied instead of ${size}`)
  }
}

/** The bytes on each side of a message that get a value. */
const BESIDE = 16
const PART_SPACE = 65_536 + 2 * MARGIN

/** Leaves in a request what others may have left there. */
function scramble(request: Request, value: number): void {
  request.name[value & 0xff] = value
  request.nameLength = value & 0xff
  request.hasOpt = true
  request.optSize = value
  request.optVersion = 1
  request.optFlags = 0x8000
  request.optionsStart = 1
  request.optionsEnd = value
}

/** Copies a message between bytes of one value. */
function place(bytes: Uint8Array, start: number, part: Part, around: number): void {
  const { length } = part
  const end = start + length
  // Loops are faster than fill() and set() for few bytes.
  for (let i = Math.max(0, start - BESIDE); i < start; i++) bytes[i] = around
  if (length < 512) for (let i = 0; i < length; i++) bytes[start + i] = part.bytes[i]!
  else bytes.set(part.bytes.subarray(0, length), start)
  for (let i = end; i < end + BESIDE; i++) bytes[i] = around
}
