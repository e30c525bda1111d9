// The responses of /healthz, /readyz and /metrics of the fleet.
import { expect, test } from 'vitest'
import { fleetProbes } from '../../src/cli/fleet-probes.ts'

const east = { name: 'east', synced: true, lastError: '' }
const west = { name: 'west', synced: false, lastError: 'it cannot be reached' }

function ask(path: '/healthz' | '/readyz' | '/metrics', state = {}, members = [east, west]) {
  const fleet = { lastError: '', leader: 'pod-1', clusters: { members }, ...state }
  return fleetProbes(fleet, () => 'a 1\n')[path]!()
}

test.each([
  {
    name: 'ready with one of two members synced',
    status: 200,
    body: 'leader: pod-1\neast: in sync\nwest: not in sync: it cannot be reached\n',
  },
  {
    name: 'ready without being the leader',
    state: { leader: '' },
    members: [east],
    status: 200,
    body: 'leader: none yet\neast: in sync\n',
  },
  {
    name: 'not ready without the hub',
    state: { lastError: 'RBAC forbids us to list leases' },
    members: [east],
    status: 503,
    body: 'hub: RBAC forbids us to list leases\neast: in sync\n',
  },
  {
    name: 'not ready while no member is synced',
    members: [west],
    status: 503,
    body: 'leader: pod-1\nwest: not in sync: it cannot be reached\n',
  },
  { name: 'not ready without members', members: [], status: 503, body: 'leader: pod-1\n' },
])('$name', ({ state, members, status, body }) => {
  expect(ask('/readyz', state, members)).toEqual({ status, body })
})

test('/healthz is ok without the hub and the members', () => {
  const alive = { status: 200, body: 'ok\n' }
  expect(ask('/healthz')).toEqual(alive)
  expect(ask('/healthz', { lastError: 'the hub is away' }, [west])).toEqual(alive)
})

test('/metrics has the content type of the Prometheus text format', () => {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8'
  expect(ask('/metrics')).toEqual({ status: 200, contentType, body: 'a 1\n' })
})
