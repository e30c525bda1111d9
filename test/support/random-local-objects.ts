// Random objects of a cluster's own DNS: Services of all kinds with their EndpointSlices, and Pods, with unusual shapes
// that the API allows.
import type { KubeObject } from './kube-client.ts'
import type { Random } from './random.ts'
import { NAMED_PORTS } from './random-objects.ts'

export interface LocalName {
  readonly namespace: string
  readonly name: string
  readonly kind: 'cluster-ip' | 'headless' | 'external'
  readonly hosts: readonly string[]
  readonly portNames: readonly string[]
  /** Its addresses and those of its endpoints. */
  readonly addresses: readonly string[]
}

export interface LocalObjects {
  readonly objects: readonly KubeObject[]
  readonly services: readonly LocalName[]
  readonly namespaces: readonly string[]
  readonly pods: readonly { readonly namespace: string; readonly ip: string }[]
}

const PHASES = ['Running', 'Running', 'Running', 'Running', 'Pending', 'Succeeded', 'Failed']

/** `count` Services and about as many Pods in the namespaces loc1, loc2 and loc3; loc4 has none. */
export function randomLocalObjects(random: Random, count: number): LocalObjects {
  const namespaces = ['loc1', 'loc2', 'loc3', 'loc4']
  const objects: KubeObject[] = namespaces.map((name, i) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { tier: i === 0 ? 'front' : 'back' } },
  }))
  const services: LocalName[] = []
  for (let i = 0; i < count; i++) {
    const made = randomService(random, i, random.pick(namespaces.slice(0, 3)), services)
    objects.push(...made.objects)
    services.push(made.name)
  }
  const pods: LocalObjects['pods'][number][] = []
  for (let i = 0; i < count; i++) {
    const namespace = random.pick(namespaces)
    // Some addresses repeat, as those of Pods on the network of a node do.
    const ip = random.chance(15) ? `fd00:10::${i}` : `10.200.0.${random.chance(10) ? 1 : i}`
    const phase = random.pick(PHASES)
    objects.push(podOf(`pod-${i}`, namespace, phase, phase === 'Pending' ? undefined : ip))
    pods.push({ namespace, ip })
  }
  return { objects, services, namespaces, pods }
}

interface Made {
  readonly objects: readonly KubeObject[]
  readonly name: LocalName
}

function randomService(
  random: Random,
  index: number,
  namespace: string,
  earlier: readonly LocalName[],
): Made {
  const name = `${random.pick(['web', 'db', 'svc', 'a'])}-${index}`
  const kind = random.pick([
    'cluster-ip',
    'cluster-ip',
    'headless',
    'headless',
    'external',
  ] as const)
  const metadata = { name, namespace, labels: { team: random.pick(['red', 'blue']) } }
  if (kind === 'external') {
    const externalName = randomTarget(random, index, earlier)
    const spec = { type: 'ExternalName', externalName }
    const object = { apiVersion: 'v1', kind: 'Service', metadata, spec }
    return {
      objects: [object],
      name: { namespace, name, kind, hosts: [], portNames: [], addresses: [] },
    }
  }
  const ports = random.some(NAMED_PORTS, 40)
  if (ports.length === 0 && (kind === 'cluster-ip' || random.chance(70))) ports.push(NAMED_PORTS[0])
  const families = random.pick([['IPv4'], ['IPv4'], ['IPv6'], ['IPv4', 'IPv6']])
  const ips = families.map((family) =>
    family === 'IPv4'
      ? `10.96.${1 + (index >> 8)}.${index & 255}`
      : `fd00:96::${(256 + index).toString(16)}`,
  )
  const service: KubeObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      clusterIP: kind === 'headless' ? 'None' : ips[0],
      clusterIPs: kind === 'headless' ? ['None'] : ips,
      ipFamilies: families,
      ipFamilyPolicy: families.length > 1 ? 'RequireDualStack' : 'SingleStack',
      ports: ports.map((port) => ({ ...port, targetPort: port.port })),
    },
  }
  const slices = families.flatMap((family) =>
    Array.from({ length: random.pick([0, 1, 1, 1, 2]) }, (_, part) =>
      sliceOf(random, { namespace, name, family, index, part, ports, labels: metadata.labels }),
    ),
  )
  return {
    objects: [service, ...slices.map(({ object }) => object)],
    name: {
      namespace,
      name,
      kind,
      hosts: slices.flatMap(({ hosts }) => hosts),
      portNames: [...ports.map((port) => port.name), 'api'],
      addresses: [
        ...(kind === 'headless' ? [] : ips),
        ...slices.flatMap(({ addresses }) => addresses),
      ],
    },
  }
}

/** Where an ExternalName leads: to the upstream, to this cluster, or nowhere. */
function randomTarget(random: Random, index: number, earlier: readonly LocalName[]): string {
  const other = earlier.length === 0 ? undefined : random.pick(earlier)
  const inside = other === undefined ? 'web-0.loc1' : `${other.name}.${other.namespace}`
  return random.pick([
    `host.ext-${index}.upstream.test`,
    `cname-2.ext-${index}.upstream.test`,
    `nxdomain.ext-${index}.upstream.test`,
    `nodata.ext-${index}.upstream.test`,
    `${inside}.svc.cluster.local`,
    `${inside}.svc.cluster.local`,
    `missing.${inside}.svc.cluster.local`,
    '192.0.2.7',
  ])
}

interface SliceSpec {
  readonly namespace: string
  readonly name: string
  readonly family: string
  readonly index: number
  readonly part: number
  readonly ports: readonly (typeof NAMED_PORTS)[number][]
  readonly labels: Readonly<Record<string, string>>
}

function sliceOf(random: Random, spec: SliceSpec) {
  const { namespace, name, family, index, part, ports, labels } = spec
  const hosts: string[] = []
  const addresses: string[] = []
  const endpoints = Array.from({ length: random.pick([0, 1, 2, 3, 5, 20]) }, (_, i) => {
    const last = random.chance(10) ? 7 : i + 10 + 30 * part
    const address =
      family === 'IPv4' ? `10.${100 + (index % 100)}.2.${last}` : `fd00:2:${index + 1}::${last}`
    const hostname = random.chance(40) ? `pod-${i % 30}` : undefined
    hosts.push(hostname ?? address.replaceAll(/[.:]/g, '-'), `target-${index}-${part}-${i}`)
    addresses.push(address)
    const ready = random.chance(15) ? false : random.chance(50) ? true : undefined
    return {
      addresses: [address],
      conditions: { ...(ready === undefined ? {} : { ready }), terminating: random.chance(5) },
      ...(hostname === undefined ? {} : { hostname }),
      ...(random.chance(70) ? { zone: random.pick(['zone-a', 'zone-b']) } : {}),
      targetRef: { kind: 'Pod', namespace, name: `target-${index}-${part}-${i}` },
    }
  })
  const targets = ports.map((port) => ({ ...port, port: port.port + 8000 }))
  const object: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${family.toLowerCase()}-${part}`,
      namespace,
      labels: { ...labels, 'kubernetes.io/service-name': name },
    },
    addressType: family,
    ports: random.pick([targets, targets, [], [{ name: '', port: 9090, protocol: 'TCP' }]]),
    endpoints,
  }
  return { object, hosts, addresses }
}

function podOf(name: string, namespace: string, phase: string, ip: string | undefined): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { team: 'red' } },
    spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'none' }] },
    status: { phase, ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }) },
  }
}
