// Blocks of addresses, IPv4 /24 and IPv6 /120, and the prefixes above them. A block is one page of the table of the
// reverse zones, because a page for each address would take more memory than its record.
import { addressBytes, ipv6Text } from '../../dns/address.ts'
import { IPV6_PREFIX_BITS } from './reverse-key.ts'

const IPV4_BLOCK_BITS = 24
const IPV6_BLOCK_BITS = 120
const IPV4_PREFIX_BITS = [8, 16]

/** The block of an address of 4 or 16 bytes: "10.1.2.0/24", "fd00::/120". */
export function blockOf(address: Uint8Array): string {
  return prefixText(address, address.length === 4 ? IPV4_BLOCK_BITS : IPV6_BLOCK_BITS)
}

/** The prefixes above a block that have names: IPv4 /8 and /16; those of `IPV6_PREFIX_BITS`. */
export function prefixesOf(block: string): string[] {
  const { address } = readPrefix(block)
  const all = address.length === 4 ? IPV4_PREFIX_BITS : IPV6_PREFIX_BITS
  return all.map((bits) => prefixText(address, bits))
}

/** The first address of a block or prefix, and its bits. */
export function readPrefix(text: string): { readonly address: Uint8Array; readonly bits: number } {
  const slash = text.indexOf('/')
  const address = text.slice(0, slash)
  return {
    address: addressBytes(address)!,
    bits: Number(text.slice(slash + 1)),
  }
}

/** True for a block, false for a prefix above blocks. */
export function isBlock({ address, bits }: ReturnType<typeof readPrefix>): boolean {
  return bits === (address.length === 4 ? IPV4_BLOCK_BITS : IPV6_BLOCK_BITS)
}

function prefixText(address: Uint8Array, bits: number): string {
  const first = address.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))))
  return `${first.length === 4 ? first.join('.') : ipv6Text(first)}/${bits}`
}
