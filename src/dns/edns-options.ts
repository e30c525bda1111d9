// The options in OPT: which of them make a request malformed, as in miekg/dns (edns.go), and the Extended DNS Error of
// replies (RFC 8914).
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

/** Writes an Extended DNS Error without text (RFC 8914 section 2) at `at`: EXTENDED_ERROR_SIZE bytes. */
export function writeExtendedError(output: Uint8Array, at: number, infoCode: number): void {
  setU16(output, at, EXTENDED_ERROR)
  setU16(output, at + 2, 2)
  setU16(output, at + 4, infoCode)
}

/** The info code of the first Extended DNS Error in well-formed options; undefined if there is none. */
export function extendedErrorOf(options: Uint8Array): number | undefined {
  for (let at = 0; at < options.length; at += 4 + u16(options, at + 2)) {
    if (u16(options, at) === EXTENDED_ERROR) return u16(options, at + 4)
  }
  return undefined
}
