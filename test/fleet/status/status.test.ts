// The status of a fleet: what is said of each cluster, of conflicts, and of the whole.
import { describe, expect, test } from 'vitest'
import { problemOf, watchProblem } from '../../../src/fleet/member/problem.ts'
import {
  type LeaderView,
  memberStatus,
  type ObservedMember,
} from '../../../src/fleet/status/cluster-status.ts'
import { conflictsOf } from '../../../src/fleet/status/conflicts.ts'
import { fleetStatus, type Observation } from '../../../src/fleet/status/status.ts'
import { ApiError, type ErrorReason } from '../../../src/kube/api-error.ts'
import { exportView } from '../fixtures.ts'

const error = (reason: ErrorReason) => new ApiError(reason, `it is ${reason}`)
const problem = (reason: ErrorReason, resource = 'services') => problemOf(error(reason), resource)

const observed = (change: Partial<ObservedMember> = {}): ObservedMember => ({
  name: 'east',
  id: 'east',
  synced: true,
  problem: undefined,
  skewMs: -1500,
  counts: { exports: 1, imports: 2, exportedEndpoints: 3, importedEndpoints: 4 },
  mcsVersions: new Map([['serviceexports', 'v1alpha1']]),
  kubernetes: 'v1.36.3',
  ...change,
})
const view = (change: Partial<LeaderView> = {}): LeaderView => ({
  phase: 'fresh',
  answers: true,
  queued: 0,
  retrying: 0,
  ...change,
})

describe('the problem of a member', () => {
  test.each([
    ['unreachable', 'services', 'away', 'API_UNREACHABLE'],
    ['timeout', 'services', 'away', 'API_UNREACHABLE'],
    ['idle', 'services', 'away', 'API_UNREACHABLE'],
    ['tls', '', 'away', 'API_UNREACHABLE'],
    ['unauthorized', '', 'forbidden', 'API_UNAUTHORIZED'],
    ['forbidden', 'services', 'forbidden', 'API_FORBIDDEN'],
    ['not_found', 'serviceexports', 'crds-missing', 'API_NOT_FOUND'],
    ['not_found', 'services', 'failed', 'API_NOT_FOUND'],
    ['too_large', 'services', 'failed', 'API_TOO_LARGE'],
    ['server_error', 'services', 'failed', 'API_STATUS'],
  ] as const)('%s for %j is %s', (reason, resource, kind, code) => {
    expect(problem(reason, resource)).toEqual({ kind, code, message: `it is ${reason}` })
  })

  test('of several failing watches, a cluster that cannot be reached comes first, then its CRDs', () => {
    const kinds = (errors: readonly (readonly [string, ErrorReason])[]) =>
      watchProblem(new Map(errors.map(([resource, reason]) => [resource, error(reason)])))?.kind
    expect(kinds([])).toBeUndefined()
    expect(
      kinds([
        ['services', 'forbidden'],
        ['serviceexports', 'not_found'],
      ]),
    ).toBe('crds-missing')
    expect(
      kinds([
        ['serviceexports', 'not_found'],
        ['services', 'unreachable'],
      ]),
    ).toBe('away')
  })
})

describe('the state of a cluster', () => {
  test.each<
    [string, Partial<ObservedMember>, 'no' | 'asked' | 'done', LeaderView | undefined, string]
  >([
    ['synced', {}, 'no', undefined, 'ready'],
    ['synced, and it answers', {}, 'no', view(), 'ready'],
    ['synced, but its probes fail', {}, 'no', view({ answers: false }), 'away'],
    ['synced, but its watches fail', { problem: problem('unreachable') }, 'no', view(), 'away'],
    [
      'synced, but its CRDs were deleted',
      { problem: problem('not_found', 'serviceimports') },
      'no',
      view({ answers: false }),
      'crds-missing',
    ],
    ['it is leaving', {}, 'asked', undefined, 'leaving'],
    ['it has left, and is away', { problem: problem('timeout') }, 'done', undefined, 'left'],
  ])('%s', (_, change, leave, leads, expected) => {
    const status = memberStatus(observed(change), undefined, leave, leads)
    expect(status.state).toBe(expected)
    expect(status.message === '').toBe(expected === 'ready')
  })

  test('has what is known, and null for what only the leader knows', () => {
    const unknown = { phase: null, queued: null, retrying: null }
    const known = {
      name: 'east',
      id: 'east',
      hub: true,
      state: 'ready',
      code: '',
      message: '',
      synced: true,
      clockSkewSeconds: -1.5,
      kubernetes: 'v1.36.3',
      crds: { serviceexports: 'v1alpha1', serviceimports: '' },
      exports: 1,
      imports: 2,
      endpoints: { exported: 3, imported: 4 },
    }
    expect(memberStatus(observed(), 'east', 'no', undefined)).toEqual({ ...known, ...unknown })
    const leads = view({ phase: 'suspect', queued: 5, retrying: 6 })
    const led = { phase: 'suspect', queued: 5, retrying: 6 }
    expect(memberStatus(observed(), 'east', 'no', leads)).toEqual({ ...known, ...led })
  })

  test('has no clock skew before it was reached', () => {
    const member = observed({ id: undefined, problem: problem('unreachable') })
    expect(memberStatus(member, undefined, 'no', undefined)).toMatchObject({
      id: null,
      clockSkewSeconds: null,
    })
  })
})

