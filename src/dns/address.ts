// IP addresses between text and bytes.
import { isIPv4, isIPv6 } from 'node:net'

/** The 4 bytes of a dotted quad; undefined for anything else. */
export function ipv4Bytes(address: string): Uint8Array | undefined {
  return isIPv4(address) ? Uint8Array.from(address.split('.'), Number) : undefined
}

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
