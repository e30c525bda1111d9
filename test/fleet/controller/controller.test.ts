// The controller over clusters in memory: which objects it writes in which cluster, and no others.
import { describe, expect, test, vi } from 'vitest'
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
import { keyOf } from '../../../src/kube/fields.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
  type FleetOptions,
  type TestFleet,
} from '../embedded.ts'

/** The user flow: c1 exports `web`, c2 imports it. */
async function userFlow(options: FleetOptions = {}): Promise<TestFleet> {
  const fleet = createFleet(options)
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '10.1.0.2'])
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  return fleet
}

const imported = (fleet: TestFleet, cluster = 'c2') =>
  fleet
    .api(cluster)
    .list('endpointslices')
    .filter(
      (slice) =>
        'multicluster.kubernetes.io/service-name' in nestedObject(slice, 'metadata', 'labels'),
    )

const addresses = (fleet: TestFleet, cluster = 'c2') =>
  imported(fleet, cluster)
    .flatMap(({ endpoints }) => endpoints as { addresses: string[] }[])
    .flatMap((one) => one.addresses)
    .sort()

const ready = (fleet: TestFleet, cluster = 'c2') => {
  const status = nestedObject(fleet.get(cluster, 'serviceimports', 'ns/web'), 'status')
  const [one] = (status.conditions ?? []) as { status: string; reason: string }[]
  return one && `${one.status}/${one.reason}`
}

const exported = (fleet: TestFleet, cluster = 'c1') => {
  const status = nestedObject(fleet.get(cluster, 'serviceexports', 'ns/web'), 'status')
  const list = (status.conditions ?? []) as { type: string; status: string; reason: string }[]
  return list.map((one) => `${one.type}=${one.status}/${one.reason}`)
}

const derived = (fleet: TestFleet, cluster = 'c2') => fleet.get(cluster, 'services', 'ns/amcs-web')

