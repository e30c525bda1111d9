// Defaults, validation and addresses of a Service, as an API server handles them.
import { type Fields, show } from '../../kube/fields.ts'
import { isServiceName } from '../api/names.ts'
import { nestedObject, objectsOf, stringOf, stringsOf } from '../api/unstructured.ts'
import type { Body } from '../api/writes.ts'
import { invalidField, refusal } from './api-errors.ts'
import { EmbeddedAddresses, type Invalid, requestedIps } from './service-addresses.ts'

/** Admits the Services of one cluster. */
export class EmbeddedServices {
  readonly #addresses: EmbeddedAddresses

  constructor(cidrs: readonly string[]) {
    this.#addresses = new EmbeddedAddresses(cidrs)
  }

  /** The Service to store; `before` is the stored Service of an update, undefined for a create. Throws ApiError. */
  admit(raw: Body, before: Body | undefined): Body {
    const spec = nestedObject(raw, 'spec')
    const name = stringOf(nestedObject(raw, 'metadata').name)
    const invalid: Invalid = (field, why) =>
      refusal(422, 'Invalid', `Service "${name}" is invalid: ${field}: ${why}`, [
        invalidField(field, why),
      ])
    if (!isServiceName(name))
      throw invalid(
        'metadata.name',
        `Invalid value: ${show(name)}: a lower-case DNS label is needed`,
      )
    const type = stringOf(spec.type) || 'ClusterIP'
    const ports = objectsOf(spec.ports)
    if (ports.length === 0 && spec.clusterIP !== 'None' && type !== 'ExternalName')
      throw invalid('spec.ports', 'Required value')
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
        // Last: no validation may fail after an address is allocated.
        ...this.#assign(type, spec, nestedObject(before, 'spec'), invalid),
      },
    }
  }

  /** Releases the addresses of a deleted Service. */
  release(raw: Body): void {
    this.#addresses.release(stringsOf(nestedObject(raw, 'spec').clusterIPs))
  }

  /** The address fields of the spec; `kept` is the former spec, {} for a create. */
  #assign(type: string, spec: Fields, kept: Fields, invalid: Invalid): Fields {
    const current = stringsOf(kept.clusterIPs)
    if (type === 'ExternalName') {
      if (requestedIps(spec).some((ip) => !current.includes(ip))) {
        throw invalid('spec.clusterIPs', 'may not be set for ExternalName services')
      }
      this.#addresses.release(current)
      return {}
    }
    if (current.length === 0) return this.#addresses.allocate(spec, invalid)
    if (spec.clusterIP !== kept.clusterIP) throw invalid('spec.clusterIP', 'field is immutable')
    return this.#addresses.update(kept, spec)
  }
}

function withDefaults(port: Fields): Fields {
  return { ...port, protocol: port.protocol ?? 'TCP', targetPort: port.targetPort ?? port.port }
}
