// DNS over TLS (RFC 7858) to one upstream: the framing of TCP inside TLS. A new connection resumes the session of the
// last one.
import type { SecureContext } from 'node:tls'
import type { ExchangerOptions } from './exchanger.ts'
import { StreamExchanger } from './stream.ts'

/** The TLS side of an upstream. */
export interface TlsOptions {
  /** The name in SNI and in the certificate; by default the certificate has the IP address. */
  readonly serverName?: string
  /** PEM texts; without `ca` the system's certificates are trusted. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** The keys and trusted certificates of `options`. Throws if a PEM text is invalid. */
export function secureContext({ ca, cert, key }: TlsOptions): SecureContext {
  const tls = process.getBuiltinModule('node:tls')
  return tls.createSecureContext({
    ca: ca ?? trustedCertificates(tls),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
}

/** Those of the system, as Go uses them; those of Node.js where the system has none. */
function trustedCertificates(tls: typeof import('node:tls')): string[] {
  const system = tls.getCACertificates('system')
  return system.length > 0 ? system : tls.getCACertificates('bundled')
}

/** TLS to one upstream. Throws if a PEM text is invalid. */
export function tlsExchanger(options: ExchangerOptions, security: TlsOptions): StreamExchanger {
  const { address, port, sourceAddress } = options
  const tls = process.getBuiltinModule('node:tls')
  const context = secureContext(security)
  const localAddress = sourceAddress === undefined ? {} : { localAddress: sourceAddress }
  let session: Buffer | undefined
  return new StreamExchanger(options, {
    openEvent: 'secureConnect',
    dial: () => {
      const socket = tls.connect({
        host: address,
        port,
        secureContext: context,
        servername: security.serverName ?? '',
        ...(session === undefined ? {} : { session }),
        ...localAddress,
      })
      socket.on('session', (ticket) => {
        session = ticket
      })
      return socket
    },
  })
}
