// The keys of addresses in the answer table of the reverse zones: a zero byte, then the address. No name of another kind
// begins with a zero byte, and an IPv6 address needs a quarter of the bytes of its name below ip6.arpa. The keys do not
// depend on a zone, so all reverse zones of a directive share one table.
import { concat } from '../../dns/name.ts'

/** Bytes of the key of an IPv4 address and of an IPv6 address. */
export const IPV4_KEY_SIZE = 5
export const IPV6_KEY_SIZE = 17

const ZERO = Uint8Array.of(0)
const IPV4_LABELS = 4
const IPV6_LABELS = 32
const DIGIT_0 = 0x30
const LETTER_A = 0x61

/** The key of an address of 4 or 16 bytes. */
export function reverseKey(address: Uint8Array): Uint8Array {
  return concat(ZERO, address)
}

/**
 * Writes to `key` the key of the address whose name below in-addr.arpa starts at `name[0]`: four decimal labels, of which
 * `end` is the end. Returns false for another name, for example one with fewer labels. Does not allocate.
 */
export function readIPv4Name(name: Uint8Array, end: number, key: Uint8Array): boolean {
  key[0] = 0
  let at = 0
  for (let label = 0; label < IPV4_LABELS; label++) {
    const size = name[at]!
    if (at >= end || size > 3) return false
    let value = 0
    for (let i = at + 1; i <= at + size; i++) {
      const digit = name[i]! - DIGIT_0
      if (digit < 0 || digit > 9) return false
      value = 10 * value + digit
    }
    if (value > 255 || (size > 1 && name[at + 1] === DIGIT_0)) return false
    key[IPV4_LABELS - label] = value
    at += size + 1
  }
  return at === end
}

/** As `readIPv4Name`, for 32 labels of one hexadecimal digit below ip6.arpa. */
export function readIPv6Name(name: Uint8Array, end: number, key: Uint8Array): boolean {
  if (end !== 2 * IPV6_LABELS) return false
  key[0] = 0
  for (let label = 0; label < IPV6_LABELS; label++) {
    if (name[2 * label] !== 1) return false
    const byte = name[2 * label + 1]!
    const digit = byte < LETTER_A ? byte - DIGIT_0 : byte - LETTER_A + 10
    if (digit < 0 || digit > 15 || (byte < LETTER_A && digit > 9)) return false
    // The labels are the digits from last to first.
    const at = IPV6_KEY_SIZE - 1 - (label >> 1)
    if ((label & 1) === 0) key[at] = digit
    else key[at] = key[at]! | (digit << 4)
  }
  return true
}
