// The facts of a running fleet: what it watches, and what is wrong with its members.
import { expect, test } from 'vitest'
import { defaultExportLimits } from '../../../src/fleet/api/export-limits.ts'
import { openPolicy } from '../../../src/fleet/api/member-policy.ts'
import { explainObjects, firstBroken } from '../../../src/fleet/explain/explain.ts'
import { watchedFacts } from '../../../src/fleet/explain/watched.ts'
import { clusterFacts, east, NOW, west } from './facts.ts'

type Watched = Parameters<typeof watchedFacts>[0]
type Member = Watched['members'][number]

const lease = {
  holder: 'replica-1',
  renewTime: new Date(NOW - 2000).toISOString(),
  durationSeconds: 15,
}
const versions = new Map([
  ['serviceexports', 'v1beta1'],
  ['serviceimports', 'v1beta1'],
])
const member = (name: string, change: Partial<Member> = {}): Member => ({
  name,
  id: name,
  problem: undefined,
  synced: true,
  mcsVersions: versions,
  snapshot: (name === 'east' ? east() : west()).snapshot,
  policy: openPolicy,
  ...change,
})
const explained = (change: Partial<Watched> = {}) =>
  explainObjects(
    watchedFacts({
      request: { namespace: 'ns', name: 'web', from: undefined },
      wall: NOW,
      members: [member('east'), member('west')],
      leader: lease,
      records: ['east', 'west'].map((id) => ({ id, uid: '', leave: 'no' as const, lease })),
      importMode: 'manual',
      exportLimits: defaultExportLimits,
      ...change,
    }),
  )

test('a whole service has no broken link, and the answer that DNS has to give', () => {
  const { links, answers, clusters } = explained()
  expect(links.filter(({ state }) => !['holds', 'unseen'].includes(state))).toEqual([])
  expect(answers).toEqual([
    { cluster: 'west', kubectl: 'kubectl --context west', addresses: ['10.96.0.7'] },
  ])
  expect(clusters).toEqual(['east', 'west'])
})

test('the limits of exports are those of the fleet', () => {
  const imported = west().snapshot.imported.map((slice) => {
    return { ...slice, endpoints: slice.endpoints.slice(0, 1) }
  })
  const one = member('west', { snapshot: { ...west().snapshot, imported } })
  const exportLimits = { ...defaultExportLimits, endpoints: 1 }
  const { links } = explained({ members: [member('east'), one], exportLimits })
  expect(links.find(({ id }) => id === 'slices')).toMatchObject({
    state: 'warning',
    text: expect.stringContaining('10.1.0.22 (over the exportLimits)'),
  })
})

test.each<[string, Partial<Watched>, object]>([
  [
    'a member that is away',
    {
      members: [member('east', { problem: { kind: 'away', message: 'refused' } }), member('west')],
    },
    { id: 'cluster', at: 'east', text: 'east does not answer: refused.' },
  ],
  [
    'a source that is away, though no import names it yet,',
    {
      members: [
        member('east', { problem: { kind: 'away', message: 'refused' } }),
        member('west', { snapshot: { ...west().snapshot, import: undefined, imported: [] } }),
      ],
    },
    { id: 'cluster', at: 'east' },
  ],
  [
    'a CRD that is missing',
    {
      members: [
        member('east'),
        member('west', {
          problem: { kind: 'crds-missing', message: '404' },
          mcsVersions: new Map([['serviceexports', 'v1beta1']]),
        }),
      ],
    },
    { id: 'crds', at: 'west', text: expect.stringContaining('serviceimports') },
  ],
  [
    'a permission that is missing',
    {
      members: [
        member('east', { problem: { kind: 'forbidden', message: 'RBAC forbids us to list' } }),
        member('west'),
      ],
    },
    {
      id: 'rights',
      at: 'east',
      text: 'east refuses the account of the fleet: RBAC forbids us to list.',
    },
  ],
  [
    'a cluster that is leaving',
    {
      records: [
        { id: 'east', uid: '', leave: 'asked', lease },
        { id: 'west', uid: '', leave: 'no', lease },
      ],
    },
    { id: 'fleet', at: 'east', text: 'east has left the fleet.' },
  ],
  [
    'a leader that never renewed its Lease',
    { leader: { ...lease, renewTime: '' } },
    {
      id: 'fleet',
      at: 'the hub',
      text: expect.stringContaining('replica-1 never renewed its Lease'),
    },
  ],
  [
    'a member that was never reached',
    {
      records: [
        { id: 'east', uid: '', leave: 'no', lease: { ...lease, renewTime: '' } },
        { id: 'west', uid: '', leave: 'no', lease },
      ],
    },
    { id: 'fleet', at: 'east', text: 'The fleet has never reached east.' },
  ],
  [
    'a leader that renews no more',
    { wall: NOW + 60_000 },
    { id: 'fleet', text: expect.stringContaining('no fleet runs') },
  ],
])('%s is the first broken link', (_name, change, link) => {
  expect(firstBroken(explained(change))).toMatchObject(link)
})

/** A member of which nothing was read yet. */
const unsynced = (name: string, kind: string, message: string) => {
  const empty = clusterFacts(name, { namespace: undefined }).snapshot
  return member(name, { synced: false, problem: { kind, message }, snapshot: empty })
}

test.each([
  ['starting', '', 'its objects are being read.'],
  ['starting', 'ECONNRESET', 'its objects are being read: ECONNRESET.'],
])('a member that is %s (%j) cannot be looked at', (kind, message, text) => {
  const { links } = explained({ members: [member('east'), unsynced('west', kind, message)] })
  expect(links.filter(({ state }) => state === 'broken')).toEqual([])
  const failures = links.filter(({ state, at }) => state === 'failed' && at === 'west')
  for (const resource of ['namespaces', 'serviceimports', 'services', 'endpointslices']) {
    const expected = `${resource} cannot be read: ${text}`
    expect(failures).toContainEqual(expect.objectContaining({ text: expected }))
  }
})

test('a member that refuses us from the start is not said to lack objects', () => {
  const { links } = explained({
    members: [member('east'), unsynced('west', 'forbidden', 'RBAC forbids us to list')],
  })
  expect(links.filter(({ state }) => state === 'broken')).toMatchObject([
    { id: 'rights', at: 'west' },
  ])
})

test('a member that refuses us later has the objects that were read', () => {
  const problem = { kind: 'forbidden', message: 'RBAC forbids us to list' }
  const { links } = explained({ members: [member('east'), member('west', { problem })] })
  expect(links).toContainEqual(
    expect.objectContaining({ id: 'import', at: 'west', state: 'holds' }),
  )
})
