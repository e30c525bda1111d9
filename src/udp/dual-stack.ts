// Sockets that serve IPv6 and IPv4 alike.
/** True for the errors of a system without IPv6. */
export function isNoIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
}

/** An IPv4 client of a dual-stack socket as what it is. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
