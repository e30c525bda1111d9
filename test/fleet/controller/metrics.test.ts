// The metrics of a fleet: propagation times of endpoint changes, conflicts, frozen Services and member watches.
import { describe, expect, test } from 'vitest'
import { memberFamilies } from '../../../src/fleet/member/metrics.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import { type MetricFamily, renderMetrics } from '../../../src/metrics.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  apply,
  createFleet,
  type FleetOptions,
  type TestFleet,
} from '../embedded.ts'

/** c1 exports `web`, all others import it. */
async function userFlow(options: FleetOptions = {}): Promise<TestFleet> {
  const fleet = createFleet(options)
  const [, ...consumers] = [...fleet.apis.keys()]
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web')
  for (const name of consumers) addImport(fleet.api(name), 'web')
  await fleet.settle()
  return fleet
}

const samples = (families: readonly MetricFamily[], name: string) =>
  families.flatMap(({ samples }) => samples).filter(([one]) => one === name)

/** "c1>c2 COUNT SUM" of each pair. */
function propagation({ controller }: TestFleet): readonly string[] {
  const name = 'clusterset_dns_fleet_endpoint_propagation_seconds'
  const sums = samples(controller.families(), `${name}_sum`).map(([, , value]) => value)
  return samples(controller.families(), `${name}_count`).map(
    ([, { source, consumer }, count], i) => `${source}>${consumer} ${count} ${sums[i]}`,
  )
}

describe('the propagation time of endpoint changes', () => {
  test('is from the watch event to the write of the imported slice, for each pair of clusters', async () => {
    let slow = Promise.resolve()
    const fleet = await userFlow({
      clusters: ['c1', 'c2', 'c3'],
      perform: async (member, write, signal) => {
        if (member.name === 'c3') await slow
        return member.write(write, signal)
      },
    })
    expect(propagation(fleet)).toEqual([])
    const { promise, resolve } = Promise.withResolvers<void>()
    slow = promise
    addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
    await new Promise((done) => setImmediate(done))
    fleet.clock.advance(250)
    resolve()
    await fleet.settle()
    expect(propagation(fleet)).toEqual(['c1>c2 1 0', 'c1>c3 1 0.25'])
  })

  test('starts at the first of several changes that were written together', async () => {
    let broken = false
    const fleet = await userFlow({
      perform: async (member, write, signal) => {
        if (broken) throw new ApiError('server_error', 'later')
        return member.write(write, signal)
      },
    })
    broken = true
    addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
    await new Promise((done) => setImmediate(done))
    fleet.clock.advance(100)
    addSlice(fleet.api('c1'), 'web', ['10.1.0.3'])
    await new Promise((done) => setImmediate(done))
    broken = false
    await fleet.settle()
    expect(propagation(fleet)).toEqual(['c1>c2 1 30.1'])
  })

  test('is observed for a deleted slice', async () => {
    const fleet = await userFlow()
    fleet.api('c1').delete('endpointslices', 'ns/web-abcde')
    await fleet.settle()
    expect(propagation(fleet)).toEqual(['c1>c2 1 0'])
  })

  test('is not observed for a change that needs no write, nor for a later write', async () => {
    const fleet = await userFlow()
    const metadata = { name: 'web-abcde', namespace: 'ns', annotations: { note: 'mine' } }
    apply(fleet.api('c1'), 'endpointslices', { metadata })
    await fleet.settle()
    fleet.clock.advance(60_000)
    const [name] = fleet
      .api('c2')
      .list('endpointslices')
      .map((one) => (one.metadata as { name: string }).name)
    fleet.api('c2').delete('endpointslices', `ns/${name}`)
    await fleet.settle()
    expect(fleet.api('c2').list('endpointslices')).toHaveLength(1)
    expect(propagation(fleet)).toEqual([])
  })

  test('is not observed for a change that a list brings', async () => {
    const fleet = await userFlow()
    await fleet.restart([])
    addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
    await fleet.restart()
    await fleet.settle()
    expect(JSON.stringify(fleet.api('c2').list('endpointslices'))).toContain('10.1.0.2')
    expect(propagation(fleet)).toEqual([])
  })

  test('is removed with a member', async () => {
    const fleet = await userFlow({ clusters: ['c1', 'c2', 'c3'] })
    addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
    await fleet.settle()
    fleet.controller.remove(fleet.members[1]!)
    expect(propagation(fleet)).toEqual(['c1>c3 1 0'])
  })
})

