// What an API server makes of a Service that it is given: defaults, addresses, and what it refuses.
import { ApiError } from '../kube/api-error.ts'
import type { Fields } from '../kube/fields.ts'
import type { Body } from './cluster.ts'
import { familyOf } from './ip-families.ts'
import { IpRange } from './ip-ranges.ts'
import { isServiceName } from './names.ts'
import { at, objects, text, texts } from './raw-fields.ts'

/** A refusal as the API server words it. */
export function refusal(
  status: number,
  statusReason: string,
  message: string,
  causes: readonly string[] = [],
): ApiError {
  const reasons = { 403: 'forbidden', 404: 'not_found', 409: 'conflict', 422: 'invalid' } as const
  const reason = reasons[status as keyof typeof reasons] ?? 'status'
  return new ApiError(reason, message, { status, statusReason, causes })
}

export class EmbeddedServices {
  readonly #ranges: readonly IpRange[]

  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr) => new IpRange(cidr))
  }

  /** The Service as it is stored; `before` is the stored one of an update. Throws ApiError. */
  admit(raw: Body, before: Body | undefined): Body {
    const spec = at(raw, 'spec')
    const name = text(at(raw, 'metadata').name)
    const invalid = (what: string) =>
      refusal(422, 'Invalid', `Service "${name}" is invalid: ${what}`)
    if (!isServiceName(name)) throw invalid('metadata.name')
    const type = text(spec.type) || 'ClusterIP'
    const headless = spec.clusterIP === 'None'
    const ports = objects(spec.ports)
    if (ports.length === 0 && !headless && type !== 'ExternalName')
      throw invalid('spec.ports: Required')
    const kept = at(before, 'spec')
    if (before !== undefined && kept.type !== 'ExternalName') {
      if (spec.clusterIP !== kept.clusterIP) throw invalid('spec.clusterIP: field is immutable')
    }
    const fresh = before === undefined || kept.type === 'ExternalName'
    const addresses =
      type === 'ExternalName'
        ? {}
        : fresh
          ? this.#allocate(spec, headless, invalid)
          : this.#upgrade(kept, spec, headless)
    const affinity = text(spec.sessionAffinity) || 'None'
    const timeout = { clientIP: { timeoutSeconds: 10_800 } }
    const { sessionAffinityConfig, ...rest } = spec
    return {
      ...raw,
      spec: {
        ...rest,
        type,
        ...addresses,
        ...(ports.length > 0 ? { ports: ports.map(defaults) } : {}),
        sessionAffinity: affinity,
        ...(affinity === 'ClientIP'
          ? { sessionAffinityConfig: sessionAffinityConfig ?? timeout }
          : {}),
        ...(type === 'ExternalName'
          ? {}
          : { internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster' }),
        ...(type === 'ExternalName'
          ? {}
          : { ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack' }),
      },
    }
  }

  /** The Service is gone: its addresses are free. */
  release(raw: Body): void {
    for (const ip of texts(at(raw, 'spec').clusterIPs)) this.#rangeOf(ip)?.free(ip)
  }

  #allocate(spec: Fields, headless: boolean, invalid: (what: string) => ApiError): Fields {
    const families = this.#ranges.map(({ family }) => family)
    const dual = isDual(spec)
    const own = texts(spec.ipFamilies)
    const first = own[0] ?? families[0]!
    const wanted = dual ? [first, ...families.filter((family) => family !== first)] : [first]
    if (headless) return { clusterIP: 'None', clusterIPs: ['None'], ipFamilies: wanted }
    const asked =
      texts(spec.clusterIPs).length > 0 ? texts(spec.clusterIPs) : texts([spec.clusterIP])
    for (const [i, ip] of asked.entries()) {
      if (ip === '' || this.#rangeOf(ip)?.take(ip)) continue
      for (const taken of asked.slice(0, i)) this.#rangeOf(taken)?.free(taken)
      throw invalid(`spec.clusterIPs: ${ip}: provided IP is already allocated`)
    }
    const order = asked.flatMap((ip) => familyOf(ip) ?? [])
    const all = [...order, ...wanted.filter((family) => !order.includes(family as 'IPv4'))]
    const ips = (dual ? all : all.slice(0, Math.max(1, asked.length))).map((family) => {
      const given = asked.find((ip) => familyOf(ip) === family)
      const ip = given ?? this.#ranges.find((range) => range.family === family)?.next()
      if (ip === undefined)
        throw refusal(500, 'InternalError', 'failed to allocate a serviceIP: range is full')
      return ip
    })
    return { clusterIP: ips[0], clusterIPs: ips, ipFamilies: ips.map((ip) => familyOf(ip)) }
  }

  /** The addresses of an update: a policy that becomes dual-stack adds the families that are missing. */
  #upgrade(kept: Fields, spec: Fields, headless: boolean): Fields {
    const ipFamilies = [...texts(kept.ipFamilies)]
    const clusterIPs = [...texts(kept.clusterIPs)]
    const missing = isDual(spec)
      ? this.#ranges.filter((one) => !ipFamilies.includes(one.family))
      : []
    for (const range of missing) {
      const ip = headless ? undefined : range.next()
      ipFamilies.push(range.family)
      if (ip !== undefined) clusterIPs.push(ip)
    }
    return { clusterIP: kept.clusterIP, clusterIPs, ipFamilies }
  }

  #rangeOf(ip: string): IpRange | undefined {
    return this.#ranges.find(({ family }) => family === familyOf(ip))
  }
}

function defaults(port: Fields): Fields {
  return { ...port, protocol: port.protocol ?? 'TCP', targetPort: port.targetPort ?? port.port }
}

function isDual({ ipFamilyPolicy }: Fields): boolean {
  return ipFamilyPolicy === 'PreferDualStack' || ipFamilyPolicy === 'RequireDualStack'
}
