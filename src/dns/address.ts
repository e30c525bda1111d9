// Converts IP addresses between text and bytes.
import { isIPv6 } from 'node:net'

/** The 4 bytes of a dotted quad without leading zeros; undefined for anything else. */
export function ipv4Bytes(address: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4)
  let part = 0
  let value = -1
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code === DOT) {
      if (value < 0 || part === 3) return undefined
      bytes[part++] = value
      value = -1
      continue
    }
    // Not a digit, or a digit after a leading zero.
    if (code < ZERO || code > ZERO + 9 || value === 0) return undefined
    value = Math.max(value, 0) * 10 + code - ZERO
    if (value > 255) return undefined
  }
  if (part !== 3 || value < 0) return undefined
  bytes[3] = value
  return bytes
}

const DOT = 0x2e
const ZERO = 0x30

/** The 16 bytes of an IPv6 address (RFC 4291 section 2.2 forms, no scope id); undefined for anything else. */
export function ipv6Bytes(address: string): Uint8Array | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined
  const groups = (text: string): number[] => {
    if (text === '') return []
    return text.split(':').flatMap((group) => {
      const quad = ipv4Bytes(group)
      if (quad === undefined) return [Number.parseInt(group, 16)]
      return [(quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!]
    })
  }
  const [head = '', tail] = address.split('::')
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  front.forEach((value, i) => {
    view.setUint16(2 * i, value)
  })
  back.forEach((value, i) => {
    view.setUint16(16 - 2 * (back.length - i), value)
  })
  return bytes
}

/** The 4 or 16 bytes of an address; undefined for anything else. */
export function addressBytes(address: string): Uint8Array | undefined {
  return ipv4Bytes(address) ?? ipv6Bytes(address)
}

/** The text of an address of 4 or 16 bytes. */
export function addressText(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : ipv6Text(bytes)
}

/** Bytes of the longest text of an IPv6 address. */
export const IPV6_TEXT_MAX_SIZE = 39

const GROUPS = 8
const COLON = 0x3a
const LETTER_A = 0x61

const text = Buffer.alloc(IPV6_TEXT_MAX_SIZE)

/** The RFC 5952 text of 16 bytes: lower case, no leading zeros, the longest run of zero groups as "::". */
export function ipv6Text(bytes: Uint8Array): string {
  return text.toString('latin1', 0, writeIpv6(bytes, COLON, text))
}

/** Writes the text of `ipv6Text` to `out`, with another byte for each colon; returns its length. Does not allocate. */
export function writeIpv6(bytes: Uint8Array, separator: number, out: Uint8Array): number {
  let gap = -1
  let longest = 1
  for (let group = 0; group < GROUPS; group++) {
    let end = group
    while (end < GROUPS && groupAt(bytes, end) === 0) end++
    if (end - group <= longest) continue
    gap = group
    longest = end - group
  }
  let at = 0
  for (let group = 0; group < GROUPS; group++) {
    if (group === gap) {
      out[at++] = separator
      out[at++] = separator
      group += longest - 1
      continue
    }
    if (group > 0 && group !== gap + longest) out[at++] = separator
    const value = groupAt(bytes, group)
    let digits = 4
    while (digits > 1 && value >>> (4 * digits - 4) === 0) digits--
    for (; digits > 0; digits--) out[at++] = hexDigitOf((value >>> (4 * digits - 4)) & 15)
  }
  return at
}

function groupAt(bytes: Uint8Array, group: number): number {
  return (bytes[2 * group]! << 8) | bytes[2 * group + 1]!
}

function hexDigitOf(value: number): number {
  return value < 10 ? ZERO + value : LETTER_A + value - 10
}