describe('the conflict counts', () => {
  /** "SessionAffinityConflict 1" for each count over 0. */
  const conflicts = ({ controller }: TestFleet) =>
    samples(controller.families(), 'clusterset_dns_fleet_conflicts')
      .filter(([, , count]) => count > 0)
      .map(([, { reason }, count]) => `${reason} ${count}`)

  /** c1 and c2 export the Services with different affinities. */
  async function conflictingFleet(names: readonly string[], options: FleetOptions = {}) {
    const fleet = createFleet(options)
    for (const cluster of fleet.apis.keys()) addNamespace(fleet.api(cluster), 'ns')
    for (const name of names) {
      addService(fleet.api('c1'), name)
      addService(fleet.api('c2'), name, { sessionAffinity: 'ClientIP' })
      for (const cluster of ['c1', 'c2']) addExport(fleet.api(cluster), name)
    }
    await fleet.settle()
    return fleet
  }

  test('are numbers of Services by reason, and fall when a conflict ends', async () => {
    const fleet = await conflictingFleet(['one', 'two'])
    expect(conflicts(fleet)).toEqual(['SessionAffinityConflict 2'])
    const odd = { name: 'http', port: 81, protocol: 'TCP' }
    addService(fleet.api('c2'), 'one', { sessionAffinity: 'ClientIP', ports: [odd] })
    await fleet.settle()
    expect(conflicts(fleet)).toEqual(['PortConflict 1', 'SessionAffinityConflict 2'])
    addService(fleet.api('c2'), 'two', { sessionAffinity: 'None' })
    await fleet.settle()
    expect(conflicts(fleet)).toEqual(['PortConflict 1', 'SessionAffinityConflict 1'])
    fleet.api('c1').delete('serviceexports', 'ns/one')
    await fleet.settle()
    expect(conflicts(fleet)).toEqual([])
  })

  test('stay when the cache of aggregated services is cleared', async () => {
    const fleet = await conflictingFleet(['one'])
    fleet.controller.resync()
    expect(conflicts(fleet)).toEqual(['SessionAffinityConflict 1'])
  })

  test('come from the published conditions while a source is unreachable', async () => {
    const fleet = await conflictingFleet(['one'], { mode: 'auto' })
    await fleet.restart(['c2'])
    await fleet.settle()
    expect(conflicts(fleet)).toEqual(['SessionAffinityConflict 1'])
  })

  test('are removed with the members', async () => {
    const fleet = await conflictingFleet(['one'])
    for (const member of fleet.members) fleet.controller.remove(member)
    expect(conflicts(fleet)).toEqual([])
  })

  test('are reported by the leader only', async () => {
    const fleet = await conflictingFleet(['one'], { mayWrite: () => false })
    expect(samples(fleet.controller.families(), 'clusterset_dns_fleet_conflicts')).toEqual([])
  })
})

test('frozen Services are reported by the leader only', async () => {
  let isLeader = true
  const fleet = await userFlow({ mayWrite: () => isLeader })
  await fleet.restart(['c2'])
  await fleet.settle()
  const waiting = () =>
    samples(fleet.controller.families(), 'clusterset_dns_fleet_frozen_services').map(
      ([, { source }, count]) => `${source} ${count}`,
    )
  expect(waiting()).toEqual(['c1 1'])
  isLeader = false
  expect(waiting()).toEqual([])
})

test('members have counts of their objects, the failures of their watches, their memory, the skew of their clocks and the end of their tokens', () => {
  const reader = (exports: number, imports: number, exportedEndpoints: number) => ({
    counts: { exports, imports, exportedEndpoints, importedEndpoints: 7 },
  })
  const failures = new Map([['services', new Map([['forbidden', 2]])]])
  const members = [
    {
      name: 'c1',
      reader: reader(3, 1, 30),
      failures,
      bytes: 1234,
      skewMs: -6500,
      tokenMsLeft: 90_500,
    },
    {
      name: 'c2',
      reader: reader(0, 2, 0),
      failures: new Map(),
      bytes: 0,
      skewMs: 0,
      tokenMsLeft: undefined,
    },
  ]
  expect(renderMetrics(memberFamilies(members))).toBe(
    `# HELP clusterset_dns_fleet_exports ServiceExports of the cluster.
# TYPE clusterset_dns_fleet_exports gauge
clusterset_dns_fleet_exports{cluster="c1"} 3
clusterset_dns_fleet_exports{cluster="c2"} 0
# HELP clusterset_dns_fleet_imports ServiceImports of the cluster.
# TYPE clusterset_dns_fleet_imports gauge
clusterset_dns_fleet_imports{cluster="c1"} 1
clusterset_dns_fleet_imports{cluster="c2"} 2
# HELP clusterset_dns_fleet_endpoints Endpoints that the cluster exports and imports.
# TYPE clusterset_dns_fleet_endpoints gauge
clusterset_dns_fleet_endpoints{cluster="c1",direction="exported"} 30
clusterset_dns_fleet_endpoints{cluster="c2",direction="exported"} 0
clusterset_dns_fleet_endpoints{cluster="c1",direction="imported"} 7
clusterset_dns_fleet_endpoints{cluster="c2",direction="imported"} 7
# HELP clusterset_dns_fleet_watch_errors_total Failures of lists and watches by reason.
# TYPE clusterset_dns_fleet_watch_errors_total counter
clusterset_dns_fleet_watch_errors_total{cluster="c1",resource="services",reason="forbidden"} 2
# HELP clusterset_dns_fleet_member_bytes About how many bytes of memory the objects of the cluster take.
# TYPE clusterset_dns_fleet_member_bytes gauge
clusterset_dns_fleet_member_bytes{cluster="c1"} 1234
clusterset_dns_fleet_member_bytes{cluster="c2"} 0
# HELP clusterset_dns_fleet_clock_skew_seconds Seconds by which the clock of the API server is ahead of ours.
# TYPE clusterset_dns_fleet_clock_skew_seconds gauge
clusterset_dns_fleet_clock_skew_seconds{cluster="c1"} -6.5
clusterset_dns_fleet_clock_skew_seconds{cluster="c2"} 0
# HELP clusterset_dns_fleet_token_remaining_seconds Seconds until the token that is used for the cluster ends.
# TYPE clusterset_dns_fleet_token_remaining_seconds gauge
clusterset_dns_fleet_token_remaining_seconds{cluster="c1"} 90.5
`,
  )
})
