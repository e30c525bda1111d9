// Random queries for generated Services: existing and similar names, with random types, letter case, EDNS, flags and
// transports.
import { encodeQuery, type QuerySpec } from './dns-encode.ts'
import type { Random } from './random.ts'
import { CLUSTERS, type GeneratedObjects } from './random-objects.ts'

export interface GeneratedQuery {
  readonly spec: QuerySpec
  readonly tcp: boolean
  readonly bytes: Uint8Array
  /** The client's address, on loopback; default: the system's choice for 127.0.0.1. */
  readonly from?: string
}

const TYPES = [
  'A',
  'A',
  'A',
  'AAAA',
  'AAAA',
  'SRV',
  'SRV',
  'SRV',
  'TXT',
  'NS',
  'SOA',
  'MX',
  'PTR',
  'CNAME',
  'ANY',
  'HTTPS',
  'DS',
  'AXFR',
]

const OPTIONS = [
  ...[3, 10, 12, 65001].map((code) => ({ code, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })),
  // A client subnet, 10.0.0.0/24.
  { code: 8, data: Uint8Array.of(0, 1, 24, 0, 10, 0, 0) },
]

/** One random query; `zone` has no final dot. */
export function randomQuery(random: Random, data: GeneratedObjects, zone: string): GeneratedQuery {
  const name = randomCase(random, randomName(random, data, zone))
  const edns = random.chance(55)
    ? {
        size: random.pick([0, 100, 512, 600, 1232, 1232, 4096, 65000]),
        version: random.chance(3) ? 1 : 0,
        do: random.chance(30),
        options: random.chance(15) ? [random.pick(OPTIONS)] : [],
      }
    : undefined
  const spec: QuerySpec = {
    name,
    type: random.pick(TYPES),
    class: random.chance(2) ? 'CH' : 'IN',
    id: random.int(65536),
    flags: random.pick([{}, {}, { rd: false }, { cd: true }, { ad: true }, { tc: true }]),
    ...(edns === undefined ? {} : { edns }),
  }
  return { spec, tcp: random.chance(20), bytes: encodeQuery(spec) }
}

function randomName(random: Random, data: GeneratedObjects, zone: string): string {
  const service = random.pick(data.services)
  const base = `${service.name}.${service.namespace}.svc.${zone}`
  const host = service.hosts.length > 0 ? random.pick(service.hosts) : 'pod-0.c1'
  const kind = random.int(20)
  if (kind < 6) return base
  if (kind < 9) {
    const proto = random.pick(['tcp', 'tcp', 'udp', 'sctp', 'none'])
    return `_${random.pick(service.portNames) || 'http'}._${proto}.${base}`
  }
  if (kind < 12) return `${host}.${base}`
  if (kind < 14) return oddName(random, service.name, service.namespace, base, host, zone)
  if (kind < 15) return random.pick([zone, `svc.${zone}`, `pod.${zone}`, `dns.${zone}`])
  if (kind < 16) return `${random.pick([...data.namespaces, 'nowhere'])}.svc.${zone}`
  if (kind < 17) return random.pick([`dns-version.${zone}`, `ns.dns.${zone}`])
  if (kind < 18) return `missing.${service.namespace}.svc.${zone}`
  if (kind < 19) return random.pick(['example.org', 'cluster.local', 'local', '.'])
  return `${random.pick(['x', 'x.y', 'x.y.z'])}.${random.pick([base, zone, `svc.${zone}`])}`
}

function oddName(
  random: Random,
  name: string,
  namespace: string,
  base: string,
  host: string,
  zone: string,
): string {
  return random.pick([
    `${random.pick(CLUSTERS)}.${base}`,
    `${host.split('.')[0]}.${base}`,
    `_tcp.${base}`,
    `_http.${base}`,
    `x._http._tcp.${base}`,
    `_http._tcp.${host}.${base}`,
    `http._tcp.${base}`,
    `_http.tcp.${base}`,
    `http.tcp.${base}`,
    `${name}.${namespace}.pod.${zone}`,
    `${name}.${namespace}.${zone}`,
    `${name}.nowhere.svc.${zone}`,
    `${host}.x.${base}`,
  ])
}

function randomCase(random: Random, name: string): string {
  if (!random.chance(25)) return name
  return [...name].map((char) => (random.chance(50) ? char.toUpperCase() : char)).join('')
}