describe('mode manual', () => {
  test('an import gets its Service, its addresses, its endpoints and its status', async () => {
    const fleet = await userFlow()
    const service = derived(fleet)
    expect(service).toMatchObject({
      metadata: { labels: { 'clusterset-dns.io/service-import': 'web' } },
      spec: {
        type: 'ClusterIP',
        clusterIPs: ['10.96.0.1', 'fd00:96::1'],
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      },
    })
    expect(fleet.get('c2', 'serviceimports', 'ns/web')).toMatchObject({
      spec: { ips: ['10.96.0.1'], ipFamilies: ['IPv4'] },
      status: { clusters: [{ cluster: 'c1' }] },
    })
    expect(ready(fleet)).toBe('True/Ready')
    expect(exported(fleet)).toEqual([
      'Valid=True/Valid',
      'Ready=True/Exported',
      'Conflict=False/NoConflicts',
    ])
    const [slice] = imported(fleet)
    expect(nestedObject(slice, 'metadata', 'labels')).toEqual({
      'multicluster.kubernetes.io/service-name': 'web',
      'multicluster.kubernetes.io/source-cluster': 'c1',
      'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
      'kubernetes.io/service-name': 'amcs-web',
    })
    expect(addresses(fleet)).toEqual(['10.1.0.1', '10.1.0.2'])
    expect(JSON.stringify(slice)).not.toMatch(/nodeName|targetRef/)
    expect(fleet.writes).toEqual([
      'c1 patch serviceexports ns/web',
      'c2 create services ns/amcs-web',
      expect.stringMatching(/^c2 create endpointslices ns\/amcs-web-c1-/),
      'c2 patch serviceimports ns/web',
      'c2 patch serviceimports ns/web',
    ])
  })

  test('a new controller writes nothing', async () => {
    const fleet = await userFlow()
    fleet.writes.length = 0
    await fleet.restart()
    await fleet.settle()
    expect(fleet.writes).toEqual([])
  })

  test('a changed endpoint leads to one write', async () => {
    const fleet = await userFlow()
    fleet.writes.length = 0
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1', '10.1.0.3'])
    await fleet.settle()
    expect(addresses(fleet)).toEqual(['10.1.0.1', '10.1.0.3'])
    expect(fleet.writes).toHaveLength(1)
  })

  test('an unexport removes the endpoints, and keeps the Service and its address', async () => {
    const fleet = await userFlow()
    fleet.api('c1').delete('serviceexports', 'ns/web')
    await fleet.settle()
    expect(imported(fleet)).toEqual([])
    expect(ready(fleet)).toBe('False/Pending')
    expect(fleet.get('c2', 'serviceimports', 'ns/web')).toMatchObject({
      spec: { ips: ['10.96.0.1'] },
      status: { clusters: [] },
    })
    expect(nestedObject(derived(fleet), 'spec').clusterIPs).toEqual(['10.96.0.1', 'fd00:96::1'])
  })

  test('a deleted Service counts as unexported, and the export reports it', async () => {
    const fleet = await userFlow()
    fleet.api('c1').delete('services', 'ns/web')
    await fleet.settle()
    expect(imported(fleet)).toEqual([])
    expect(exported(fleet)[0]).toBe('Valid=False/NoService')
    addService(fleet.api('c1'), 'web')
    await fleet.settle()
    expect(exported(fleet)[0]).toBe('Valid=True/Valid')
    expect(addresses(fleet)).toHaveLength(2)
  })

  test.each(['a running controller', 'a controller that was stopped'])(
    'when an import is deleted, %s removes its Service and its EndpointSlices',
    async (which) => {
      const isRunning = which === 'a running controller'
      const fleet = await userFlow()
      const exportedService = fleet.get('c1', 'services', 'ns/web')
      if (!isRunning) await fleet.restart([])
      fleet.api('c2').delete('serviceimports', 'ns/web')
      if (!isRunning) await fleet.restart()
      await fleet.settle()
      expect(imported(fleet)).toEqual([])
      expect(derived(fleet)).toBeUndefined()
      expect(exportedService).toMatchObject({ metadata: { name: 'web' } })
      expect(fleet.get('c1', 'services', 'ns/web')).toBe(exportedService)
    },
  )

  test('objects that a user deletes or edits are restored, the Service with its address', async () => {
    const fleet = await userFlow()
    const api = fleet.api('c2')
    addImport(api, 'other')
    await fleet.settle()
    api.delete('services', 'ns/amcs-web')
    const name = String(nestedObject(imported(fleet)[0], 'metadata').name)
    api.patch('endpointslices', `ns/${name}`, { metadata: { labels: null } }, 'user')
    await fleet.settle()
    expect(nestedObject(derived(fleet), 'spec').clusterIP).toBe('10.96.0.1')
    expect(addresses(fleet)).toEqual(['10.1.0.1', '10.1.0.2'])
    api.patch('services', 'ns/amcs-web', { spec: { ports: [{ port: 9 }] } }, 'user')
    await fleet.settle()
    expect(derived(fleet)).toMatchObject({ spec: { ports: [{ name: 'http', port: 80 }] } })
  })

  test.each([
    ['second', 'fd00:96::1', ['10.96.0.1', 'fd00:96::2']],
    ['first', '10.96.0.1', ['10.96.0.2', 'fd00:96::1']],
  ])('a deleted Service is restored when another one has its %s address', async (_, taken, ips) => {
    const fleet = await userFlow()
    addService(fleet.api('c1'), 'dual', { ipFamilyPolicy: 'PreferDualStack' })
    addExport(fleet.api('c1'), 'dual')
    fleet.api('c2').delete('serviceimports', 'ns/web')
    await fleet.settle()
    addImport(fleet.api('c2'), 'dual')
    await fleet.settle()
    const spec = () => nestedObject(fleet.get('c2', 'serviceimports', 'ns/dual'), 'spec')
    expect(spec().ips).toEqual(['10.96.0.1', 'fd00:96::1'])
    fleet.api('c2').delete('services', 'ns/amcs-dual')
    addService(fleet.api('c2'), 'thief', { clusterIP: taken, clusterIPs: [taken] })
    // The address could be one that the API server has not freed yet: it is asked for again.
    for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
    fleet.clock.advance(500)
    await fleet.settle()
    expect(spec()).toMatchObject({ ips, ipFamilies: ['IPv4', 'IPv6'] })
    expect(nestedObject(fleet.get('c2', 'services', 'ns/amcs-dual'), 'spec').clusterIPs).toEqual(
      ips,
    )
  })

  test('a foreign Service with the derived name is not changed and gets no endpoints', async () => {
    const fleet = createFleet()
    for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
    addService(fleet.api('c2'), 'amcs-web', { selector: { app: 'mine' } })
    const before = derived(fleet)
    addService(fleet.api('c1'), 'web')
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
    addExport(fleet.api('c1'), 'web')
    addImport(fleet.api('c2'), 'web')
    await fleet.settle()
    expect(ready(fleet)).toBe('False/NameConflict')
    expect(imported(fleet)).toEqual([])
    expect(derived(fleet)).toBe(before)
    fleet.api('c2').delete('services', 'ns/amcs-web')
    await fleet.settle()
    expect(ready(fleet)).toBe('True/Ready')
  })

  test('an import of the wrong type gets no endpoints until the user changes the type', async () => {
    const fleet = await userFlow()
    addImport(fleet.api('c2'), 'web', { type: 'Headless' })
    await fleet.settle()
    expect(ready(fleet)).toBe('False/TypeMismatch')
    expect(imported(fleet)).toEqual([])
    expect(nestedObject(derived(fleet), 'spec').clusterIP).toBe('None')
    addImport(fleet.api('c2'), 'web')
    await fleet.settle()
    expect(ready(fleet)).toBe('True/Ready')
    expect(addresses(fleet)).toHaveLength(2)
  })

  test('an exhausted IP range is reported as a condition until an address is free', async () => {
    const fleet = createFleet({ api: { serviceRanges: ['10.96.0.0/30'] } })
    addNamespace(fleet.api('c2'), 'ns')
    addService(fleet.api('c2'), 'one')
    addService(fleet.api('c2'), 'two')
    addImport(fleet.api('c2'), 'web')
    for (let i = 0; i < 20; i++) {
      await new Promise((done) => setImmediate(done))
      if (fleet.controller.idle) fleet.clock.advance(30_000)
    }
    expect(ready(fleet)).toBe('False/ServiceFailed')
    const { clusterIP } = nestedObject(fleet.get('c2', 'services', 'ns/two'), 'spec')
    fleet.api('c2').delete('services', 'ns/two')
    await fleet.settle()
    expect(ready(fleet)).toBe('False/Pending')
    expect(clusterIP).toBe('10.96.0.2')
    expect(nestedObject(derived(fleet), 'spec').clusterIP).toBe(clusterIP)
  })
})

