// The keys of addresses, and of the names above them, in the answer table of the reverse zones. No name of another kind
// begins with the first byte of such a key, and an IPv6 address needs a quarter of the bytes of its name below ip6.arpa.
// The keys do not depend on a zone, so all reverse zones of a directive share one table.
//
// address   0, then its 4 or 16 bytes
// above     IPv4: 64 + number of octets, then these; IPv6: 128 + number of digits, then two digits in each byte
import { concat } from '../../dns/name.ts'
import { hexDigit } from './hex-digit.ts'

/** Bytes of the longest key. */
export const MAX_KEY_SIZE = 17
/**
 * Above an IPv6 address there are keys for these prefixes. Names between them exist when the prefix above them does:
 * everybody who may create EndpointSlices can make up addresses, and each prefix takes memory.
 */
export const IPV6_PREFIX_BITS: readonly number[] = [4, 8, 12, 16, 32, 48, 64]

const ADDRESS = 0
const IPV4_PREFIX = 64
const IPV6_PREFIX = 128
const IPV4_LABELS = 4
const IPV6_LABELS = 32
const DIGIT_0 = 0x30
/** By the number of digits of a name: those of the longest prefix above it. */
const PREFIX_DIGITS = Uint8Array.from({ length: IPV6_LABELS }, (_, digits) =>
  Math.max(0, ...IPV6_PREFIX_BITS.map((bits) => bits / 4).filter((one) => one <= digits)),
)

/** The key of an address of 4 or 16 bytes. */
export function reverseKey(address: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(ADDRESS), address)
}

/** The key of the first `bits` bits of an address: a multiple of 8 for IPv4, of 4 for IPv6, at most 64. */
export function prefixKey(address: Uint8Array, bits: number): Uint8Array {
  const size = Math.ceil(bits / 8)
  const kind = address.length === 4 ? IPV4_PREFIX + bits / 8 : IPV6_PREFIX + bits / 4
  const key = concat(Uint8Array.of(kind), address.subarray(0, size))
  if (bits % 8 !== 0) key[size] = key[size]! & 0xf0
  return key
}

/**
 * Writes to `key` the key of the name below in-addr.arpa that starts at `name[0]` and ends at `end`: one to four decimal
 * labels. Returns the size of the key; 0 for another name. Does not allocate.
 */
export function readIPv4Name(name: Uint8Array, end: number, key: Uint8Array): number {
  let count = 0
  for (let at = 0; at < end; at += name[at]! + 1) count++
  if (count > IPV4_LABELS) return 0
  key[0] = count === IPV4_LABELS ? ADDRESS : IPV4_PREFIX + count
  let at = 0
  // The labels are the octets from last to first.
  for (let octet = count; octet > 0; octet--) {
    const size = name[at]!
    let value = 0
    for (let i = at + 1; i <= at + size; i++) {
      const digit = name[i]! - DIGIT_0
      if (digit < 0 || digit > 9 || size > 3) return 0
      value = 10 * value + digit
    }
    if (value > 255 || (size > 1 && name[at + 1] === DIGIT_0)) return 0
    key[octet] = value
    at += size + 1
  }
  return count + 1
}

/** As `readIPv4Name`, for up to 32 labels of one hexadecimal digit below ip6.arpa. */
export function readIPv6Name(name: Uint8Array, end: number, key: Uint8Array): number {
  const count = end >> 1
  if (count > IPV6_LABELS || end !== 2 * count) return 0
  key.fill(0)
  // The labels are the digits from last to first.
  for (let label = 0; label < count; label++) {
    const digit = name[2 * label] === 1 ? hexDigit(name[2 * label + 1]!) : -1
    if (digit < 0) return 0
    const place = count - 1 - label
    const at = 1 + (place >> 1)
    key[at] = key[at]! | ((place & 1) === 0 ? digit << 4 : digit)
  }
  if (count === IPV6_LABELS) return MAX_KEY_SIZE
  const digits = PREFIX_DIGITS[count]!
  key[0] = IPV6_PREFIX + digits
  return 1 + ((digits + 1) >> 1)
}
