// Reads the address in the first label of a Pod's name, as `pods insecure` does: "10-1-2-3", "fd00--1".
import { IPV6_TEXT_MAX_SIZE, writeIpv6 } from '../../dns/address.ts'
import { hexDigit } from './hex-digit.ts'

const DASH = 0x2d
/** Bytes of an IPv4 address. */
export const IPV4_SIZE = 4
const IPV6_SIZE = 16

/**
 * Writes the address in the `length` lower-case bytes at `name[start]` to `out`, and returns its size, 4 or 16 bytes; 0
 * for anything else. Like CoreDNS, it takes a label with exactly three dashes, none beside another, as IPv4, and any
 * other as IPv6 with a dash for each colon. Does not allocate.
 */
export function readPodLabel(
  name: Uint8Array,
  start: number,
  length: number,
  out: Uint8Array,
): number {
  const end = start + length
  let dashes = 0
  let isDouble = false
  for (let i = start; i < end; i++) {
    if (name[i] !== DASH) continue
    dashes++
    if (name[i + 1] === DASH && i + 1 < end) isDouble = true
  }
  if (dashes === 3 && !isDouble) return readIPv4(name, start, end, out)
  return dashes === 0 ? 0 : readIPv6(name, start, end, out)
}

/**
 * True when the `length` bytes at `name[start]` spell the `size` bytes of `address` in the way of its canonical text (RFC
 * 5952), as the status of a Pod has it. `readPodLabel` has read `address` from them. Does not allocate.
 */
export function isCanonicalLabel(
  name: Uint8Array,
  start: number,
  length: number,
  address: Uint8Array,
  size: number,
): boolean {
  if (size === IPV4_SIZE) return true
  if (writeIpv6(address, DASH, label) !== length) return false
  for (let i = 0; i < length; i++) if (name[start + i] !== label[i]) return false
  return true
}

/** The label that was written last. */
const label = new Uint8Array(IPV6_TEXT_MAX_SIZE)

/** Four decimal numbers without leading zeros. */
function readIPv4(name: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let at = start
  for (let part = 0; part < IPV4_SIZE; part++) {
    const first = at
    let value = 0
    for (; at < end && name[at] !== DASH; at++) {
      const digit = name[at]! - 0x30
      if (digit < 0 || digit > 9 || at - first === 3) return 0
      value = 10 * value + digit
    }
    if (at === first || value > 255 || (name[first] === 0x30 && at - first > 1)) return 0
    out[part] = value
    at++
  }
  return IPV4_SIZE
}

/** Eight groups of up to four hexadecimal digits; one "--" stands for one or more groups of zeros. */
function readIPv6(name: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let at = start
  let size = 0
  /** Where in `out` the zeros of "--" belong. */
  let gap = -1
  if (name[at] === DASH) {
    if (at + 1 === end || name[at + 1] !== DASH) return 0
    gap = 0
    at += 2
  }
  while (at < end) {
    if (size === IPV6_SIZE) return 0
    const first = at
    let value = 0
    for (; at < end && name[at] !== DASH; at++) {
      const digit = hexDigit(name[at]!)
      if (digit < 0 || at - first === 4) return 0
      value = 16 * value + digit
    }
    if (at === first) return 0
    out[size] = value >> 8
    out[size + 1] = value & 0xff
    size += 2
    if (at === end) break
    // Behind a group there is another one, or "--".
    at++
    if (at === end) return 0
    if (name[at] !== DASH) continue
    if (gap >= 0) return 0
    gap = size
    at++
  }
  return spread(out, size, gap)
}

/** Moves what is behind the gap to the end. Returns 0 when there are too few groups, or none are left out. */
function spread(out: Uint8Array, size: number, gap: number): number {
  if (gap < 0) return size === IPV6_SIZE ? IPV6_SIZE : 0
  if (size === IPV6_SIZE) return 0
  const moved = size - gap
  for (let i = 1; i <= moved; i++) out[IPV6_SIZE - i] = out[size - i]!
  for (let i = gap; i < IPV6_SIZE - moved; i++) out[i] = 0
  return IPV6_SIZE
}