describe('conflicts', () => {
  const conflict = (
    cluster: string,
    name: string,
    reason: string,
    status: 'True' | 'False' = 'True',
  ) =>
    exportView({
      cluster,
      name,
      conditions: [
        { type: 'Conflict', status, reason, message: `${cluster} says`, lastTransitionTime: '' },
      ],
    })

  test('are those of the conditions, one entry for each service', () => {
    expect(
      conflictsOf([
        conflict('c2', 'web', 'PortConflict,TypeConflict'),
        conflict('c1', 'web', 'PortConflict'),
        conflict('c1', 'api', 'LabelsConflict'),
        conflict('c1', 'fine', 'NoConflicts', 'False'),
        exportView({ name: 'new' }),
      ]),
    ).toEqual([
      { service: 'ns/api', reasons: ['LabelsConflict'], clusters: ['c1'], message: 'c1 says' },
      {
        service: 'ns/web',
        reasons: ['PortConflict', 'TypeConflict'],
        clusters: ['c1', 'c2'],
        message: 'c2 says',
      },
    ])
  })

  test('are at most 500', () => {
    const many = Array.from({ length: 501 }, (_, i) => conflict('c1', `web-${i}`, 'PortConflict'))
    expect(conflictsOf(many)).toHaveLength(500)
  })
})

describe('the fleet', () => {
  const hub = { name: 'in-cluster', member: null, reached: true, message: '' }
  const record = (id: string, leave: 'no' | 'asked' | 'done') => [id, { id, leave }] as const
  const seen = (change: Partial<Observation> = {}): Observation => ({
    wall: Date.UTC(2026, 0, 1),
    version: '1',
    hub,
    leader: { holder: 'r1', renewed: '' },
    members: [observed()],
    records: new Map([record('east', 'no')]),
    refused: new Map(),
    exports: [],
    observer: 'command',
    knowledge: undefined,
    ...change,
  })

  test.each<[string, Partial<Observation>, boolean]>([
    ['all clusters are ready', {}, true],
    ['the hub cannot be used', { hub: { ...hub, reached: false } }, false],
    ['there is no cluster', { members: [], records: new Map() }, false],
    ['a cluster is away', { members: [observed({ problem: problem('timeout') })] }, false],
    [
      'a cluster has left',
      { records: new Map([record('east', 'no'), record('old', 'done')]) },
      true,
    ],
    ['all clusters have left', { records: new Map([record('east', 'done')]) }, false],
    ['a cluster is leaving', { records: new Map([record('east', 'asked')]) }, false],
    [
      'the hub records a cluster that nobody configured',
      { records: new Map([record('east', 'no'), record('old', 'no')]) },
      false,
    ],
  ])('%s: healthy is right', (_, change, healthy) => {
    expect(fleetStatus(seen(change)).healthy).toBe(healthy)
  })

  test('a cluster whose Secret is refused is listed with the reason, once', () => {
    const refused = new Map([
      ['new', 'Secret a: why'],
      ['old', 'Secret b: why'],
    ])
    const records = new Map([record('east', 'no'), record('old', 'no')])
    const { clusters, healthy } = fleetStatus(seen({ refused, records }))
    expect(healthy).toBe(false)
    expect(clusters.map(({ name, state, message }) => `${name} ${state} ${message}`)).toEqual([
      'east ready ',
      'new failed Secret a: why',
      'old failed Secret b: why',
    ])
  })

  test('a member whose id comes from its ClusterProperty is found in the records', () => {
    const members = [observed({ name: 'configured', id: 'property' })]
    const records = new Map([record('property', 'done')])
    const { clusters } = fleetStatus(seen({ members, records }))
    expect(clusters.map(({ name, state }) => `${name} ${state}`)).toEqual(['configured left'])
  })

  test('a cluster that left and is no member any more is listed', () => {
    const records = new Map([record('east', 'no'), record('old', 'done')])
    const { clusters } = fleetStatus(seen({ records }))
    expect(clusters.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'east ready',
      'old left',
    ])
  })
})
