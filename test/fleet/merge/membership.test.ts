// What happens to a service when a source cluster is unreachable for long, and when a cluster leaves the clusterset.
import { describe, expect, test } from 'vitest'
import type { LeasePhase } from '../../../src/fleet/api/types.ts'
import { nestedObject, objectsOf, stringOf } from '../../../src/fleet/api/unstructured.ts'
import type { Membership } from '../../../src/fleet/merge/membership.ts'
import { renderMetrics } from '../../../src/metrics.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  apply,
  createFleet,
  type FleetOptions,
  httpPort,
  type TestFleet,
} from '../embedded.ts'

/** c1 and c2 export `web`, c3 imports it. Tests change the recorded membership, then call `change` or `resync`. */
async function membershipFleet(options: FleetOptions & { exporters?: readonly string[] } = {}) {
  const left = new Set<string>()
  const recorded = new Set(['c1', 'c2', 'c3'])
  const phases = new Map<string, LeasePhase>()
  const unreached = new Set<string>()
  const created = new Map<string, string>()
  const membership = (): Membership => ({
    left,
    recorded: recorded.difference(left),
    created: (id) => created.get(id) ?? '',
    phase: (id) => phases.get(id) ?? 'fresh',
    hasReached: (id) => !unreached.has(id),
  })
  const { exporters = ['c1', 'c2'] } = options
  const fleet = createFleet({ clusters: ['c1', 'c2', 'c3'], membership, ...options })
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  for (const name of exporters) {
    addService(fleet.api(name), 'web')
    addSlice(fleet.api(name), 'web', [`10.${name.slice(1)}.0.1`])
    addExport(fleet.api(name), 'web')
  }
  if (options.mode !== 'auto') addImport(fleet.api('c3'), 'web')
  await fleet.settle()
  const change = async (act: () => void) => {
    act()
    fleet.controller.resync()
    await fleet.settle()
  }
  return { ...fleet, left, recorded, phases, unreached, created, change, fleet }
}

const slices = ({ api }: Pick<TestFleet, 'api'>, cluster = 'c3') =>
  api(cluster)
    .list('endpointslices')
    .filter(
      (slice) =>
        'multicluster.kubernetes.io/service-name' in nestedObject(slice, 'metadata', 'labels'),
    )

const addresses = (fleet: Pick<TestFleet, 'api'>, cluster = 'c3') =>
  slices(fleet, cluster)
    .flatMap(({ endpoints }) => endpoints as { addresses: string[] }[])
    .flatMap((one) => one.addresses)
    .sort()

const condition = ({ api }: Pick<TestFleet, 'api'>, type: string) => {
  const { status } = api('c3').get('serviceimports', 'ns/web') ?? {}
  const found = (nestedObject({ status }, 'status').conditions ?? []) as { type: string }[]
  return found.find((one) => one.type === type)
}

const annotate = ({ api }: Pick<TestFleet, 'api'>, value: string) =>
  apply(api('c3'), 'serviceimports', {
    metadata: {
      name: 'web',
      namespace: 'ns',
      annotations: { 'clusterset-dns.io/on-expiry': value },
    },
  })

