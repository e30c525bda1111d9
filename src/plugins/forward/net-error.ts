// Errors of sockets in the words of Go's net package, which operators know from CoreDNS' log.

const CAUSES = new Map<string, string>([
  ['EACCES', 'permission denied'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['ECONNABORTED', 'software caused connection abort'],
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset by peer'],
  ['EHOSTUNREACH', 'no route to host'],
  ['EINVAL', 'invalid argument'],
  ['EMFILE', 'too many open files'],
  ['EMSGSIZE', 'message too long'],
  ['ENETUNREACH', 'network is unreachable'],
  ['ENOBUFS', 'no buffer space available'],
  ['EPERM', 'operation not permitted'],
  ['EPIPE', 'broken pipe'],
  ['ETIMEDOUT', 'connection timed out'],
])

/** The code of a system error, '' if it has none. */
export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** "connection refused" for ECONNREFUSED; an unusual code stays as it is. */
export function causeOfCode(code: string): string {
  return CAUSES.get(code) ?? code
}

/**
 * "connection refused" for ECONNREFUSED; of OpenSSL's errors the reason; else the error's own message, in one line. The
 * error of an HTTP/2 stream has the error of its connection as cause.
 */
export function causeOf(given: Error): string {
  const error = given.cause instanceof Error ? given.cause : given
  const cause = CAUSES.get(codeOf(error)) ?? /:SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1]
  // Node.js advises to run it with other flags, which users of this server cannot do.
  return (
    cause ?? error.message.replace(/; if the root CA is installed.*/, '').replaceAll(/\s+/g, ' ')
  )
}

/** The two ends of a connection: "10.0.0.5:41234->8.8.8.8:53"; `local` is '' if it is not known. */
export function ends(local: string, remote: string): string {
  return local === '' ? remote : `${local}->${remote}`
}
