// What TLS to an upstream is checked with, for queries and for probes: both must come to the same result. Loads
// node:tls with the first use only.
import type { SecureContext } from 'node:tls'
import type { TlsMaterial } from '../options.ts'

/** Reading the system's certificates takes many milliseconds, and probes come often. */
const contexts = new WeakMap<TlsMaterial, SecureContext>()

/**
 * The keys and trusted certificates of PEM texts; without `ca` the system's certificates are trusted. The same object
 * always gets the same context. Throws if a PEM text is invalid.
 */
export function secureContext(material: TlsMaterial): SecureContext {
  const known = contexts.get(material)
  if (known !== undefined) return known
  const tls = process.getBuiltinModule('node:tls')
  const { ca, cert, key } = material
  const context = tls.createSecureContext({
    ca: ca ?? trustedCertificates(tls),
    // As in CoreDNS.
    minVersion: 'TLSv1.2',
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  })
  contexts.set(material, context)
  return context
}

/** Those of the system, as Go uses them; those of Node.js where the system has none. */
function trustedCertificates(tls: typeof import('node:tls')): string[] {
  const system = tls.getCACertificates('system')
  return system.length > 0 ? system : tls.getCACertificates('bundled')
}
