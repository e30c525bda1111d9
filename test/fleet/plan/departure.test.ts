// What is still to go of a cluster that leaves.
import { expect, test } from 'vitest'
import type { FleetResource } from '../../../src/fleet/api/records.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'
import { leftovers } from '../../../src/fleet/plan/departure.ts'

/** A member with a slice from `ghost` in the namespace. */
function member(namespace: object) {
  const reader = new ClusterCache('c1')
  const put = (resource: FleetResource, metadata: object, more: object = {}) =>
    reader.put(resource, {
      metadata: { uid: resource, resourceVersion: '1', ...metadata },
      ...more,
    })
  put('namespaces', { name: 'ns', ...namespace })
  const labels = {
    'multicluster.kubernetes.io/service-name': 'web',
    'multicluster.kubernetes.io/source-cluster': 'ghost',
    'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
  }
  put('endpointslices', { namespace: 'ns', name: 'amcs-web-0', labels })
  return { id: 'c1', reader }
}

test.each([
  ['are to go', {}, 'ghost', 1],
  ['of another cluster are not', {}, 'c2', 0],
  ['are all to go from the cluster itself', {}, 'c1', 1],
  [
    'go by themselves in a namespace that ends',
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
    'ghost',
    0,
  ],
  [
    'go by themselves there in the cluster itself',
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
    'c1',
    0,
  ],
])('imported slices %s', (_, namespace, id, wanted) => {
  expect(leftovers(id, member(namespace)).get('endpointslices') ?? 0).toBe(wanted)
})

test('what is being deleted, and held by the finalizer of somebody else, is not waited for', () => {
  const { id, reader } = member({})
  let version = 1
  const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/other'] }
  const put = (resource: FleetResource, name: string, change: object, more: object = {}) => {
    const resourceVersion = `${++version}`
    const metadata = { namespace: 'ns', name, uid: resource, resourceVersion, ...change }
    reader.put(resource, { metadata, ...more })
  }
  const named = { spec: {}, status: { clusters: [{ cluster: 'ghost' }] } }
  put('serviceimports', 'web', {}, named)
  expect([...leftovers('ghost', { id, reader })]).toEqual([
    ['endpointslices', 1],
    ['serviceimports', 1],
  ])
  const labels = {
    'multicluster.kubernetes.io/service-name': 'web',
    'multicluster.kubernetes.io/source-cluster': 'ghost',
    'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
  }
  put('endpointslices', 'amcs-web-0', { ...deleting, labels })
  put('serviceimports', 'web', deleting, named)
  expect(leftovers('ghost', { id, reader }).size).toBe(0)
})
