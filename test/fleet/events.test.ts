// Events in the clusters of a fleet: one for each change that the owner of an export or import needs to see, and no
// others.
import { describe, expect, test } from 'vitest'
import type { LeasePhase } from '../../src/fleet/api/types.ts'
import { nestedObject, stringOf } from '../../src/fleet/api/unstructured.ts'
import { noRecords } from '../../src/fleet/merge/membership.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
  type FleetOptions,
  type TestFleet,
} from './embedded.ts'

/** c1 exports `web`, c2 imports it. */
async function userFlow(options: FleetOptions = {}): Promise<TestFleet> {
  const fleet = createFleet(options)
  for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  return fleet
}

/** The Events that `act` causes, as "c1 Normal Exported ServiceExport", in the order of clusters. */
async function eventsDuring(fleet: TestFleet, act: () => unknown) {
  const before = new Map([...fleet.apis].map(([name, { events }]) => [name, events.length]))
  await act()
  await fleet.settle()
  return [...fleet.apis].flatMap(([name, { events }]) =>
    events.slice(before.get(name)).map((event) => {
      const { kind } = nestedObject(event, 'involvedObject')
      return `${name} ${event.type} ${event.reason} ${kind}`
    }),
  )
}

describe('a changed condition creates one Event', () => {
  test('in the order of a user’s first steps', async () => {
    const fleet = createFleet()
    expect(
      await eventsDuring(fleet, () => {
        for (const name of fleet.apis.keys()) addNamespace(fleet.api(name), 'ns')
        addImport(fleet.api('c2'), 'web')
        addExport(fleet.api('c1'), 'web')
      }),
    ).toEqual(['c1 Warning NoService ServiceExport', 'c2 Normal Pending ServiceImport'])
    expect(await eventsDuring(fleet, () => addService(fleet.api('c1'), 'web'))).toEqual([
      'c1 Normal Exported ServiceExport',
      'c2 Normal Ready ServiceImport',
    ])
    const other = { type: 'Headless' }
    expect(await eventsDuring(fleet, () => addImport(fleet.api('c2'), 'web', other))).toEqual([
      'c2 Warning TypeMismatch ServiceImport',
    ])
    expect(await eventsDuring(fleet, () => addImport(fleet.api('c2'), 'web'))).toEqual([
      'c2 Normal Ready ServiceImport',
    ])
    expect(
      await eventsDuring(fleet, () => fleet.api('c1').delete('serviceexports', 'ns/web')),
    ).toEqual(['c2 Warning Pending ServiceImport'])
  })

  test('when a conflict starts and ends', async () => {
    const fleet = await userFlow()
    addService(fleet.api('c2'), 'web', { sessionAffinity: 'ClientIP' })
    expect(await eventsDuring(fleet, () => addExport(fleet.api('c2'), 'web'))).toEqual([
      'c1 Warning SessionAffinityConflict ServiceExport',
      'c2 Normal Exported ServiceExport',
      'c2 Warning SessionAffinityConflict ServiceExport',
    ])
    const same = { sessionAffinity: 'None' }
    expect(await eventsDuring(fleet, () => addService(fleet.api('c2'), 'web', same))).toEqual([
      'c1 Normal NoConflicts ServiceExport',
      'c2 Normal NoConflicts ServiceExport',
    ])
  })

  test('when another Service has the derived name', async () => {
    const fleet = createFleet()
    addNamespace(fleet.api('c2'), 'ns')
    addService(fleet.api('c2'), 'amcs-web')
    expect(await eventsDuring(fleet, () => addImport(fleet.api('c2'), 'web'))).toEqual([
      'c2 Warning NameConflict ServiceImport',
    ])
  })

  test('when a source expires and is reachable again', async () => {
    let phase: LeasePhase = 'fresh'
    const fleet = await userFlow({ membership: () => ({ ...noRecords, phase: () => phase }) })
    const setPhase = (next: LeasePhase) =>
      eventsDuring(fleet, () => {
        phase = next
        fleet.controller.resync()
      })
    expect(await setPhase('expired')).toEqual(['c2 Warning EndpointsKept ServiceImport'])
    expect(fleet.api('c2').events.at(-1)?.message).toBe(
      'Endpoints of unreachable clusters are kept: c1.',
    )
    expect(await setPhase('fresh')).toEqual(['c2 Normal SourcesReached ServiceImport'])
  })

  test('that names the object version after the write, and this replica', async () => {
    const fleet = await userFlow({ replica: 'host_1' })
    const [event] = fleet.api('c1').events
    const { uid, resourceVersion } = nestedObject(
      fleet.get('c1', 'serviceexports', 'ns/web'),
      'metadata',
    )
    expect(event).toMatchObject({
      reportingInstance: 'host_1',
      involvedObject: { name: 'web', uid, resourceVersion },
    })
    expect(stringOf(nestedObject(event, 'metadata').name)).toMatch(/^web\.[0-9a-f]{16}$/)
  })
})

