// Run as a program with --expose-gc: fills a cache with many objects of each kind, and prints for each kind how many bytes
// of the heap they take for each byte that the cache counts.

import type { FleetResource } from '../../src/fleet/api/records.ts'
import { ClusterCache } from '../../src/fleet/member/cluster-cache.ts'

const collect = (globalThis as unknown as { gc(): void }).gc
const OBJECTS = 40_000

const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`
const metadata = (i: number, more: object = {}) => {
  const uid = `${String(i).padStart(8, '0')}-1111-2222-3333-444455556666`
  return { name: `web-${i}`, namespace: `ns-${i % 50}`, uid, resourceVersion: `${i}`, ...more }
}
const owner = (name: string) => {
  return { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceImport', name, uid: name }
}
const service = (name: string) => ({ labels: { 'kubernetes.io/service-name': name } })

const kinds: Record<string, [FleetResource, (i: number) => object]> = {
  'a Service': ['services', (i) => ({ metadata: metadata(i), spec: { clusterIPs: [address(i)] } })],
  'a Service with 100 addresses': [
    'services',
    (i) => ({
      metadata: metadata(i),
      spec: { clusterIPs: Array.from({ length: 100 }, (_, k) => address(100 * i + k)) },
    }),
  ],
  'a ServiceImport': ['serviceimports', (i) => ({ metadata: metadata(i) })],
  'a ServiceExport': ['serviceexports', (i) => ({ metadata: metadata(i) })],
  'an EndpointSlice': ['endpointslices', (i) => ({ metadata: metadata(i, service(`s${i}`)) })],
  'an EndpointSlice of one Service': [
    'endpointslices',
    (i) => ({ metadata: metadata(i, service('s')) }),
  ],
  'an EndpointSlice with 20 owners': [
    'endpointslices',
    (i) => {
      const ownerReferences = Array.from({ length: 20 }, (_, k) => owner(`web-${20 * i + k}`))
      return { metadata: metadata(i, { name: `amcs-${i}`, ownerReferences }) }
    },
  ],
  'an EndpointSlice with 20 owners of wide names': [
    'endpointslices',
    (i) => {
      const wide = '\u6d4b'.repeat(200)
      const ownerReferences = Array.from({ length: 20 }, (_, k) => owner(`${wide}-${20 * i + k}`))
      return { metadata: metadata(i, { name: `amcs-${i}`, ownerReferences }) }
    },
  ],
  'an endpoint of the API server': [
    'endpointslices',
    (i) => ({
      metadata: metadata(i, { namespace: 'default', ...service('kubernetes') }),
      endpoints: [{ addresses: [address(i)] }],
    }),
  ],
  'a Namespace': ['namespaces', (i) => ({ metadata: metadata(i, { namespace: undefined }) })],
}

const ratios: Record<string, number> = {}
for (const [kind, [resource, object]] of Object.entries(kinds)) {
  const count = / 100 | 20 /.test(kind) ? OBJECTS / 20 : OBJECTS
  const cache = new ClusterCache('c1')
  collect()
  const before = process.memoryUsage().heapUsed
  // Read from JSON, as an API server sends it.
  for (let i = 0; i < count; i++) cache.put(resource, JSON.parse(JSON.stringify(object(i))))
  cache.flush()
  collect()
  ratios[kind] = (process.memoryUsage().heapUsed - before) / cache.bytes
}
console.log(JSON.stringify(ratios))