describe('mode auto', () => {
  test('every cluster with the namespace imports, including the exporter', async () => {
    const fleet = createFleet({ clusters: ['c1', 'c2', 'c3'], mode: 'auto' })
    for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
    addService(fleet.api('c1'), 'web')
    addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
    addExport(fleet.api('c1'), 'web')
    await fleet.settle()
    for (const name of ['c1', 'c2']) {
      expect(ready(fleet, name)).toBe('True/Ready')
      expect(addresses(fleet, name)).toEqual(['10.1.0.1'])
    }
    expect(fleet.api('c3').list('serviceimports')).toEqual([])
    addNamespace(fleet.api('c3'), 'ns')
    await fleet.settle()
    expect(ready(fleet, 'c3')).toBe('True/Ready')
    fleet.api('c1').delete('serviceexports', 'ns/web')
    await fleet.settle()
    for (const name of ['c1', 'c2', 'c3']) {
      expect(fleet.api(name).list('serviceimports')).toEqual([])
      expect(imported(fleet, name)).toEqual([])
      expect(derived(fleet, name)).toBeUndefined()
    }
  })

  test('the annotation of the namespace overrides the mode', async () => {
    const fleet = createFleet({ mode: 'auto' })
    addNamespace(fleet.api('c1'), 'ns', 'manual')
    addNamespace(fleet.api('c2'), 'ns')
    addService(fleet.api('c1'), 'web')
    addExport(fleet.api('c1'), 'web')
    await fleet.settle()
    expect(fleet.api('c1').list('serviceimports')).toEqual([])
    expect(fleet.api('c2').list('serviceimports')).toHaveLength(1)
  })

  describe('after the start', () => {
    /** c1 has the older export, a headless one; c2 syncs first. */
    const startup = () => {
      const held: (() => void)[] = []
      const fleet = createFleet({
        mode: 'auto',
        deliver: (cluster) => (_, apply) => (cluster === 'c1' ? held.push(apply) : apply()),
      })
      for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
      addService(fleet.api('c1'), 'web', { clusterIP: 'None' })
      addExport(fleet.api('c1'), 'web', {
        metadata: { creationTimestamp: '2020-01-01T00:00:00Z' },
      })
      addService(fleet.api('c2'), 'web')
      addExport(fleet.api('c2'), 'web')
      const deliverHeld = () => {
        for (const apply of held.splice(0)) apply()
      }
      return { fleet, deliverHeld }
    }
    const type = (fleet: TestFleet) =>
      nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'spec').type

    test('no import is created before all clusters have synced', async () => {
      const { fleet, deliverHeld } = startup()
      await fleet.settle()
      expect(type(fleet)).toBeUndefined()
      deliverHeld()
      await fleet.settle()
      expect(type(fleet)).toBe('Headless')
      expect(fleet.writes.filter((one) => one === 'c2 create services ns/amcs-web')).toHaveLength(1)
    })

    test('imports are created after 10 seconds if a cluster does not sync', async () => {
      const { fleet } = startup()
      await fleet.settle()
      expect(type(fleet)).toBeUndefined()
      fleet.clock.advance(10_000)
      await fleet.settle()
      expect(type(fleet)).toBe('ClusterSetIP')
    })
  })

  test('an unknown import mode is logged', async () => {
    const fleet = await userFlow()
    const annotations = { 'clusterset-dns.io/import-mode': 'Auto' }
    fleet.api('c2').patch('namespaces', 'ns', { metadata: { annotations } }, 'user')
    await fleet.settle()
    expect(fleet.lines.filter((line) => /"Auto"/.test(line))).toEqual([
      expect.stringContaining(
        'cluster c2: the annotation clusterset-dns.io/import-mode of namespace ns has the unknown value "Auto", ' +
          'which is ignored: mode manual applies',
      ),
    ])
  })

  test('all exports in conflict report the condition', async () => {
    const fleet = createFleet({ mode: 'auto' })
    for (const name of ['c1', 'c2']) {
      addNamespace(fleet.api(name), 'ns')
      addExport(fleet.api(name), 'web')
    }
    addService(fleet.api('c1'), 'web')
    addService(fleet.api('c2'), 'web', { sessionAffinity: 'ClientIP' })
    await fleet.settle()
    for (const name of ['c1', 'c2']) {
      expect(exported(fleet, name)[2]).toBe('Conflict=True/SessionAffinityConflict')
    }
  })
})

