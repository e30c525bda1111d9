// Who counts as one client where clients share a limit.
import { ipv6Bytes, ipv6Text } from './dns/address.ts'

// An IPv4 address, or the /64 of an IPv6 address. A host can use every address of its /64 (RFC 7421), so it could look
// like 2^64 clients otherwise.
export const CLIENT_IPV4_BITS = 32
export const CLIENT_IPV6_BITS = 64

/** The client of an address as text; of other text, the text. */
export function clientOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  const bytes = ipv6Bytes(address.split('%')[0]!)
  if (bytes === undefined) return address
  return `${ipv6Text(bytes.fill(0, CLIENT_IPV6_BITS / 8))}/${CLIENT_IPV6_BITS}`
}
