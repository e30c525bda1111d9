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

/** The RFC 5952 text of 16 bytes: lower case, no leading zeros, the longest run of zero groups as "::". */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16),
  )
  let start = 0
  let longest = 1
  for (let i = 0; i < 8; i++) {
    let end = i
    while (groups[end] === '0') end++
    if (end - i > longest) [start, longest] = [i, end - i]
  }
  if (longest === 1) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + longest).join(':')}`
}
