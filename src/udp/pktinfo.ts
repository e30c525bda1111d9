// The control message with the destination address of a datagram (IP_PKTINFO, IPV6_PKTINFO; ip(7), ipv6(7)).
// Sent with a reply, it sets the source address of the reply.

// Offsets in a control message (struct cmsghdr), in bytes.
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
 * Prepares the control message at `at` for the reply: clears the interface, which would override the routing
 * table. A link-local address keeps its interface, because it is only valid with it.
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
