// Converts socket addresses of Linux (struct sockaddr_in and sockaddr_in6) between text and bytes. The family is in
// the byte order of the machine, which is little-endian on all supported ones. Port and address are in network order.
import { networkInterfaces } from 'node:os'
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../dns/address.ts'
import { setU16, u16 } from '../dns/bytes.ts'

/** No address. */
export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_INET6 = 10
/** Bytes of a sockaddr_in. */
export const NAME_SIZE_V4 = 16
/** Bytes of a sockaddr_in6, the largest of both. */
export const SOCKADDR_SIZE = 28

/** The socket address of an IP address ("192.0.2.1", "fe80::1%eth0") and port; undefined for other text. */
export function encodeSockaddr(address: string, port: number): Uint8Array | undefined {
  const v4 = ipv4Bytes(address)
  if (v4 !== undefined) {
    const name = new Uint8Array(NAME_SIZE_V4)
    name[0] = AF_INET
    setU16(name, 2, port)
    name.set(v4, 4)
    return name
  }
  const [plain = '', scope] = address.split('%')
  const v6 = ipv6Bytes(plain)
  if (v6 === undefined) return undefined
  const name = new Uint8Array(SOCKADDR_SIZE)
  name[0] = AF_INET6
  setU16(name, 2, port)
  name.set(v6, 8)
  if (scope !== undefined) new DataView(name.buffer).setUint32(24, scopeId(scope), true)
  return name
}

/** The index of an interface, by name or number; 0 for an unknown interface, which bind(2) rejects. */
function scopeId(scope: string): number {
  if (/^\d+$/.test(scope)) return Number(scope)
  const addresses = networkInterfaces()[scope] ?? []
  return addresses.find(({ family }) => family === 'IPv6')?.scopeid ?? 0
}

/** The offset of the 4 or 16 bytes (`isIpv6`) of the IP address in the socket address at `at`. */
export function addressAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] === AF_INET) return at + 4
  return isIpv6(bytes, at) ? at + 8 : at + 20
}

/** The port of the socket address at `at`. */
export function portOf(bytes: Uint8Array, at: number): number {
  return u16(bytes, at + 2)
}

/** The IP address of the socket address at `at`; an IPv4-mapped address is returned as IPv4. */
export function addressOf(bytes: Uint8Array, at: number): string {
  const from = addressAt(bytes, at)
  return isIpv6(bytes, at) ? ipv6Text(bytes.subarray(from, from + 16)) : ipv4Text(bytes, from)
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/**
 * Writes the network of the socket address at `at` as four words to `words`: the first `ipv4Bits` bits of an IPv4 address, in
 * the form of an IPv4-mapped one, or `ipv6Bits` of another IPv6 address.
 */
export function networkOf(
  bytes: Uint8Array,
  at: number,
  ipv4Bits: number,
  ipv6Bits: number,
  words: Int32Array,
): void {
  if (isIpv6(bytes, at)) {
    for (let i = 0; i < 4; i++) words[i] = word(bytes, at + 8 + 4 * i) & mask(ipv6Bits - 32 * i)
    return
  }
  words[0] = 0
  words[1] = 0
  words[2] = 0xffff
  words[3] = word(bytes, addressAt(bytes, at)) & mask(ipv4Bits)
}

/** The four bytes at `at`, in network order. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** A word whose first `bits` bits are set. */
function mask(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? -1 : -1 << (32 - bits)
}

/** False for IPv4 and for IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2). */
export function isIpv6(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] === AF_INET) return false
  for (let i = 8; i < 18; i++) if (bytes[at + i] !== 0) return true
  return bytes[at + 18] !== 0xff || bytes[at + 19] !== 0xff
}
