// Which objects are still to be removed for a leaving cluster.
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
  ['of the leaving cluster are counted', {}, 'ghost', 1],
  ['of another cluster are not counted', {}, 'c2', 0],
  ['in the leaving cluster are all counted', {}, 'c1', 1],
  [
    'in a terminating namespace are not counted',
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
    'ghost',
    0,
  ],
  [
    'in a terminating namespace of the leaving cluster are not counted',
    { deletionTimestamp: '2026-01-01T00:00:00Z' },
    'c1',
    0,
  ],
])('imported slices %s', (_, namespace, id, wanted) => {
  expect(leftovers(id, member(namespace)).get('endpointslices') ?? 0).toBe(wanted)
})

test('objects that are being deleted and kept by a finalizer are not counted', () => {
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
