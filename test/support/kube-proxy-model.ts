// A model of kube-proxy for tests without packets: it computes from the objects where a connection goes. A port of a
// Service has a name; its endpoints are in the slices of the Service that have a port with that name.
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
