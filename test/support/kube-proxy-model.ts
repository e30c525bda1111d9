// Where kube-proxy would send a connection, worked out from the objects alone: a Service's port has a name, and the
// endpoints are those of the slices which carry the Service's name and have a port of that name. A model of its rule,
// for tests in which no packet flows.
import type { Found, Slice } from './mcs-view.ts'

interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly protocol: string
}

/** The "address:port" of every ready endpoint behind `ip`:`port` of the Service, sorted. */
export function backendsOf(
  service: Found | undefined,
  slices: readonly Slice[],
  ip: string,
  port: number,
  protocol = 'TCP',
): readonly string[] {
  if (service === undefined || !(service.spec.clusterIPs as string[]).includes(ip)) return []
  const found = (service.spec.ports as ServicePort[]).find((entry) => {
    return entry.port === port && entry.protocol === protocol
  })
  if (found === undefined) return []
  const family = ip.includes(':') ? 'IPv6' : 'IPv4'
  const backends = slices
    .filter(({ addressType }) => addressType === family)
    .flatMap(({ endpoints, ports }) => {
      const target = ports.find(({ name }) => name === (found.name ?? ''))
      if (target === undefined || target.protocol !== protocol) return []
      const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false)
      return ready.flatMap((entry) => entry.addresses.map((address) => `${address}:${target.port}`))
    })
  return [...new Set(backends)].sort()
}
