// The errors of UDP upstreams as Go's net package words them, from the names of system errors.
import { errorText } from '../../../errors.ts'
import { causeOfCode, codeOf, ends } from '../net-error.ts'

/** The system calls of Go's net package that fail with these errors; of all others it is connect. */
const DIAL_CALLS: Readonly<Record<string, string>> = { EADDRNOTAVAIL: 'bind', EMFILE: 'socket' }

/** "read udp 10.0.0.5:41234->8.8.8.8:53: read: connection refused"; `local` is '' if it is not known. */
export function readError(local: string, peer: string, code: string): string {
  const call = code === 'EPERM' ? 'write' : 'read'
  return `read udp ${ends(local, peer)}: ${call}: ${causeOfCode(code)}`
}

/** "read udp 10.0.0.5:41234->8.8.8.8:53: i/o timeout". */
export function timeoutError(local: string, peer: string): string {
  return `read udp ${ends(local, peer)}: i/o timeout`
}

/** "dial udp 192.0.2.1:53: connect: network is unreachable"; `error` has the `code` of a system error. */
export function dialError(peer: string, error: unknown): string {
  const code = error instanceof Error ? codeOf(error) : ''
  if (code === '') return `dial udp ${peer}: ${errorText(error)}`
  return `dial udp ${peer}: ${DIAL_CALLS[code] ?? 'connect'}: ${causeOfCode(code)}`
}