describe('an unreachable cluster', () => {
  test.each(['manual', 'auto'] as const)(
    'keeps its endpoints and the merge in mode %s',
    async (mode) => {
      const fleet = await userFlow({ mode, clusters: ['c1', 'c2', 'c3'] })
      for (const name of ['c2', 'c3']) addNamespace(fleet.api(name), 'ns', mode)
      addService(fleet.api('c3'), 'web', { sessionAffinity: 'ClientIP' })
      addSlice(fleet.api('c3'), 'web', ['10.3.0.1'])
      addExport(fleet.api('c3'), 'web')
      await fleet.settle()
      expect(addresses(fleet)).toHaveLength(3)
      const before = fleet.get('c2', 'serviceimports', 'ns/web')
      await fleet.restart(['c2', 'c3'])
      await fleet.settle()
      expect(addresses(fleet)).toHaveLength(3)
      addSlice(fleet.api('c3'), 'web', ['10.3.0.1', '10.3.0.2'])
      await fleet.settle()
      expect(addresses(fleet)).toEqual(['10.1.0.1', '10.1.0.2', '10.3.0.1', '10.3.0.2'])
      fleet.api('c3').delete('serviceexports', 'ns/web')
      await fleet.settle()
      expect(addresses(fleet)).toEqual(['10.1.0.1', '10.1.0.2'])
      const after = fleet.get('c2', 'serviceimports', 'ns/web')
      expect(after?.spec).toEqual(before?.spec)
      expect(nestedObject(after, 'status').clusters).toEqual([{ cluster: 'c1' }])
      expect(ready(fleet)).toBe('True/Ready')
      // It is reachable again, and has deleted its export in the meantime.
      fleet.api('c1').delete('serviceexports', 'ns/web')
      await fleet.restart()
      await fleet.settle()
      expect(imported(fleet)).toEqual([])
    },
  )
})

