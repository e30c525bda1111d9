// The errors of sockets that cannot listen, for DNS and HTTP alike.
import { CodedError } from './errors.ts'

/** System error code -> Go's text, in some cases with a remedy. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'bind: address already in use (another server, or a second instance of this one, listens there: ' +
    'stop it or choose another port)',
  EACCES: 'bind: permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'bind: cannot assign requested address',
  ENOTFOUND: 'no such host',
}

/**
 * The error of a failed listen with Go's text: "listen udp 127.0.0.1:53: bind: permission denied". `address` is
 * "HOST:PORT"; `error` is the system's error. The code is ADDRESS_IN_USE or LISTEN.
 */
export function listenError(network: 'udp' | 'tcp', address: string, error: unknown): CodedError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new CodedError(
    code === 'EADDRINUSE' ? 'ADDRESS_IN_USE' : 'LISTEN',
    `listen ${network} ${address}: ${REASONS[code] ?? `bind: ${code}`}`,
    { cause: error },
  )
}
