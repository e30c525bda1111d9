// Which objects are still to be removed for a leaving cluster.
import { describe, expect, test } from 'vitest'
import type { FleetResource } from '../../../src/fleet/api/records.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'
import { leftovers } from '../../../src/fleet/plan/departure.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../embedded.ts'

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
  expect(leftovers(id, member(namespace)).get('endpointslices')?.deleted ?? 0).toBe(wanted)
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
    ['endpointslices', { deleted: 1, addresses: 0, cleaned: 0 }],
    ['serviceimports', { deleted: 0, addresses: 0, cleaned: 1 }],
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

describe('each object is counted once', () => {
  async function left(id: string, mode: 'auto' | undefined = undefined) {
    const fleet = createFleet(mode === undefined ? {} : { mode })
    for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
    addService(fleet.api('c1'), 'web')
    addExport(fleet.api('c1'), 'web')
    addSlice(fleet.api('c1'), 'web', ['10.0.0.1'])
    addService(fleet.api('c1'), 'none', { clusterIP: 'None' })
    addExport(fleet.api('c1'), 'none')
    if (mode === undefined) addImport(fleet.api('c2'), 'web')
    await fleet.settle()
    const member = fleet.members.find(({ name }) => name === 'c2')!
    return Object.fromEntries(leftovers(id, member))
  }

  test("in the leaving cluster, also a user's import that is written twice", async () => {
    expect(await left('c2')).toEqual({
      services: { deleted: 1, addresses: 1, cleaned: 0 },
      endpointslices: { deleted: 1, addresses: 0, cleaned: 0 },
      serviceimports: { deleted: 0, addresses: 0, cleaned: 1 },
    })
  })

  test('in another cluster: the Service of an import of the user stays', async () => {
    expect(await left('c1')).toEqual({
      endpointslices: { deleted: 1, addresses: 0, cleaned: 0 },
      serviceimports: { deleted: 0, addresses: 0, cleaned: 1 },
    })
  })

  test('in another cluster: imports of mode auto go with their Services; a headless one has no address', async () => {
    expect(await left('c1', 'auto')).toEqual({
      services: { deleted: 2, addresses: 1, cleaned: 0 },
      endpointslices: { deleted: 1, addresses: 0, cleaned: 0 },
      serviceimports: { deleted: 2, addresses: 0, cleaned: 0 },
    })
  })
})
