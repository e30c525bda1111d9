// Blocks of addresses: IPv4 /24 and IPv6 /120. A block is one page of the table of the reverse zones, because a page for
// each address would take more memory than its record.
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../../dns/address.ts'

/** The block of an address of 4 or 16 bytes: "10.1.2.0/24", "fd00::/120". */
export function blockOf(address: Uint8Array): string {
  if (address.length === 4) return `${address[0]}.${address[1]}.${address[2]}.0/24`
  const first = address.slice()
  first[15] = 0
  return `${ipv6Text(first)}/120`
}

/** The first address of a block, whose last byte is 0. */
export function firstAddress(block: string): Uint8Array {
  const text = block.slice(0, block.indexOf('/'))
  return ipv4Bytes(text) ?? ipv6Bytes(text)!
}
