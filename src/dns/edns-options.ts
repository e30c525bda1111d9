// The options in OPT: which of them make a request malformed, as in miekg/dns (edns.go), copies of some of them, and the
// Extended DNS Error of replies (RFC 8914).
import { setU16, u16 } from './bytes.ts'

const LLQ = 1
const UL = 2
const CLIENT_SUBNET = 8
const EXPIRE = 9
const TCP_KEEPALIVE = 11
const EXTENDED_ERROR = 15

/** Bytes of an Extended DNS Error without text. */
export const EXTENDED_ERROR_SIZE = 6

/**
 * True when the options at `[start, end)` of `input` fill these bytes exactly, and each of them has a valid content.
 * Like miekg/dns, it accepts any COOKIE; unlike it, any REPORTING and ZONEVERSION (docs/compatibility.md).
 */
export function wellFormedOptions(input: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at + 4 <= end) {
    const size = u16(input, at + 2)
    const next = at + 4 + size
    if (next > end || !wellFormed(u16(input, at), input, at + 4, size)) return false
    at = next
  }
  return at === end
}

function wellFormed(code: number, input: Uint8Array, at: number, size: number): boolean {
  switch (code) {
    case LLQ:
      return size >= 18
    case UL:
      return size === 4 || size === 8
    case CLIENT_SUBNET:
      return size >= 4 && isSubnet(u16(input, at), input[at + 2]!, input[at + 3]!)
    case EXPIRE:
      return size === 0 || size >= 4
    case TCP_KEEPALIVE:
      return size === 0 || size === 2
    case EXTENDED_ERROR:
      return size >= 2
    default:
      return true
  }
}

/** RFC 7871 section 6; `dig` sends the family 0 with the prefix 0. Like miekg/dns, it ignores the address's length. */
function isSubnet(family: number, prefix: number, scope: number): boolean {
  if (family === 0) return prefix === 0
  const bits = family === 1 ? 32 : 128
  return family <= 2 && prefix <= bits && scope <= bits
}

/** True if one of the well-formed options at `[start, end)` of `input` has the code. */
export function hasOption(input: Uint8Array, start: number, end: number, code: number): boolean {
  for (let at = start; at < end; at += optionSize(input, at)) {
    if (u16(input, at) === code) return true
  }
  return false
}

// A set of options is a mask: bit 31 is for all options from 31 on.

/** All options but COOKIE, which is for one hop (RFC 7873 section 5.3). */
export const ALL_BUT_COOKIE = ~(1 << 10)
/** All options but NSID (RFC 5001). */
export const ALL_BUT_NSID = ~(1 << 3)

/** Bytes of those well-formed options at `[start, end)` that are in `mask`. */
export function optionsSize(input: Uint8Array, start: number, end: number, mask: number): number {
  let size = 0
  for (let at = start; at < end; at += optionSize(input, at)) {
    if (isIn(mask, input, at)) size += optionSize(input, at)
  }
  return size
}

/** Copies those well-formed options at `[start, end)` that are in `mask`; returns the offset behind them in `output`. */
export function copyOptions(
  input: Uint8Array,
  start: number,
  end: number,
  mask: number,
  output: Uint8Array,
  outputAt: number,
): number {
  let to = outputAt
  for (let at = start; at < end; ) {
    const next = at + optionSize(input, at)
    if (isIn(mask, input, at)) for (let i = at; i < next; i++) output[to++] = input[i]!
    at = next
  }
  return to
}

function optionSize(input: Uint8Array, at: number): number {
  return 4 + u16(input, at + 2)
}

function isIn(mask: number, input: Uint8Array, at: number): boolean {
  return (mask & (1 << Math.min(u16(input, at), 31))) !== 0
}

/** Writes an Extended DNS Error without text (RFC 8914 section 2) at `at`: EXTENDED_ERROR_SIZE bytes. */
export function writeExtendedError(output: Uint8Array, at: number, infoCode: number): void {
  setU16(output, at, EXTENDED_ERROR)
  setU16(output, at + 2, 2)
  setU16(output, at + 4, infoCode)
}

/** An Extended DNS Error as an option of OPT (RFC 8914 section 2); the text may be ''. */
export function extendedErrorOption(infoCode: number, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  const option = new Uint8Array(EXTENDED_ERROR_SIZE + bytes.length)
  writeExtendedError(option, 0, infoCode)
  setU16(option, 2, 2 + bytes.length)
  option.set(bytes, EXTENDED_ERROR_SIZE)
  return option
}

/** The info code of the first Extended DNS Error in well-formed options; undefined if there is none. */
export function extendedErrorOf(options: Uint8Array): number | undefined {
  for (let at = 0; at < options.length; at += 4 + u16(options, at + 2)) {
    if (u16(options, at) === EXTENDED_ERROR) return u16(options, at + 4)
  }
  return undefined
}
