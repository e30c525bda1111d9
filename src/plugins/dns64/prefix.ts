// The prefix of the addresses that stand for IPv4 addresses, and such an address (RFC 6052 section 2.2).
import { addressBytes, ipv6Text } from '../../dns/address.ts'

/** An IPv6 network. */
export interface Prefix {
  /** The 16 bytes of the network's address. */
  readonly bytes: Uint8Array
  /** The length of the prefix in bytes, from 4 to 12. */
  readonly size: number
}

type PrefixResult =
  | { readonly ok: true; readonly prefix: Prefix }
  /** `isGo`: the text is that of Go, which CoreDNS gives without a position. */
  | { readonly ok: false; readonly message: string; readonly isGo: boolean }

const MIN_BITS = 32
const MAX_BITS = 96
/** The byte that is always 0 (RFC 6052 section 2.2): bits 64 to 71. */
const ZERO_BYTE = 8
const IPV4_SIZE = 4

/** Reads "ADDRESS/LENGTH"; the errors are those of CoreDNS. */
export function parsePrefix(text: string): PrefixResult {
  const [, address = '', length = ''] = /^([^/]*)\/(\d+)$/.exec(text) ?? []
  const bytes = addressBytes(address)
  const bits = Number(length)
  if (bytes === undefined || bits > 8 * bytes.length) {
    return { ok: false, message: `invalid CIDR address: ${text}`, isGo: true }
  }
  const network = bytes.map((byte, i) => byte & (0xff00 >> Math.max(0, Math.min(8, bits - 8 * i))))
  const shown = `"${networkText(network)}/${bits}"`
  const fail = (message: string): PrefixResult => ({ ok: false, message, isGo: false })
  if (bytes.length === IPV4_SIZE) return fail(`invalid netmask 32 IPv6 address: ${shown}`)
  if (bits % 8 !== 0 || bits < MIN_BITS || bits > MAX_BITS) {
    return fail(`invalid prefix length ${shown}`)
  }
  return { ok: true, prefix: { bytes: network, size: bits / 8 } }
}

/** "64:ff9b::/96". */
export function prefixText({ bytes, size }: Prefix): string {
  return `${ipv6Text(bytes)}/${8 * size}`
}

/** The 16 bytes of the address that stands for the 4 bytes of an IPv4 address. */
export function mappedAddress({ bytes, size }: Prefix, ipv4: Uint8Array): Uint8Array {
  const address = new Uint8Array(16)
  address.set(bytes.subarray(0, size))
  let at = size
  for (const byte of ipv4) {
    if (at === ZERO_BYTE) at++
    address[at++] = byte
  }
  return address
}

function networkText(bytes: Uint8Array): string {
  return bytes.length === IPV4_SIZE ? bytes.join('.') : ipv6Text(bytes)
}