describe('no Event is created', () => {
  test('without a change of a condition', async () => {
    const fleet = await userFlow()
    expect(await eventsDuring(fleet, () => addSlice(fleet.api('c1'), 'web', ['10.1.0.2']))).toEqual(
      [],
    )
    expect(await eventsDuring(fleet, () => fleet.controller.resync())).toEqual([])
    const metadata = { annotations: { note: 'mine' } }
    expect(
      await eventsDuring(fleet, () => addExport(fleet.api('c1'), 'web', { metadata })),
    ).toEqual([])
  })

  test('by a new controller that has nothing to change', async () => {
    const fleet = await userFlow()
    expect(await eventsDuring(fleet, () => fleet.restart())).toEqual([])
  })

  test('while another replica leads', async () => {
    const fleet = createFleet({ mayWrite: () => false })
    expect(
      await eventsDuring(fleet, () => {
        addNamespace(fleet.api('c1'), 'ns')
        addExport(fleet.api('c1'), 'web')
      }),
    ).toEqual([])
  })

  test('in a cluster that does not store conditions', async () => {
    const fleet = createFleet({
      perform: (member, write, signal) => {
        const isStatus = write.action === 'patch' && write.subresource === 'status'
        return member.write(isStatus ? { ...write, body: { status: {} } } : write, signal)
      },
    })
    addNamespace(fleet.api('c1'), 'ns')
    expect(await eventsDuring(fleet, () => addExport(fleet.api('c1'), 'web'))).toEqual([])
  })

  test('again when another writer removes the condition', async () => {
    const fleet = await userFlow()
    const status = { conditions: [] }
    const undo = () =>
      fleet.api('c1').patch('serviceexports', 'ns/web', { status }, 'other', 'status')
    const before = fleet.writes.length
    expect(await eventsDuring(fleet, undo)).toEqual([])
    expect(fleet.writes.slice(before)).toEqual(['c1 patch serviceexports ns/web'])
  })
})

test('an address that two clusters have creates one Event on each import', async () => {
  const fleet = await userFlow({ clusters: ['c1', 'c2', 'c3'] })
  addImport(fleet.api('c3'), 'web')
  addService(fleet.api('c2'), 'web')
  addSlice(fleet.api('c2'), 'web', ['10.1.0.1', '10.1.0.2'])
  await fleet.settle()
  expect(await eventsDuring(fleet, () => addExport(fleet.api('c2'), 'web'))).toEqual([
    'c2 Warning SharedAddress ServiceImport',
    'c2 Normal Exported ServiceExport',
    'c3 Warning SharedAddress ServiceImport',
  ])
  expect(fleet.api('c3').events.at(-1)?.message).toBe(
    'The clusters c1 and c2 have endpoints with the same address. All are served, and traffic goes ' +
      'wherever the network routes it. Pod networks of a clusterset must not overlap.',
  )
  expect(await eventsDuring(fleet, () => fleet.controller.resync())).toEqual([])
})

test('Events that fail are not retried and do not affect writes', async () => {
  let tries = 0
  const fleet = await userFlow({
    report: async () => {
      tries++
      throw new ApiError('forbidden', 'RBAC forbids us to create events')
    },
  })
  expect(nestedObject(fleet.get('c2', 'serviceimports', 'ns/web'), 'status').clusters).toHaveLength(
    1,
  )
  expect(tries).toBe(2)
  expect(fleet.lines.filter((line) => !/DEBUG|INFO/.test(line))).toEqual([])
  expect(fleet.lines.join('\n')).toMatch(/Event Ready of ns\/web was not created: RBAC forbids us/)
  const samples = fleet.controller
    .families()
    .find(({ name }) => name === 'clusterset_dns_fleet_events_total')?.samples
  expect(samples).toContainEqual([
    'clusterset_dns_fleet_events_total',
    { cluster: 'c2', result: 'forbidden' },
    1,
  ])
})

test('Events that hang do not block writes', async () => {
  const fleet = await userFlow({ report: () => new Promise(() => {}) })
  addSlice(fleet.api('c1'), 'web', ['10.1.0.2'])
  await fleet.settle()
  expect(JSON.stringify(fleet.api('c2').list('endpointslices'))).toContain('10.1.0.2')
})
