// Helpers for sockets that serve both IPv6 and IPv4.

/** True for the errors of `bind` on a system without IPv6. */
export function isNoIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
}

/** Converts an IPv4-mapped address ("::ffff:192.0.2.1") to IPv4; returns other addresses unchanged. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
