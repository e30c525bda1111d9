// The responses of /healthz, /readyz and /metrics of the fleet.
import { expect, test } from 'vitest'
import { fleetProbes } from '../../src/cli/fleet-probes.ts'

const hubError = 'https://me:secret@10.0.0.1 cannot be reached'
const east = { name: 'east', synced: true, lastError: '' }
const west = { name: 'west', synced: false, lastError: 'https://10.0.0.2 cannot be reached' }

function ask(path: '/healthz' | '/readyz' | '/metrics', lastError = '', members = [east, west]) {
  const fleet = { lastError, leader: 'pod-1', clusters: { members } }
  return fleetProbes(fleet, () => 'a 1\n')[path]!()
}

// Any pod may ask: no error, address or name of a cluster or replica.
test.each([
  ['ready with one of two members synced', '', [east, west], 200, 'ok\n'],
  [
    'not ready without the hub',
    hubError,
    [east],
    503,
    'not ready: the hub cannot be used; the log has the reason\n',
  ],
  [
    'not ready while no member is synced',
    '',
    [west],
    503,
    'not ready: no member is in sync; the log has the reason\n',
  ],
  [
    'not ready without members',
    '',
    [],
    503,
    'not ready: no member is in sync; the log has the reason\n',
  ],
])('%s', (_, lastError, members, status, body) => {
  expect(ask('/readyz', lastError, members)).toEqual({ status, body })
})

test('/healthz is ok without the hub and the members', () => {
  const alive = { status: 200, body: 'ok\n' }
  expect(ask('/healthz')).toEqual(alive)
  expect(ask('/healthz', hubError, [west])).toEqual(alive)
})

test('/metrics has the content type of the Prometheus text format', () => {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8'
  expect(ask('/metrics')).toEqual({ status: 200, contentType, body: 'a 1\n' })
})