describe('a source that expired', () => {
  test('loses its endpoints when another source has some; everything else is kept', async () => {
    const setup = await membershipFleet()
    const before = setup.get('c3', 'serviceimports', 'ns/web')
    const service = setup.get('c3', 'services', 'ns/amcs-web')
    await setup.change(() => setup.phases.set('c1', 'expired'))
    expect(addresses(setup)).toEqual(['10.2.0.1'])
    expect(setup.get('c3', 'serviceimports', 'ns/web')?.spec).toEqual(before?.spec)
    expect(setup.get('c3', 'services', 'ns/amcs-web')).toEqual(service)
    expect(nestedObject(setup.get('c3', 'serviceimports', 'ns/web'), 'status').clusters).toEqual([
      { cluster: 'c1' },
      { cluster: 'c2' },
    ])
    expect(condition(setup, 'SourceExpired')).toMatchObject({
      status: 'True',
      reason: 'EndpointsDropped',
      message: 'Endpoints of unreachable clusters are dropped: c1.',
    })
    await setup.change(() => setup.phases.set('c1', 'fresh'))
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
    expect(condition(setup, 'SourceExpired')).toMatchObject({
      status: 'False',
      reason: 'SourcesReached',
    })
  })

  test('keeps its endpoints when no other source has any', async () => {
    const setup = await membershipFleet({ exporters: ['c1'] })
    await setup.change(() => setup.phases.set('c1', 'expired'))
    expect(addresses(setup)).toEqual(['10.1.0.1'])
    expect(condition(setup, 'SourceExpired')).toMatchObject({ reason: 'EndpointsKept' })
  })

  test('keeps its endpoints when the other source is suspect', async () => {
    const setup = await membershipFleet()
    await setup.change(() => setup.phases.set('c1', 'expired').set('c2', 'suspect'))
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('loses its endpoints with on-expiry drop and keeps them with keep, whatever other sources have', async () => {
    const setup = await membershipFleet({ exporters: ['c1'] })
    annotate(setup, 'drop')
    await setup.change(() => setup.phases.set('c1', 'suspect'))
    expect(addresses(setup)).toEqual(['10.1.0.1'])
    await setup.change(() => setup.phases.set('c1', 'expired'))
    expect(addresses(setup)).toEqual([])
    const both = await membershipFleet()
    annotate(both, 'keep')
    await both.change(() => both.phases.set('c1', 'expired'))
    expect(addresses(both)).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('loses its endpoints though this controller never reached it', async () => {
    const setup = await membershipFleet()
    setup.recorded.add('c1')
    await setup.fleet.restart(['c2', 'c3'])
    await setup.fleet.settle()
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
    await setup.phases.set('c1', 'expired')
    setup.fleet.controller.resync()
    await setup.fleet.settle()
    expect(addresses(setup)).toEqual(['10.2.0.1'])
    expect(condition(setup, 'SourceExpired')).toMatchObject({ reason: 'EndpointsDropped' })
  })

  test.each(['synced before', 'never synced'])(
    'stays removed under the next leader, %s, until that leader reaches it',
    async (how) => {
      const setup = await membershipFleet()
      await setup.change(() => setup.phases.set('c1', 'expired'))
      const before = condition(setup, 'SourceExpired')
      setup.writes.length = 0
      // The next leader has not reached it yet.
      setup.phases.delete('c1')
      setup.unreached.add('c1')
      await setup.fleet.restart(how === 'never synced' ? ['c2', 'c3'] : undefined)
      await setup.fleet.settle()
      expect(setup.writes).toEqual([])
      expect(condition(setup, 'SourceExpired')).toEqual(before)
      addSlice(setup.api('c2'), 'web', ['10.2.0.2'])
      await setup.fleet.settle()
      expect(addresses(setup)).toEqual(['10.2.0.2'])
      await setup.fleet.restart()
      await setup.change(() => setup.unreached.delete('c1'))
      expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.2'])
      expect(condition(setup, 'SourceExpired')).toMatchObject({ reason: 'SourcesReached' })
    },
  )

  test('is not changed while it is only suspect', async () => {
    const setup = await membershipFleet()
    setup.writes.length = 0
    await setup.change(() => setup.phases.set('c1', 'suspect'))
    expect(setup.writes).toEqual([])
  })
})

test('a source that is not a member of the fleet is logged and counted in a metric, until it leaves', async () => {
  const setup = await membershipFleet()
  const metric = () =>
    renderMetrics(setup.fleet.controller.families()).match(
      /^clusterset_dns_fleet_frozen_services\{.*$/m,
    )?.[0]
  expect(metric()).toBeUndefined()
  await setup.fleet.restart(['c2', 'c3'])
  await setup.fleet.settle()
  expect(setup.lines.join()).not.toContain('which is not a member')
  setup.recorded.delete('c1')
  setup.fleet.controller.resync()
  await setup.fleet.settle()
  expect(setup.lines.filter((line) => line.includes('which is not a member'))).toEqual([
    '[WARNING] ServiceImports reference source cluster "c1", which is not a member. Its endpoints are kept and ' +
      'merged fields are frozen. To remove it: clusterset-dns fleet leave c1',
  ])
  expect(metric()).toBe('clusterset_dns_fleet_frozen_services{source="c1"} 1')
  setup.left.add('c1')
  setup.fleet.controller.resync()
  await setup.fleet.settle()
  expect(metric()).toBeUndefined()
  expect(addresses(setup)).toEqual(['10.2.0.1'])
})

describe('a cluster that leaves', () => {
  test('is removed as a source though it is unreachable', async () => {
    const setup = await membershipFleet()
    await setup.fleet.restart(['c2', 'c3'])
    await setup.fleet.settle()
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
    setup.left.add('c1')
    setup.fleet.controller.resync()
    await setup.fleet.settle()
    expect(addresses(setup)).toEqual(['10.2.0.1'])
    expect(nestedObject(setup.get('c3', 'serviceimports', 'ns/web'), 'status').clusters).toEqual([
      { cluster: 'c2' },
    ])
  })

  test('loses the objects of the fleet and keeps those of users', async () => {
    const setup = await membershipFleet()
    const ids = (cluster: string) =>
      ['services', 'serviceexports', 'serviceimports', 'endpointslices'].flatMap((resource) =>
        setup
          .api(cluster)
          .list(resource as 'services')
          .map((one) => `${resource} ${nestedObject(one, 'metadata').name}`),
      )
    await setup.change(() => setup.left.add('c3').add('c1'))
    expect(ids('c3')).toEqual(['serviceimports web'])
    expect(setup.get('c3', 'serviceimports', 'ns/web')).toMatchObject({
      spec: { ips: [], ipFamilies: [], type: 'ClusterSetIP' },
      status: { clusters: [], conditions: [] },
    })
    expect(ids('c1')).toEqual(['services web', 'serviceexports web', 'endpointslices web-abcde'])
    expect(nestedObject(setup.get('c1', 'serviceexports', 'ns/web'), 'status').conditions).toEqual(
      [],
    )
    setup.writes.length = 0
    await setup.change(() => {})
    expect(setup.writes).toEqual([])
  })

  test('loses its automatic imports; other clusters keep theirs until the last export is gone', async () => {
    const setup = await membershipFleet({ mode: 'auto' })
    await setup.change(() => setup.left.add('c1').add('c3'))
    expect(setup.get('c3', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(setup.get('c1', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(setup.get('c2', 'serviceimports', 'ns/web')).toMatchObject({
      metadata: { labels: { 'clusterset-dns.io/auto-import': expect.any(String) } },
      status: { clusters: [{ cluster: 'c2' }] },
    })
    await setup.change(() => setup.left.add('c2'))
    expect(setup.get('c2', 'serviceimports', 'ns/web')).toBeUndefined()
  })

  test('is a source again after it joins', async () => {
    const setup = await membershipFleet()
    await setup.change(() => setup.left.add('c1'))
    expect(addresses(setup)).toEqual(['10.2.0.1'])
    await setup.change(() => setup.left.delete('c1'))
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
  })
})

test('while a recorded cluster is unreachable, no automatic import is deleted', async () => {
  const setup = await membershipFleet({ mode: 'auto', exporters: ['c1'] })
  await setup.fleet.restart(['c2', 'c3'])
  await setup.fleet.settle()
  expect(setup.get('c3', 'serviceimports', 'ns/web')).toMatchObject({
    metadata: { labels: { 'clusterset-dns.io/auto-import': expect.any(String) } },
    status: { clusters: [{ cluster: 'c1' }] },
  })
  expect(addresses(setup)).toEqual(['10.1.0.1'])
})

test('while another cluster is unreachable, an unexport removes the endpoints and keeps the import', async () => {
  const setup = await membershipFleet({
    mode: 'auto',
    exporters: ['c1'],
    clusters: [...'1234'].map((n) => `c${n}`),
  })
  setup.recorded.add('c4')
  await setup.fleet.restart(['c1', 'c2', 'c3'])
  await setup.fleet.settle()
  expect(addresses(setup)).toEqual(['10.1.0.1'])
  setup.api('c1').delete('serviceexports', 'ns/web')
  await setup.fleet.settle()
  expect(addresses(setup)).toEqual([])
  expect(condition(setup, 'Ready')).toMatchObject({ status: 'False', reason: 'Pending' })
  expect(nestedObject(setup.get('c3', 'serviceimports', 'ns/web'), 'status').clusters).toEqual([])
  await setup.fleet.restart()
  await setup.fleet.settle()
  expect(setup.get('c3', 'serviceimports', 'ns/web')).toBeUndefined()
})

describe('an import created while a source of other imports is unreachable', () => {
  const late = async (type: string) => {
    const setup = await membershipFleet()
    await setup.fleet.restart(['c2', 'c3'])
    addImport(setup.api('c2'), 'web', { type })
    await setup.fleet.settle()
    const { status } = setup.get('c2', 'serviceimports', 'ns/web') ?? {}
    const [ready] = nestedObject({ status }, 'status').conditions as { type: string }[]
    return { setup, ready }
  }

  test('names the unreachable cluster and gets the endpoints of the others', async () => {
    const { setup, ready } = await late('ClusterSetIP')
    expect(ready).toMatchObject({
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Clusters that may export the Service are unreachable: c1.',
    })
    expect(addresses(setup, 'c2')).toEqual(['10.2.0.1'])
    await setup.fleet.restart()
    await setup.fleet.settle()
    expect(addresses(setup, 'c2')).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('gets no endpoints when its type differs from that of the exports', async () => {
    const { setup } = await late('Headless')
    expect(addresses(setup, 'c2')).toEqual([])
  })
})

test('members are added and removed while the controller runs', async () => {
  const setup = await membershipFleet({ exporters: ['c1'] })
  const [c1] = setup.fleet.members
  setup.fleet.controller.remove(c1!)
  await setup.fleet.settle()
  expect(addresses(setup)).toEqual(['10.1.0.1'])
  addSlice(setup.api('c1'), 'web', ['10.1.0.9'])
  await setup.fleet.settle()
  expect(addresses(setup)).toEqual(['10.1.0.1'])
  setup.fleet.controller.add(c1!)
  await setup.fleet.settle()
  expect(addresses(setup)).toEqual(['10.1.0.9'])
})

describe('a new controller that cannot reach a cluster', () => {
  const conflict = ({ get }: Pick<TestFleet, 'get'>, cluster: string) => {
    const status = nestedObject(get(cluster, 'serviceexports', 'ns/web'), 'status')
    const list = (status.conditions ?? []) as { type: string; status: string; reason: string }[]
    const one = list.find(({ type }) => type === 'Conflict')
    return one && `${one.status}/${one.reason}`
  }

  test('keeps a conflict that may involve that cluster, though no import names it', async () => {
    const setup = await membershipFleet()
    setup.api('c3').delete('serviceimports', 'ns/web')
    apply(setup.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'ClientIP' },
    })
    await setup.fleet.settle()
    expect(conflict(setup, 'c1')).toBe('True/SessionAffinityConflict')
    setup.writes.length = 0
    await setup.fleet.restart(['c1', 'c3'])
    await setup.fleet.settle()
    expect(setup.writes).toEqual([])
    expect(conflict(setup, 'c1')).toBe('True/SessionAffinityConflict')
    expect(renderMetrics(setup.fleet.controller.families())).toContain(
      'clusterset_dns_fleet_conflicts{reason="SessionAffinityConflict"} 1',
    )
    // The conflict is cleared when all clusters are synced.
    await setup.fleet.restart()
    apply(setup.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'None' },
    })
    await setup.fleet.settle()
    expect(conflict(setup, 'c1')).toBe('False/NoConflicts')
  })

  test('reports a conflict among the other clusters', async () => {
    const setup = await membershipFleet()
    await setup.fleet.restart(['c1', 'c2'])
    apply(setup.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'ClientIP' },
    })
    await setup.fleet.settle()
    expect(conflict(setup, 'c1')).toBe('True/SessionAffinityConflict')
  })

  test('keeps the appProtocol that the cluster gave the Service', async () => {
    const setup = await membershipFleet({ exporters: ['c1'] })
    const ports = [{ ...httpPort, appProtocol: 'kubernetes.io/h2c' }]
    apply(setup.api('c1'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { ports },
    })
    await setup.fleet.settle()
    const port = { name: 'http', port: 80, appProtocol: 'kubernetes.io/h2c' }
    expect(setup.get('c3', 'services', 'ns/amcs-web')).toMatchObject({ spec: { ports: [port] } })
    setup.writes.length = 0
    await setup.fleet.restart(['c2', 'c3'])
    await setup.fleet.settle()
    expect(setup.writes).toEqual([])
    // It is also kept after the last export is gone: an unexport removes only the endpoints.
    await setup.fleet.restart()
    setup.api('c1').delete('serviceexports', 'ns/web')
    await setup.fleet.settle()
    expect(addresses(setup)).toEqual([])
    expect(setup.get('c3', 'services', 'ns/amcs-web')).toMatchObject({ spec: { ports: [port] } })
  })
})

describe('zone hints', () => {
  const zone = ({ api }: Pick<TestFleet, 'api'>, cluster: string, name: string | undefined) => {
    const address = `10.${cluster.slice(1)}.0.1`
    const endpoint = { addresses: [address], conditions: { ready: true }, zone: name }
    api(cluster).patch('endpointslices', 'ns/web-abcde', { endpoints: [endpoint] }, 'user')
  }
  const hints = (setup: Pick<TestFleet, 'api'>) =>
    slices(setup)
      .flatMap(({ endpoints }) => endpoints as { addresses: string[]; hints?: object }[])
      .map(({ addresses, hints }) => [addresses[0], hints])
      .sort()
  const own = { forZones: [{ name: 'z' }] }
  const spec = { ports: [httpPort], trafficDistribution: 'PreferClose' }

  test('require a zone of every served endpoint, not of removed ones', async () => {
    const setup = await membershipFleet()
    for (const name of ['c1', 'c2']) {
      apply(setup.api(name), 'services', { metadata: { name: 'web', namespace: 'ns' }, spec })
    }
    zone(setup, 'c2', 'z')
    await setup.fleet.settle()
    expect(hints(setup)).toEqual([
      ['10.1.0.1', undefined],
      ['10.2.0.1', undefined],
    ])
    await setup.change(() => setup.phases.set('c1', 'expired'))
    expect(hints(setup)).toEqual([['10.2.0.1', own]])
    await setup.change(() => setup.phases.set('c1', 'fresh'))
    zone(setup, 'c1', 'z')
    await setup.fleet.settle()
    expect(hints(setup)).toEqual([
      ['10.1.0.1', own],
      ['10.2.0.1', own],
    ])
  })

  test('are not added while a cluster without zones is unreachable', async () => {
    const setup = await membershipFleet()
    for (const name of ['c1', 'c2']) {
      apply(setup.api(name), 'services', { metadata: { name: 'web', namespace: 'ns' }, spec })
    }
    zone(setup, 'c2', 'z')
    await setup.fleet.settle()
    setup.writes.length = 0
    await setup.fleet.restart(['c2', 'c3'])
    await setup.fleet.settle()
    expect(setup.writes).toEqual([])
  })
})

test('an export does not win by a time before the creation of its cluster', async () => {
  const it = await membershipFleet({ exporters: ['c1'] })
  addService(it.api('c2'), 'web', { sessionAffinity: 'ClientIP' })
  const metadata = { creationTimestamp: '1970-01-01T00:00:00Z' }
  addExport(it.api('c2'), 'web', { metadata })
  const conflict = () => {
    const { conditions } = nestedObject(it.get('c1', 'serviceexports', 'ns/web'), 'status')
    return objectsOf(conditions).find(({ type }) => type === 'Conflict')?.message
  }
  await it.change(() => {})
  expect(conflict()).toContain('oldest service export in "c2"')
  const exported = nestedObject(it.get('c1', 'serviceexports', 'ns/web'), 'metadata')
  const later = Date.parse(stringOf(exported.creationTimestamp)) + 1000
  await it.change(() => it.created.set('c2', new Date(later).toISOString()))
  expect(conflict()).toContain('oldest service export in "c1"')
})
