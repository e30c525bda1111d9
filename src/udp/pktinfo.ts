// The control message that names the address a datagram was sent to (IP_PKTINFO, IPV6_PKTINFO; ip(7),
// ipv6(7)). Handed back with a reply it becomes the address that the reply comes from.

const LEVEL = 8
const TYPE = 12
const DATA = 16
const IPPROTO_IP = 0
const IP_PKTINFO = 8
const IPPROTO_IPV6 = 41
const IPV6_PKTINFO = 50
/** struct in6_pktinfo: the address, then the interface. */
const V6_INTERFACE = DATA + 16

/**
 * Makes the control message at `at` fit for the reply: without the interface, which would force the reply
 * through it and past the routing table. A link-local address means nothing without its interface.
 */
export function answerFromAskedAddress(bytes: Uint8Array, at: number): void {
  const level = bytes[at + LEVEL]
  const type = bytes[at + TYPE]
  if (level === IPPROTO_IP && type === IP_PKTINFO) clear4(bytes, at + DATA)
  else if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO && !isLinkLocal(bytes, at + DATA)) {
    clear4(bytes, at + V6_INTERFACE)
  }
}

/** fe80::/10. */
function isLinkLocal(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xfe && (bytes[at + 1]! & 0xc0) === 0x80
}

function clear4(bytes: Uint8Array, at: number): void {
  bytes[at] = 0
  bytes[at + 1] = 0
  bytes[at + 2] = 0
  bytes[at + 3] = 0
}