describe('a change of the importing side', () => {
  test('leads to no reconcile in other clusters', async () => {
    const fleet = await userFlow({ clusters: ['c1', 'c2', 'c3'] })
    addImport(fleet.api('c3'), 'web')
    await fleet.settle()
    const snapshotSpies = fleet.members.map(({ reader }) => vi.spyOn(reader, 'snapshot'))
    const derivedOf = 'ns/amcs-web'
    fleet.writes.length = 0
    fleet.api('c2').patch('services', derivedOf, { metadata: { labels: { of: 'a-user' } } }, 'user')
    fleet.api('c2').delete('endpointslices', keyOf(imported(fleet)[0]))
    await fleet.settle()
    expect(addresses(fleet)).toHaveLength(2)
    expect(fleet.writes.map((write) => write.slice(0, 2))).toEqual(['c2'])
    const [c1, c2, c3] = snapshotSpies.map(({ mock }) => mock.calls.length)
    expect(c2).toBeGreaterThan(0)
    expect([c1, c3]).toEqual([0, 0])
  })

  test('unfreezes the Service everywhere, if no other object names the unreachable cluster', async () => {
    const fleet = await userFlow({ clusters: ['c1', 'c2', 'c3', 'c4'] })
    addService(fleet.api('c3'), 'web')
    addExport(fleet.api('c3'), 'web')
    await fleet.settle()
    await fleet.restart(['c2', 'c3', 'c4'])
    addImport(fleet.api('c4'), 'web')
    await fleet.settle()
    const affinity = { spec: { sessionAffinity: 'ClientIP' } }
    fleet.api('c3').patch('services', 'ns/web', affinity, 'user')
    await fleet.settle()
    expect(nestedObject(derived(fleet, 'c4'), 'spec').sessionAffinity).not.toBe('ClientIP')
    fleet.api('c2').delete('serviceimports', 'ns/web')
    await fleet.settle()
    expect(nestedObject(derived(fleet, 'c4'), 'spec').sessionAffinity).toBe('ClientIP')
  })
})

test('quietMs counts from the last plan or the last change', async () => {
  const fleet = await userFlow()
  expect(fleet.controller.quietMs).toBe(0)
  fleet.clock.advance(5000)
  expect(fleet.controller.quietMs).toBe(5000)
  addSlice(fleet.api('c1'), 'web', ['10.1.0.3'])
  expect(fleet.controller.quietMs).toBe(0)
  await fleet.settle()
  expect(fleet.controller.quietMs).toBe(0)
})

test('a controller that may not write writes nothing, and everything once it may', async () => {
  let isLeader = false
  const fleet = await userFlow({ mayWrite: () => isLeader })
  expect(fleet.writes).toEqual([])
  isLeader = true
  fleet.controller.resync()
  await fleet.settle()
  expect(ready(fleet)).toBe('True/Ready')
})
