// The texts of Go for errors of upstreams, which CoreDNS logs.

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'read: connection refused',
  EHOSTUNREACH: 'read: no route to host',
  ENETUNREACH: 'read: network is unreachable',
  EPERM: 'write: operation not permitted',
  ETIMEDOUT: 'i/o timeout',
}

const DIAL_REASONS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'connect: network is unreachable',
  EHOSTUNREACH: 'connect: no route to host',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  EMFILE: 'socket: too many open files',
  EACCES: 'connect: permission denied',
}

/** "read udp 10.0.0.5:41234->8.8.8.8:53: i/o timeout"; `code` is the name of a system error. */
export function readError(local: string, peer: string, code: string): string {
  return `read udp ${local}->${peer}: ${REASONS[code] ?? code}`
}

/** "dial udp 192.0.2.1:53: connect: network is unreachable"; `error` has the `code` of a system error. */
export function dialError(peer: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return `dial udp ${peer}: ${DIAL_REASONS[code] ?? code}`
}
