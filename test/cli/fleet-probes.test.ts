// The responses of /healthz, /readyz, /metrics, /status.json and /explain.json of the fleet.
import { expect, test } from 'vitest'
import { fleetProbes } from '../../src/cli/fleet-probes.ts'
import type { ExplainRequest } from '../../src/fleet/explain/watched.ts'
import type { ClusterState, FleetStatus } from '../../src/fleet/status/document.ts'

const hubError = 'https://me:secret@10.0.0.1 cannot be reached'
const east = { name: 'east', synced: true, lastError: '' }
const west = { name: 'west', synced: false, lastError: 'https://10.0.0.2 cannot be reached' }

const known = { listen: ':8090', hosts: [] }

async function ask(
  path: '/healthz' | '/readyz' | '/metrics' | '/status.json' | '/explain.json',
  lastError = '',
  members = [east, west],
  states: readonly ClusterState[] = [],
  client = '10.1.0.7',
  query = '',
  host = '127.0.0.1:8090',
) {
  const fleet = {
    lastError,
    clusters: { members },
    // As the method of a Fleet, it needs its object.
    states() {
      return this.clusters.members === members ? states : []
    },
  }
  const status = async () => ({ kind: 'FleetStatus' }) as FleetStatus
  const explain = ({ namespace, name, from }: ExplainRequest) => {
    return { namespace, name, zone: '', links: [], clusters: [from ?? 'all'], answers: [] }
  }
  const routes = fleetProbes({ fleet, metrics: () => 'a 1\n', status, explain, known })
  return await routes[path]!({
    method: 'GET',
    client,
    query: new URLSearchParams(query),
    headers: { host },
  })
}

// Any pod may ask: no error, address or name of a cluster or replica.
test.each<[string, string, readonly (typeof east)[], readonly ClusterState[], number, string]>([
  [
    'ready with one of two members synced',
    '',
    [east, west],
    ['ready', 'away'],
    200,
    'ok\nclusters: 2\n  1 ready\n  1 away: they cannot be reached\n',
  ],
  [
    'ready while a synced member is away: its objects are kept',
    '',
    [east],
    ['away'],
    200,
    'ok\nclusters: 1\n  1 away: they cannot be reached\n',
  ],
  [
    'ready, with a line for each state that occurs',
    '',
    [east, west],
    ['left', 'crds-missing', 'ready', 'left', 'forbidden', 'failed', 'starting', 'leaving'],
    200,
    `ok
clusters: 8
  1 ready
  1 starting: their objects are being read
  1 without the CRDs of the MCS API
  1 with missing permissions or refused credentials
  1 failing
  1 leaving
  2 left
`,
  ],
  [
    'not ready without the hub',
    hubError,
    [east],
    ['ready'],
    503,
    'not ready: the hub cannot be used; the log has the reason\nclusters: 1\n  1 ready\n',
  ],
  [
    'not ready while no member is synced',
    '',
    [west],
    ['starting'],
    503,
    'not ready: no member is in sync; the log has the reason\nclusters: 1\n  1 starting: their objects are being read\n',
  ],
  [
    'not ready without members',
    '',
    [],
    [],
    503,
    'not ready: no member is in sync; the log has the reason\nclusters: 0\n',
  ],
])('%s', async (_, lastError, members, states, status, body) => {
  expect(await ask('/readyz', lastError, [...members], states)).toEqual({ status, body })
})

test('/healthz is ok without the hub and the members', async () => {
  const alive = { status: 200, body: 'ok\n' }
  expect(await ask('/healthz')).toEqual(alive)
  expect(await ask('/healthz', hubError, [west])).toEqual(alive)
})

test('/metrics has the content type of the Prometheus text format', async () => {
  const contentType = 'text/plain; version=0.0.4; charset=utf-8'
  expect(await ask('/metrics')).toEqual({ status: 200, contentType, body: 'a 1\n' })
})

test.each([
  ['127.0.0.1', 200],
  ['10.1.0.7', 403],
])('/status.json to %s: %i', async (client, expected) => {
  const { status, body } = await ask('/status.json', '', [east], [], client)
  expect(status).toBe(expected)
  if (expected === 200) expect(JSON.parse(String(body))).toEqual({ kind: 'FleetStatus' })
  else expect(body).toMatch(/^only for 127\.0\.0\.1: kubectl .* port-forward/)
})

test.each([
  ['/status.json', 403],
  ['/explain.json', 403],
  ['/metrics', 200],
  ['/readyz', 200],
] as const)('%s with a foreign name in the Host header: %i', async (path, status) => {
  const reply = await ask(path, '', [east], [], '127.0.0.1', '', 'evil.example')
  expect(reply.status).toBe(status)
})

test.each([
  ['127.0.0.1', 'namespace=shop&name=web', 200, '"name": "web"'],
  ['127.0.0.1', 'namespace=shop&name=web&from=west', 200, '"west"'],
  ['127.0.0.1', 'namespace=shop', 400, 'use ?namespace=NAMESPACE&name=SERVICE'],
  ['10.1.0.7', 'namespace=shop&name=web', 403, 'only for 127.0.0.1'],
])('/explain.json to %s with %s: %i', async (client, query, status, text) => {
  const reply = await ask('/explain.json', '', [east], [], client, query)
  expect(reply.status).toBe(status)
  expect(reply.body).toContain(text)
})
