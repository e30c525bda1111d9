// What becomes of a service when a source was not reached for long, and when a cluster leaves the clusterset.
import { describe, expect, test } from 'vitest'
import type { LeasePhase } from '../../../src/fleet/api/types.ts'
import { nestedObject } from '../../../src/fleet/api/unstructured.ts'
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

/** c1 and c2 export `web`, c3 imports it. What is on record of clusters is to be changed. */
async function standingFleet(options: FleetOptions & { exporters?: readonly string[] } = {}) {
  const left = new Set<string>()
  const recorded = new Set(['c1', 'c2', 'c3'])
  const phases = new Map<string, LeasePhase>()
  const unreached = new Set<string>()
  const membership = (): Membership => ({
    left,
    recorded: recorded.difference(left),
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
  return { ...fleet, left, recorded, phases, unreached, change, fleet }
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

describe('a source that has expired', () => {
  test('loses its endpoints while another one has some; all else stays', async () => {
    const it = await standingFleet()
    const before = it.get('c3', 'serviceimports', 'ns/web')
    const service = it.get('c3', 'services', 'ns/amcs-web')
    await it.change(() => it.phases.set('c1', 'expired'))
    expect(addresses(it)).toEqual(['10.2.0.1'])
    expect(it.get('c3', 'serviceimports', 'ns/web')?.spec).toEqual(before?.spec)
    expect(it.get('c3', 'services', 'ns/amcs-web')).toEqual(service)
    expect(nestedObject(it.get('c3', 'serviceimports', 'ns/web'), 'status').clusters).toEqual([
      { cluster: 'c1' },
      { cluster: 'c2' },
    ])
    expect(condition(it, 'SourceExpired')).toMatchObject({
      status: 'True',
      reason: 'EndpointsDropped',
      message: 'Not reached, endpoints dropped: c1.',
    })
    await it.change(() => it.phases.set('c1', 'fresh'))
    expect(addresses(it)).toEqual(['10.1.0.1', '10.2.0.1'])
    expect(condition(it, 'SourceExpired')).toMatchObject({
      status: 'False',
      reason: 'SourcesReached',
    })
  })

  test('keeps the last endpoints', async () => {
    const it = await standingFleet({ exporters: ['c1'] })
    await it.change(() => it.phases.set('c1', 'expired'))
    expect(addresses(it)).toEqual(['10.1.0.1'])
    expect(condition(it, 'SourceExpired')).toMatchObject({ reason: 'EndpointsKept' })
  })

  test('keeps them when the other source is in doubt as well', async () => {
    const it = await standingFleet()
    await it.change(() => it.phases.set('c1', 'expired').set('c2', 'suspect'))
    expect(addresses(it)).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('loses even the last ones where the import says drop, none where it says keep', async () => {
    const it = await standingFleet({ exporters: ['c1'] })
    annotate(it, 'drop')
    await it.change(() => it.phases.set('c1', 'suspect'))
    expect(addresses(it)).toEqual(['10.1.0.1'])
    await it.change(() => it.phases.set('c1', 'expired'))
    expect(addresses(it)).toEqual([])
    const both = await standingFleet()
    annotate(both, 'keep')
    await both.change(() => both.phases.set('c1', 'expired'))
    expect(addresses(both)).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('loses them too when this controller never heard it', async () => {
    const it = await standingFleet()
    it.recorded.add('c1')
    await it.fleet.restart(['c2', 'c3'])
    await it.fleet.settle()
    expect(addresses(it)).toEqual(['10.1.0.1', '10.2.0.1'])
    await it.phases.set('c1', 'expired')
    it.fleet.controller.resync()
    await it.fleet.settle()
    expect(addresses(it)).toEqual(['10.2.0.1'])
    expect(condition(it, 'SourceExpired')).toMatchObject({ reason: 'EndpointsDropped' })
  })

  test.each(['heard from before', 'never heard'])(
    'stays lost for the next leader, %s, until that reaches it',
    async (how) => {
      const it = await standingFleet()
      await it.change(() => it.phases.set('c1', 'expired'))
      const said = condition(it, 'SourceExpired')
      it.writes.length = 0
      // The next leader has yet to ask it.
      it.phases.delete('c1')
      it.unreached.add('c1')
      await it.fleet.restart(how === 'never heard' ? ['c2', 'c3'] : undefined)
      await it.fleet.settle()
      expect(it.writes).toEqual([])
      expect(condition(it, 'SourceExpired')).toEqual(said)
      addSlice(it.api('c2'), 'web', ['10.2.0.2'])
      await it.fleet.settle()
      expect(addresses(it)).toEqual(['10.2.0.2'])
      await it.fleet.restart()
      await it.change(() => it.unreached.delete('c1'))
      expect(addresses(it)).toEqual(['10.1.0.1', '10.2.0.2'])
      expect(condition(it, 'SourceExpired')).toMatchObject({ reason: 'SourcesReached' })
    },
  )

  test('that is only suspect changes nothing', async () => {
    const it = await standingFleet()
    it.writes.length = 0
    await it.change(() => it.phases.set('c1', 'suspect'))
    expect(it.writes).toEqual([])
  })
})

test('a source that is no cluster of the fleet is named in the log and in a metric, until it leaves', async () => {
  const it = await standingFleet()
  const metric = () =>
    renderMetrics(it.fleet.controller.families()).match(
      /^clusterset_dns_fleet_frozen_services\{.*$/m,
    )?.[0]
  expect(metric()).toBeUndefined()
  await it.fleet.restart(['c2', 'c3'])
  await it.fleet.settle()
  expect(it.lines.join()).not.toContain('no cluster of this fleet')
  it.recorded.delete('c1')
  it.fleet.controller.resync()
  await it.fleet.settle()
  expect(it.lines.filter((line) => line.includes('no cluster of this fleet'))).toEqual([
    '[WARNING] services name "c1" as a source, which is no cluster of this fleet: what they have stays as it is; ' +
      'if it is gone for good: clusterset-dns fleet leave c1',
  ])
  expect(metric()).toBe('clusterset_dns_fleet_frozen_services{source="c1"} 1')
  it.left.add('c1')
  it.fleet.controller.resync()
  await it.fleet.settle()
  expect(metric()).toBeUndefined()
  expect(addresses(it)).toEqual(['10.2.0.1'])
})

describe('a cluster that leaves', () => {
  test('is no source any more, though nobody can reach it', async () => {
    const it = await standingFleet()
    await it.fleet.restart(['c2', 'c3'])
    await it.fleet.settle()
    expect(addresses(it)).toEqual(['10.1.0.1', '10.2.0.1'])
    it.left.add('c1')
    it.fleet.controller.resync()
    await it.fleet.settle()
    expect(addresses(it)).toEqual(['10.2.0.1'])
    expect(nestedObject(it.get('c3', 'serviceimports', 'ns/web'), 'status').clusters).toEqual([
      { cluster: 'c2' },
    ])
  })

  test('keeps nothing of ours, and all that is the user’s', async () => {
    const it = await standingFleet()
    const ids = (cluster: string) =>
      ['services', 'serviceexports', 'serviceimports', 'endpointslices'].flatMap((resource) =>
        it
          .api(cluster)
          .list(resource as 'services')
          .map((one) => `${resource} ${nestedObject(one, 'metadata').name}`),
      )
    await it.change(() => it.left.add('c3').add('c1'))
    expect(ids('c3')).toEqual(['serviceimports web'])
    expect(it.get('c3', 'serviceimports', 'ns/web')).toMatchObject({
      spec: { ips: [], ipFamilies: [], type: 'ClusterSetIP' },
      status: { clusters: [], conditions: [] },
    })
    expect(ids('c1')).toEqual(['services web', 'serviceexports web', 'endpointslices web-abcde'])
    expect(nestedObject(it.get('c1', 'serviceexports', 'ns/web'), 'status').conditions).toEqual([])
    it.writes.length = 0
    await it.change(() => {})
    expect(it.writes).toEqual([])
  })

  test('loses the imports that were made for it; the others keep theirs until their exports end', async () => {
    const it = await standingFleet({ mode: 'auto' })
    await it.change(() => it.left.add('c1').add('c3'))
    expect(it.get('c3', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(it.get('c1', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(it.get('c2', 'serviceimports', 'ns/web')).toBeDefined()
    await it.change(() => it.left.add('c2'))
    expect(it.get('c2', 'serviceimports', 'ns/web')).toBeUndefined()
  })

  test('is part of everything again when it joins', async () => {
    const it = await standingFleet()
    await it.change(() => it.left.add('c1'))
    expect(addresses(it)).toEqual(['10.2.0.1'])
    await it.change(() => it.left.delete('c1'))
    expect(addresses(it)).toEqual(['10.1.0.1', '10.2.0.1'])
  })
})

test('while a cluster on record is not heard, no import is taken to be without exports', async () => {
  const it = await standingFleet({ mode: 'auto', exporters: ['c1'] })
  await it.fleet.restart(['c2', 'c3'])
  await it.fleet.settle()
  expect(it.get('c3', 'serviceimports', 'ns/web')).toBeDefined()
  expect(addresses(it)).toEqual(['10.1.0.1'])
})

test('while a cluster that is no source is not heard, an unexport takes the endpoints and leaves the import', async () => {
  const it = await standingFleet({
    mode: 'auto',
    exporters: ['c1'],
    clusters: [...'1234'].map((n) => `c${n}`),
  })
  it.recorded.add('c4')
  await it.fleet.restart(['c1', 'c2', 'c3'])
  await it.fleet.settle()
  expect(addresses(it)).toEqual(['10.1.0.1'])
  it.api('c1').delete('serviceexports', 'ns/web')
  await it.fleet.settle()
  expect(addresses(it)).toEqual([])
  expect(condition(it, 'Ready')).toMatchObject({ status: 'False', reason: 'Pending' })
  expect(nestedObject(it.get('c3', 'serviceimports', 'ns/web'), 'status').clusters).toEqual([])
  await it.fleet.restart()
  await it.fleet.settle()
  expect(it.get('c3', 'serviceimports', 'ns/web')).toBeUndefined()
})

describe('an import that comes while a source of others is not heard', () => {
  const late = async (type: string) => {
    const it = await standingFleet()
    await it.fleet.restart(['c2', 'c3'])
    addImport(it.api('c2'), 'web', { type })
    await it.fleet.settle()
    const { status } = it.get('c2', 'serviceimports', 'ns/web') ?? {}
    const [ready] = nestedObject({ status }, 'status').conditions as { type: string }[]
    return { it, ready }
  }

  test('says whom it waits for, and gets the endpoints of the others', async () => {
    const { it, ready } = await late('ClusterSetIP')
    expect(ready).toMatchObject({
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Clusters that may export the service cannot be heard: c1.',
    })
    expect(addresses(it, 'c2')).toEqual(['10.2.0.1'])
    await it.fleet.restart()
    await it.fleet.settle()
    expect(addresses(it, 'c2')).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('gets none when its type is another one than theirs', async () => {
    const { it } = await late('Headless')
    expect(addresses(it, 'c2')).toEqual([])
  })
})

test('members come and go while it runs', async () => {
  const it = await standingFleet({ exporters: ['c1'] })
  const [c1] = it.fleet.members
  it.fleet.controller.remove(c1!)
  await it.fleet.settle()
  expect(addresses(it)).toEqual(['10.1.0.1'])
  addSlice(it.api('c1'), 'web', ['10.1.0.9'])
  await it.fleet.settle()
  expect(addresses(it)).toEqual(['10.1.0.1'])
  it.fleet.controller.add(c1!)
  await it.fleet.settle()
  expect(addresses(it)).toEqual(['10.1.0.9'])
})

describe('a new controller that does not hear a cluster', () => {
  const conflict = ({ get }: Pick<TestFleet, 'get'>, cluster: string) => {
    const status = nestedObject(get(cluster, 'serviceexports', 'ns/web'), 'status')
    const list = (status.conditions ?? []) as { type: string; status: string; reason: string }[]
    const one = list.find(({ type }) => type === 'Conflict')
    return one && `${one.status}/${one.reason}`
  }

  test('takes back no conflict of which that cluster may be a part, though no import names it', async () => {
    const it = await standingFleet()
    it.api('c3').delete('serviceimports', 'ns/web')
    apply(it.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'ClientIP' },
    })
    await it.fleet.settle()
    expect(conflict(it, 'c1')).toBe('True/SessionAffinityConflict')
    it.writes.length = 0
    await it.fleet.restart(['c1', 'c3'])
    await it.fleet.settle()
    expect(it.writes).toEqual([])
    expect(conflict(it, 'c1')).toBe('True/SessionAffinityConflict')
    expect(renderMetrics(it.fleet.controller.families())).toContain(
      'clusterset_dns_fleet_conflicts{reason="SessionAffinityConflict"} 1',
    )
    // Its end is told when all are heard.
    await it.fleet.restart()
    apply(it.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'None' },
    })
    await it.fleet.settle()
    expect(conflict(it, 'c1')).toBe('False/NoConflicts')
  })

  test('tells of a conflict that it finds among the others', async () => {
    const it = await standingFleet()
    await it.fleet.restart(['c1', 'c2'])
    apply(it.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'ClientIP' },
    })
    await it.fleet.settle()
    expect(conflict(it, 'c1')).toBe('True/SessionAffinityConflict')
  })

  test('leaves the appProtocol of the Service as that cluster gave it', async () => {
    const it = await standingFleet({ exporters: ['c1'] })
    const ports = [{ ...httpPort, appProtocol: 'kubernetes.io/h2c' }]
    apply(it.api('c1'), 'services', { metadata: { name: 'web', namespace: 'ns' }, spec: { ports } })
    await it.fleet.settle()
    const port = { name: 'http', port: 80, appProtocol: 'kubernetes.io/h2c' }
    expect(it.get('c3', 'services', 'ns/amcs-web')).toMatchObject({ spec: { ports: [port] } })
    it.writes.length = 0
    await it.fleet.restart(['c2', 'c3'])
    await it.fleet.settle()
    expect(it.writes).toEqual([])
    // Nor does it go with the last export: unexport takes the endpoints only.
    await it.fleet.restart()
    it.api('c1').delete('serviceexports', 'ns/web')
    await it.fleet.settle()
    expect(addresses(it)).toEqual([])
    expect(it.get('c3', 'services', 'ns/amcs-web')).toMatchObject({ spec: { ports: [port] } })
  })
})

describe('hints for zones', () => {
  const zone = ({ api }: Pick<TestFleet, 'api'>, cluster: string, name: string | undefined) => {
    const address = `10.${cluster.slice(1)}.0.1`
    const endpoint = { addresses: [address], conditions: { ready: true }, zone: name }
    api(cluster).patch('endpointslices', 'ns/web-abcde', { endpoints: [endpoint] }, 'user')
  }
  const hints = (it: Pick<TestFleet, 'api'>) =>
    slices(it)
      .flatMap(({ endpoints }) => endpoints as { addresses: string[]; hints?: object }[])
      .map(({ addresses, hints }) => [addresses[0], hints])
      .sort()
  const own = { forZones: [{ name: 'z' }] }
  const spec = { ports: [httpPort], trafficDistribution: 'PreferClose' }

  test('need a zone of all endpoints that are served, not of those that were dropped', async () => {
    const it = await standingFleet()
    for (const name of ['c1', 'c2']) {
      apply(it.api(name), 'services', { metadata: { name: 'web', namespace: 'ns' }, spec })
    }
    zone(it, 'c2', 'z')
    await it.fleet.settle()
    expect(hints(it)).toEqual([
      ['10.1.0.1', undefined],
      ['10.2.0.1', undefined],
    ])
    await it.change(() => it.phases.set('c1', 'expired'))
    expect(hints(it)).toEqual([['10.2.0.1', own]])
    await it.change(() => it.phases.set('c1', 'fresh'))
    zone(it, 'c1', 'z')
    await it.fleet.settle()
    expect(hints(it)).toEqual([
      ['10.1.0.1', own],
      ['10.2.0.1', own],
    ])
  })

  test('stay away while a cluster without zones is not heard', async () => {
    const it = await standingFleet()
    for (const name of ['c1', 'c2']) {
      apply(it.api(name), 'services', { metadata: { name: 'web', namespace: 'ns' }, spec })
    }
    zone(it, 'c2', 'z')
    await it.fleet.settle()
    it.writes.length = 0
    await it.fleet.restart(['c2', 'c3'])
    await it.fleet.settle()
    expect(it.writes).toEqual([])
  })
})
