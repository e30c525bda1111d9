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
async function membershipFleet(options: FleetOptions & { exporters?: readonly string[] } = {}) {
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
      message: 'Not reached, endpoints dropped: c1.',
    })
    await setup.change(() => setup.phases.set('c1', 'fresh'))
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
    expect(condition(setup, 'SourceExpired')).toMatchObject({
      status: 'False',
      reason: 'SourcesReached',
    })
  })

  test('keeps the last endpoints', async () => {
    const setup = await membershipFleet({ exporters: ['c1'] })
    await setup.change(() => setup.phases.set('c1', 'expired'))
    expect(addresses(setup)).toEqual(['10.1.0.1'])
    expect(condition(setup, 'SourceExpired')).toMatchObject({ reason: 'EndpointsKept' })
  })

  test('keeps them when the other source is in doubt as well', async () => {
    const setup = await membershipFleet()
    await setup.change(() => setup.phases.set('c1', 'expired').set('c2', 'suspect'))
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('loses even the last ones where the import says drop, none where it says keep', async () => {
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

  test('loses them too when this controller never heard it', async () => {
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

  test.each(['heard from before', 'never heard'])(
    'stays lost for the next leader, %s, until that reaches it',
    async (how) => {
      const setup = await membershipFleet()
      await setup.change(() => setup.phases.set('c1', 'expired'))
      const before = condition(setup, 'SourceExpired')
      setup.writes.length = 0
      // The next leader has yet to ask it.
      setup.phases.delete('c1')
      setup.unreached.add('c1')
      await setup.fleet.restart(how === 'never heard' ? ['c2', 'c3'] : undefined)
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

  test('that is only suspect changes nothing', async () => {
    const setup = await membershipFleet()
    setup.writes.length = 0
    await setup.change(() => setup.phases.set('c1', 'suspect'))
    expect(setup.writes).toEqual([])
  })
})

test('a source that is no cluster of the fleet is named in the log and in a metric, until it leaves', async () => {
  const setup = await membershipFleet()
  const metric = () =>
    renderMetrics(setup.fleet.controller.families()).match(
      /^clusterset_dns_fleet_frozen_services\{.*$/m,
    )?.[0]
  expect(metric()).toBeUndefined()
  await setup.fleet.restart(['c2', 'c3'])
  await setup.fleet.settle()
  expect(setup.lines.join()).not.toContain('no cluster of this fleet')
  setup.recorded.delete('c1')
  setup.fleet.controller.resync()
  await setup.fleet.settle()
  expect(setup.lines.filter((line) => line.includes('no cluster of this fleet'))).toEqual([
    '[WARNING] services name "c1" as a source, which is no cluster of this fleet: what they have stays as it is; ' +
      'if it is gone for good: clusterset-dns fleet leave c1',
  ])
  expect(metric()).toBe('clusterset_dns_fleet_frozen_services{source="c1"} 1')
  setup.left.add('c1')
  setup.fleet.controller.resync()
  await setup.fleet.settle()
  expect(metric()).toBeUndefined()
  expect(addresses(setup)).toEqual(['10.2.0.1'])
})

describe('a cluster that leaves', () => {
  test('is no source any more, though nobody can reach it', async () => {
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

  test('keeps nothing of ours, and all that is the user’s', async () => {
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

  test('loses the imports that were made for it; the others keep theirs until their exports end', async () => {
    const setup = await membershipFleet({ mode: 'auto' })
    await setup.change(() => setup.left.add('c1').add('c3'))
    expect(setup.get('c3', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(setup.get('c1', 'serviceimports', 'ns/web')).toBeUndefined()
    expect(setup.get('c2', 'serviceimports', 'ns/web')).toBeDefined()
    await setup.change(() => setup.left.add('c2'))
    expect(setup.get('c2', 'serviceimports', 'ns/web')).toBeUndefined()
  })

  test('is part of everything again when it joins', async () => {
    const setup = await membershipFleet()
    await setup.change(() => setup.left.add('c1'))
    expect(addresses(setup)).toEqual(['10.2.0.1'])
    await setup.change(() => setup.left.delete('c1'))
    expect(addresses(setup)).toEqual(['10.1.0.1', '10.2.0.1'])
  })
})

test('while a cluster on record is not heard, no import is taken to be without exports', async () => {
  const setup = await membershipFleet({ mode: 'auto', exporters: ['c1'] })
  await setup.fleet.restart(['c2', 'c3'])
  await setup.fleet.settle()
  expect(setup.get('c3', 'serviceimports', 'ns/web')).toBeDefined()
  expect(addresses(setup)).toEqual(['10.1.0.1'])
})

test('while a cluster that is no source is not heard, an unexport takes the endpoints and leaves the import', async () => {
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

describe('an import that comes while a source of others is not heard', () => {
  const late = async (type: string) => {
    const setup = await membershipFleet()
    await setup.fleet.restart(['c2', 'c3'])
    addImport(setup.api('c2'), 'web', { type })
    await setup.fleet.settle()
    const { status } = setup.get('c2', 'serviceimports', 'ns/web') ?? {}
    const [ready] = nestedObject({ status }, 'status').conditions as { type: string }[]
    return { setup, ready }
  }

  test('says whom it waits for, and gets the endpoints of the others', async () => {
    const { setup, ready } = await late('ClusterSetIP')
    expect(ready).toMatchObject({
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Clusters that may export the service cannot be heard: c1.',
    })
    expect(addresses(setup, 'c2')).toEqual(['10.2.0.1'])
    await setup.fleet.restart()
    await setup.fleet.settle()
    expect(addresses(setup, 'c2')).toEqual(['10.1.0.1', '10.2.0.1'])
  })

  test('gets none when its type is another one than theirs', async () => {
    const { setup } = await late('Headless')
    expect(addresses(setup, 'c2')).toEqual([])
  })
})

test('members come and go while it runs', async () => {
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

describe('a new controller that does not hear a cluster', () => {
  const conflict = ({ get }: Pick<TestFleet, 'get'>, cluster: string) => {
    const status = nestedObject(get(cluster, 'serviceexports', 'ns/web'), 'status')
    const list = (status.conditions ?? []) as { type: string; status: string; reason: string }[]
    const one = list.find(({ type }) => type === 'Conflict')
    return one && `${one.status}/${one.reason}`
  }

  test('takes back no conflict of which that cluster may be a part, though no import names it', async () => {
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
    // Its end is told when all are heard.
    await setup.fleet.restart()
    apply(setup.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'None' },
    })
    await setup.fleet.settle()
    expect(conflict(setup, 'c1')).toBe('False/NoConflicts')
  })

  test('tells of a conflict that it finds among the others', async () => {
    const setup = await membershipFleet()
    await setup.fleet.restart(['c1', 'c2'])
    apply(setup.api('c2'), 'services', {
      metadata: { name: 'web', namespace: 'ns' },
      spec: { sessionAffinity: 'ClientIP' },
    })
    await setup.fleet.settle()
    expect(conflict(setup, 'c1')).toBe('True/SessionAffinityConflict')
  })

  test('leaves the appProtocol of the Service as that cluster gave it', async () => {
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
    // Nor does it go with the last export: unexport takes the endpoints only.
    await setup.fleet.restart()
    setup.api('c1').delete('serviceexports', 'ns/web')
    await setup.fleet.settle()
    expect(addresses(setup)).toEqual([])
    expect(setup.get('c3', 'services', 'ns/amcs-web')).toMatchObject({ spec: { ports: [port] } })
  })
})

describe('hints for zones', () => {
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

  test('need a zone of all endpoints that are served, not of those that were dropped', async () => {
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

  test('stay away while a cluster without zones is not heard', async () => {
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
