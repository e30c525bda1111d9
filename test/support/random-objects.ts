// Random services of a clusterset: imports of both types and slices from several clusters, with unusual shapes that
// the API allows.
import type { KubeObject } from './kube-client.ts'
import type { Random } from './random.ts'

export interface GeneratedService {
  readonly namespace: string
  readonly name: string
  readonly hosts: readonly string[]
  readonly portNames: readonly string[]
  /** True for a ClusterSetIP Service without ports. */
  readonly portless: boolean
}

export interface GeneratedObjects {
  readonly objects: KubeObject[]
  readonly services: readonly GeneratedService[]
  readonly namespaces: readonly string[]
}

export const CLUSTERS = ['c1', 'c2', 'eu-west'] as const

/** Ports with a name and a protocol. */
export const NAMED_PORTS = [
  { name: 'http', port: 80, protocol: 'TCP' },
  { name: 'https', port: 443, protocol: 'TCP' },
  { name: 'dns', port: 53, protocol: 'UDP' },
  { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  { name: 'stream', port: 9000, protocol: 'SCTP' },
] as const

const PORTS = [
  ...NAMED_PORTS,
  { port: 8080, protocol: 'TCP' },
  { name: 'plain', port: 7000 },
] as const

/** `count` Services in three namespaces, and an empty namespace. */
export function randomObjects(random: Random, count: number): GeneratedObjects {
  const namespaces = ['ns1', 'ns2', 'team-a', 'empty']
  const objects: KubeObject[] = namespaces.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }))
  const services: GeneratedService[] = []
  for (let i = 0; i < count; i++) {
    const namespace = random.pick(namespaces.slice(0, 3))
    const name = `${random.pick(['web', 'db', 'svc', 'a', 'very-long-name-of-a-service'])}-${i}`
    const headless = random.chance(50)
    const ports = random.some(PORTS, 35)
    // Most services have ports; CoreDNS answers differently for one without.
    if (ports.length === 0 && random.chance(85)) ports.push(PORTS[0])
    const ips = headless ? [] : random.some([`10.96.${i >> 8}.${i & 255}`, `fd00:96::${i}`], 70)
    objects.push({
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
      kind: 'ServiceImport',
      metadata: { name, namespace },
      spec: { type: headless ? 'Headless' : 'ClusterSetIP', ips, ports },
    })
    const hosts: string[] = []
    for (const cluster of random.some(CLUSTERS, 55)) {
      for (const addressType of random.some(['IPv4', 'IPv6'] as const, 60)) {
        const slice = randomSlice(random, { namespace, name, cluster, addressType, index: i })
        objects.push(slice.object)
        hosts.push(...slice.hosts.map((host) => `${host}.${cluster}`))
      }
    }
    services.push({
      namespace,
      name,
      hosts,
      portNames: [...ports.map((port) => ('name' in port ? port.name : '')), 'api'],
      portless: !headless && ports.length === 0,
    })
  }
  return { objects, services, namespaces }
}

interface SliceSpec {
  readonly namespace: string
  readonly name: string
  readonly cluster: string
  readonly addressType: 'IPv4' | 'IPv6'
  readonly index: number
}

function randomSlice(random: Random, spec: SliceSpec): { object: KubeObject; hosts: string[] } {
  const { namespace, name, cluster, addressType, index } = spec
  const size = random.pick([0, 1, 2, 3, 5, 12, 40, 90])
  const hosts: string[] = []
  const endpoints = Array.from({ length: size }, (_, i) => {
    // Some addresses repeat within a service and across clusters.
    const last = random.chance(10) ? 7 : i + 10
    const address =
      addressType === 'IPv4' ? `10.${index % 200}.1.${last}` : `fd00:${index + 1}::${last}`
    const hostname = random.chance(40) ? `pod-${i % 30}` : undefined
    hosts.push(hostname ?? address.replaceAll(/[.:]/g, '-'))
    const ready = random.chance(10) ? false : random.chance(50) ? true : undefined
    return {
      addresses: [address],
      conditions: { ...(ready === undefined ? {} : { ready }), terminating: random.chance(5) },
      ...(hostname === undefined ? {} : { hostname }),
    }
  })
  const object: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${cluster}-${addressType.toLowerCase()}`,
      namespace,
      labels: {
        'multicluster.kubernetes.io/service-name': name,
        'multicluster.kubernetes.io/source-cluster': cluster,
      },
    },
    addressType,
    ports: random.pick([
      [],
      [{ name: 'http', port: 8080, protocol: 'TCP' }],
      [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'dns', port: 5353, protocol: 'UDP' },
      ],
      [{ name: '', port: 9090, protocol: 'TCP' }],
    ]),
    endpoints,
  }
  return { object, hosts }
}
