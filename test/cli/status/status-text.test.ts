// The status of a fleet as text.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { paintFor } from '../../../src/cli/colour.ts'
import { statusLines } from '../../../src/cli/status/status-text.ts'
import type { ClusterStatus, FleetStatus } from '../../../src/fleet/status/document.ts'
import { clusterStatus, fullStatus } from '../../support/status-document.ts'

const plain = paintFor(new PassThrough(), {})

const east: ClusterStatus = {
  ...clusterStatus,
  id: 'east-id',
  clockSkewSeconds: 0.04,
  exports: 3,
  endpoints: { exported: 30, imported: 2 },
  retrying: 1,
}
const west: ClusterStatus = {
  ...east,
  name: 'west',
  id: null,
  hub: false,
  state: 'away',
  code: 'API_UNREACHABLE',
  message: 'https://10.0.0.2: ECONNREFUSED\u001b[2J',
  synced: false,
  phase: 'suspect',
  clockSkewSeconds: null,
  kubernetes: '',
  crds: { serviceexports: '', serviceimports: '' },
  exports: 0,
  imports: 0,
  endpoints: { exported: 0, imported: 0 },
  retrying: 0,
}
const status: FleetStatus = {
  ...fullStatus,
  time: '2026-01-01T00:00:05.000Z',
  healthy: false,
  hub: { name: 'kubeconfig /k context east', member: 'east', reached: true, message: '' },
  leader: { holder: 'host_1', renewed: '2026-01-01T00:00:03.000000Z' },
  clusters: [east, west],
  conflicts: [
    {
      service: 'ns/web',
      reasons: ['PortConflict', 'TypeConflict'],
      clusters: ['west'],
      message: 'why',
    },
  ],
  propagation: [
    { source: 'east', consumer: 'west', changes: 12, p50Seconds: 0.0251, p99Seconds: 0.4 },
  ],
  retries: [{ cluster: 'east', service: 'ns/api', message: 'refused by a webhook' }],
}

test('all that is known', () => {
  expect(statusLines(status, false, plain)).toEqual([
    'hub      cluster east, kubeconfig /k context east, reached',
    'leader   host_1, renewed 2 s ago',
    'healthy  no: west is away',
    '',
    'CLUSTER  HUB  STATE  PHASE    SKEW  KUBERNETES  CRDS      EXPORTS  IMPORTS  ENDPOINTS',
    'east     yes  ready  fresh    0.0s  v1.36.3     v1alpha1  3        1        30 out, 2 in',
    'west          away   suspect  -     -           missing   0        0        0 out, 0 in',
    '',
    'west: API_UNREACHABLE: https://10.0.0.2: ECONNREFUSED\\u001b[2J',
    '',
    'CONFLICT  REASONS                    CLUSTERS',
    'ns/web    PortConflict,TypeConflict  west',
    '',
    'RETRIED  CLUSTER  LAST ERROR',
    'ns/api   east     refused by a webhook',
    '',
    'PROPAGATION   CHANGES  P50     P99',
    'east -> west  12       0.025s  0.400s',
  ])
})

test('the wide table has ids, queues and messages', () => {
  const lines = statusLines(status, true, plain)
  expect(lines[4]).toMatch(/ENDPOINTS {5}ID {7}SYNCED {2}QUEUED {2}RETRYING$/)
  expect(lines[5]).toMatch(/30 out, 2 in {2}east-id {2}yes {5}0 {7}1$/)
  expect(lines[11]).toMatch(/PortConflict,TypeConflict {2}west {6}why$/)
})

test('of many conflicts, the wide table has all', () => {
  const [first] = status.conflicts
  const many = { ...status, conflicts: Array.from({ length: 30 }, () => first!) }
  const rows = (wide: boolean) =>
    statusLines(many, wide, plain).filter((line) => line.startsWith('ns/web')).length
  expect([rows(false), rows(true)]).toEqual([20, 30])
  expect(statusLines(many, false, plain)).toContain('and 10 more, with -o wide')
})

test('an observer that does not lead says what it did not look at', () => {
  const lines = statusLines(
    { ...status, observer: 'command', propagation: null, retries: null },
    false,
    plain,
  )
  expect(lines.at(-1)).toMatch(
    /^not looked at: phases, propagation times and retries.* port-forward /,
  )
})
