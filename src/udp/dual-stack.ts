// Helpers for sockets that serve both IPv6 and IPv4.

/** True for the errors of `bind` on a system without IPv6. */
function isNoIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'
}

/**
 * Calls `bind` with the address. '' stands for all addresses: `bind` is called with "::", and with "0.0.0.0" on a system
 * without IPv6. The socket must not be IPv6-only.
 */
export async function bindDualStack<T>(
  address: string,
  bind: (host: string) => Promise<T>,
): Promise<T> {
  if (address !== '') return bind(address)
  try {
    return await bind('::')
  } catch (error) {
    if (!isNoIpv6(error)) throw error
    return bind('0.0.0.0')
  }
}

/** Does the same as `bindDualStack` for a function that blocks. */
export function bindDualStackSync<T>(address: string, bind: (host: string) => T): T {
  if (address !== '') return bind(address)
  try {
    return bind('::')
  } catch (error) {
    if (!isNoIpv6(error)) throw error
    return bind('0.0.0.0')
  }
}

/** Converts an IPv4-mapped address ("::ffff:192.0.2.1") to IPv4; returns other addresses unchanged. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
