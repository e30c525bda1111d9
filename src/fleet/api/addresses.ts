// The canonical form of endpoint addresses. KEP-4858 ("IP/CIDR validation improvements") makes API servers refuse any
// other form, and clusters with older versions still hold other forms.
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../../dns/address.ts'
import type { IpFamily } from './types.ts'

/** An address in the form that every API server accepts. */
export interface CanonicalAddress {
  readonly text: string
  readonly family: IpFamily
}

/**
 * The canonical form of an address: RFC 5952 for IPv6, decimal numbers without leading zeros for IPv4. Leading zeros
 * do not mean octal, as in Kubernetes (netutils.ParseIPSloppy). An IPv4-mapped IPv6 address becomes the IPv4 address.
 * Undefined for an invalid address and for one with an IPv6 zone.
 */
export function canonicalAddress(address: string): CanonicalAddress | undefined {
  if (!address.includes(':')) return ipv4(address)
  const bytes = ipv6Bytes(address)
  if (bytes === undefined) return undefined
  if (!isMapped(bytes)) return { text: ipv6Text(bytes), family: 'IPv6' }
  return { text: bytes.subarray(12).join('.'), family: 'IPv4' }
}

function ipv4(address: string): CanonicalAddress | undefined {
  const text = address.replaceAll(/(?<![0-9])0+(?=[0-9])/g, '')
  return ipv4Bytes(text) === undefined ? undefined : { text, family: 'IPv4' }
}

/** True for ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
}
