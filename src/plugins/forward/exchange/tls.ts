// DNS over TLS (RFC 7858) to one upstream: the framing of TCP inside TLS. A new connection resumes the session of the
// last one.
import type { TlsMaterial } from '../options.ts'
import type { ExchangerOptions } from './exchanger.ts'
import { secureContext } from './security.ts'
import { StreamExchanger } from './stream.ts'

/** The TLS side of an upstream. */
export interface TlsOptions extends TlsMaterial {
  /** The name in SNI and in the certificate; by default the certificate has the IP address. */
  readonly serverName?: string
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
