// The address that a name below in-addr.arpa or ip6.arpa stands for (RFC 1035 section 3.5, RFC 3596 section 2.5).
import { nameToWire } from '../../dns/name.ts'

const IPV4_ZONE = wire('in-addr.arpa.')
const IPV6_ZONE = wire('ip6.arpa.')
const IPV4_LABELS = 4
/** Bytes of 32 labels of one digit each. */
const IPV6_SIZE = 64

/**
 * Reads the address of a wire name in lower case of `length` bytes into 16 bytes of `address`, IPv4 as IPv4-mapped. Returns
 * false for another name. Does not allocate.
 */
export function readReverseName(name: Uint8Array, length: number, address: Uint8Array): boolean {
  const size = length - IPV6_ZONE.length
  if (size === IPV6_SIZE && endsWith(name, length, IPV6_ZONE)) return readIPv6(name, address)
  const ipv4Size = length - IPV4_ZONE.length
  return endsWith(name, length, IPV4_ZONE) && readIPv4(name, ipv4Size, address)
}

function readIPv4(name: Uint8Array, end: number, address: Uint8Array): boolean {
  address.fill(0, 0, 10).fill(0xff, 10, 12)
  let at = 0
  // The labels are the octets from last to first.
  for (let octet = IPV4_LABELS; octet > 0; octet--) {
    const size = at < end ? name[at]! : 0
    if (size === 0 || size > 3) return false
    let value = 0
    for (let i = at + 1; i <= at + size; i++) {
      const digit = name[i]! - 0x30
      if (digit < 0 || digit > 9) return false
      value = 10 * value + digit
    }
    if (value > 255 || (size > 1 && name[at + 1] === 0x30)) return false
    address[11 + octet] = value
    at += size + 1
  }
  return at === end
}

function readIPv6(name: Uint8Array, address: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) {
    // Two labels of one digit: the low half of the byte, then the high one.
    const at = 4 * (15 - i)
    const low = name[at] === 1 ? digitOf(name[at + 1]!) : -1
    const high = name[at + 2] === 1 ? digitOf(name[at + 3]!) : -1
    if (low < 0 || high < 0) return false
    address[i] = (high << 4) | low
  }
  return true
}

/** The value of a hexadecimal digit in lower case; -1 for another byte. */
function digitOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1
}

/** True if the name ends with the bytes of the zone; what is before them must still be read as labels. */
function endsWith(name: Uint8Array, length: number, zone: Uint8Array): boolean {
  const offset = length - zone.length
  if (offset < 0) return false
  for (let i = 0; i < zone.length; i++) if (name[offset + i] !== zone[i]) return false
  return true
}

function wire(name: string): Uint8Array {
  const bytes = nameToWire(name)
  if (bytes === undefined) throw new Error(`invalid name ${name}`)
  return bytes
}
