// What an API server makes of a Service that it is given: defaults, addresses, and what it refuses.
import type { Fields } from '../../kube/fields.ts'
import { isServiceName } from '../api/names.ts'
import { nestedObject, objectsOf, stringOf, stringsOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'
import { refusal } from './api-errors.ts'
import { EmbeddedAddresses, type Invalid, requestedIps } from './service-addresses.ts'

export class EmbeddedServices {
  readonly #addresses: EmbeddedAddresses

  constructor(cidrs: readonly string[]) {
    this.#addresses = new EmbeddedAddresses(cidrs)
  }

  /** The Service as it is stored; `before` is the stored one of an update. Throws ApiError. */
  admit(raw: Body, before: Body | undefined): Body {
    const spec = nestedObject(raw, 'spec')
    const name = stringOf(nestedObject(raw, 'metadata').name)
    const invalid: Invalid = (what) =>
      refusal(422, 'Invalid', `Service "${name}" is invalid: ${what}`)
    if (!isServiceName(name)) throw invalid('metadata.name')
    const type = stringOf(spec.type) || 'ClusterIP'
    const ports = objectsOf(spec.ports)
    if (ports.length === 0 && spec.clusterIP !== 'None' && type !== 'ExternalName')
      throw invalid('spec.ports: Required')
    const affinity = stringOf(spec.sessionAffinity) || 'None'
    const timeout = { clientIP: { timeoutSeconds: 10_800 } }
    const { sessionAffinityConfig, clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, ...rest } =
      spec
    return {
      ...raw,
      spec: {
        ...rest,
        type,
        ...(ports.length > 0 ? { ports: ports.map(withDefaults) } : {}),
        sessionAffinity: affinity,
        ...(affinity === 'ClientIP'
          ? { sessionAffinityConfig: sessionAffinityConfig ?? timeout }
          : {}),
        ...(type === 'ExternalName'
          ? {}
          : {
              internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster',
              ipFamilyPolicy: ipFamilyPolicy ?? 'SingleStack',
            }),
        // Last, for nothing may be refused once an address is taken.
        ...this.#assign(type, spec, nestedObject(before, 'spec'), invalid),
      },
    }
  }

  /** The Service is gone: its addresses are free. */
  release(raw: Body): void {
    this.#addresses.release(stringsOf(nestedObject(raw, 'spec').clusterIPs))
  }

  /** Its addresses and their families; `kept` is the spec before, {} when there was none. */
  #assign(type: string, spec: Fields, kept: Fields, invalid: Invalid): Fields {
    const current = stringsOf(kept.clusterIPs)
    if (type === 'ExternalName') {
      if (requestedIps(spec).some((ip) => !current.includes(ip))) {
        throw invalid('spec.clusterIPs: may not be set for ExternalName services')
      }
      this.#addresses.release(current)
      return {}
    }
    if (current.length === 0) return this.#addresses.allocate(spec, invalid)
    if (spec.clusterIP !== kept.clusterIP) throw invalid('spec.clusterIP: field is immutable')
    return this.#addresses.update(kept, spec)
  }
}

function withDefaults(port: Fields): Fields {
  return { ...port, protocol: port.protocol ?? 'TCP', targetPort: port.targetPort ?? port.port }
}
