// Run as a program with --expose-gc: fills a store with many objects of each kind, and prints for each kind how many bytes
// of memory they take for each byte that the store counts.
import { InvalidObjects } from '../../src/sources/invalid-objects.ts'
import type { Resource } from '../../src/sources/source.ts'
import { Store } from '../../src/sources/store.ts'
import { resourcesOf, watchedResources } from '../../src/sources/watched-resources.ts'
import { handClock } from './hand-clock.ts'
import { memoryLog } from './memory-log.ts'
import { EVERYTHING, requestOf } from './source-request.ts'

const { gc } = globalThis as unknown as { gc(): void }
/** The buffers that one collection finds are freed at the beginning of the next one. */
const collect = () => {
  for (let i = 0; i < 3; i++) gc()
}
const OBJECTS = 20_000

const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
const metadata = (i: number, more: object = {}) => {
  return { name: `web-server-with-a-name-${i}`, namespace: `team-of-users-${i % 50}`, ...more }
}
const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
const imported = (service: string) => ({
  'multicluster.kubernetes.io/service-name': service,
  'multicluster.kubernetes.io/source-cluster': 'c1',
})
const local = (service: string) => ({ 'kubernetes.io/service-name': service })
const slice = (i: number, labels: object, endpoints: number) => ({
  metadata: metadata(i, { labels }),
  addressType: 'IPv4',
  ports,
  endpoints: Array.from({ length: endpoints }, (_, k) => ({ addresses: [address(3 * i + k)] })),
})
const service = (i: number, more: object = {}) => ({
  metadata: metadata(i, more),
  spec: { type: 'ClusterIP', clusterIPs: [address(i)], ports },
})
const pod = (i: number, podIP: string, more: object = {}) => {
  return { metadata: metadata(i, more), status: { podIP } }
}
const own = (i: number) => ({ namespace: `team-of-users-${i}` })

const kinds: Record<string, [Resource, (i: number) => object]> = {
  'a ServiceImport': [
    'serviceimports',
    (i) => ({ metadata: metadata(i), spec: { type: 'ClusterSetIP', ips: [address(i)], ports } }),
  ],
  'a Service': ['services', (i) => service(i)],
  'a Service in a namespace of its own': ['services', (i) => service(i, own(i))],
  'an ExternalName Service': [
    'services',
    (i) => ({
      metadata: metadata(i),
      spec: { type: 'ExternalName', externalName: `host-${i}.example.org` },
    }),
  ],
  'a Service with a wide name': [
    'services',
    (i) => ({
      metadata: metadata(i),
      spec: { type: 'ExternalName', externalName: `host-${i}.${'\u6d4b'.repeat(200)}` },
    }),
  ],
  'an imported slice': ['endpointslices', (i) => slice(i, imported(`web-server-${i}`), 3)],
  'a slice of the cluster': ['endpointslices', (i) => slice(i, local(`web-server-${i}`), 3)],
  'a slice of one Service': ['endpointslices', (i) => slice(i, local('web'), 0)],
  'a slice with both labels': [
    'endpointslices',
    (i) => slice(i, { ...imported(`web-${i}`), ...local(`web-${i}`) }, 100),
  ],
  'a Namespace': ['namespaces', (i) => ({ metadata: { name: `team-of-users-${i}` } })],
  'a Namespace with labels': [
    'namespaces',
    (i) => ({ metadata: { name: `team-of-users-${i}`, labels: { team: `team-${i}` } } }),
  ],
  'a Pod': ['pods', (i) => pod(i, address(i))],
  'a Pod with an IPv6 address': ['pods', (i) => pod(i, `2001:db8:0:1:2:3:${i >> 12}:${i & 4095}`)],
  'a Pod in the network of its host': ['pods', (i) => pod(i, address(i % 100))],
  'a Pod in a namespace of its own': ['pods', (i) => pod(i, address(i), own(i))],
}

/** Stores are kept: when a previous one is collected is up to V8. Their objects have no texts in common, which V8 may share. */
const stores: Store[] = []
const { log } = memoryLog([])
const request = requestOf({ kind: 'in-cluster' }, EVERYTHING)

/** Bytes of the heap and of arrays of bytes. */
function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function ratio(resource: Resource, count: number, object: (i: number) => object) {
  const store = new Store({ log, now: () => 0, resources: resourcesOf(EVERYTHING) })
  stores.push(store)
  const watched = watchedResources(store, new InvalidObjects(log, handClock()), request)
  const { put } = { ...watched, serviceimports: watched.serviceimports('v1beta1') }[resource]
  collect()
  const before = used()
  // Read from JSON, as an API server sends it.
  const first = 100_000 * stores.length
  for (let i = first; i < first + count; i++) put(JSON.parse(JSON.stringify(object(i))), 0)
  collect()
  const grown = used() - before
  if (store.size(resource) !== count)
    throw new Error(`${resource}: ${store.size(resource)} are stored`)
  return grown / store.bytes
}

const ratios: Record<string, number> = {}
for (const [kind, [resource, object]] of Object.entries(kinds)) {
  const count = / one Service| both /.test(kind) ? OBJECTS / 5 : OBJECTS
  ratios[kind] = ratio(resource, count, object)
}
console.log(JSON.stringify(ratios))
