// What a dry run shows for the hub.
import { expect, test } from 'vitest'
import { type HubState, hubChanges } from '../../src/cli/hub-changes.ts'
import { leaseFromObject } from '../../src/fleet/hub/lease.ts'
import { recordOf } from '../../src/fleet/hub/roster.ts'
import { memberLease } from '../support/fake-member.ts'

const west = { id: 'west', uid: '2', created: '2026-01-01T00:00:00Z' }

function record(uid: string, leave?: 'asked' | 'done', created = west.created) {
  const { metadata } = memberLease('west', uid, leave) as { metadata: { annotations: object } }
  const annotations = { ...metadata.annotations, 'clusterset-dns.io/cluster-created': created }
  return recordOf(leaseFromObject({ metadata: { ...metadata, name: 'member-west', annotations } }))
}

const AT = 'metadata.annotations[clusterset-dns.io'

test.each<[string, Partial<HubState>, unknown]>([
  ['of a whole fleet nothing', {}, []],
  [
    'a namespace that does not exist',
    { hasNamespace: false },
    [{ action: 'create', resource: 'namespaces', namespace: '', name: 'clusterset-dns-fleet' }],
  ],
  ["the leader's Lease", { hasLeaderLease: false }, [{ action: 'create', name: 'fleet-leader' }]],
  [
    'the Lease of a new member',
    { records: new Map() },
    [{ action: 'create', resource: 'leases', name: 'member-west' }],
  ],
  ['nothing of a member that was not reached', { records: new Map(), members: [] }, []],
  [
    'the UID of a cluster that may join again',
    { records: new Map([['west', record('')]]) },
    [{ action: 'change', fields: [{ path: `${AT}/cluster-uid]`, from: '', to: '2' }] }],
  ],
  ['nothing of a member that has left', { records: new Map([['west', record('', 'done')]]) }, []],
  [
    'the end of a departure',
    { records: new Map([['west', record('2', 'asked')]]) },
    [{ action: 'change', fields: [{ path: `${AT}/leave]`, from: 'asked', to: 'done' }] }],
  ],
  [
    'a token that is to be renewed, without the token',
    { dueSecrets: ['member-west'] },
    [{ action: 'change', resource: 'secrets', fields: [{ path: 'data.kubeconfig' }] }],
  ],
])('the hub gets %s', (_, change, wanted) => {
  const state: HubState = {
    hasNamespace: true,
    hasLeaderLease: true,
    records: new Map([['west', record('2')]]),
    members: [west],
    dueSecrets: [],
    ...change,
  }
  expect(hubChanges(state)).toMatchObject(wanted as object)
  expect(hubChanges(state)).toHaveLength((wanted as unknown[]).length)
})
