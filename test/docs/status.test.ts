// docs/status.md lists exactly the fields and states of the status document.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ClusterState, FleetStatus } from '../../src/fleet/status/document.ts'

/** A document with every field; the compiler holds it to the type. */
const full: FleetStatus = {
  apiVersion: 'clusterset-dns.io/v1',
  kind: 'FleetStatus',
  time: '2026-01-01T00:00:00.000Z',
  version: '0.1.0',
  observer: 'leader',
  healthy: true,
  hub: { name: 'in-cluster', member: 'east', reached: true, message: '' },
  leader: { holder: 'r1', renewed: '' },
  clusters: [
    {
      name: 'east',
      id: 'east',
      hub: true,
      state: 'ready',
      code: '',
      message: '',
      synced: true,
      phase: 'fresh',
      clockSkewSeconds: 0,
      kubernetes: 'v1.36.3',
      crds: { serviceexports: 'v1alpha1', serviceimports: 'v1alpha1' },
      exports: 1,
      imports: 1,
      endpoints: { exported: 1, imported: 1 },
      queued: 0,
      retrying: 0,
    },
  ],
  conflicts: [{ service: 'ns/web', reasons: ['PortConflict'], clusters: ['east'], message: '' }],
  propagation: [{ source: 'east', consumer: 'west', changes: 1, p50Seconds: 1, p99Seconds: 1 }],
  retries: [{ cluster: 'east', service: 'ns/web', message: '' }],
}
const states: Readonly<Record<ClusterState, true>> = {
  ready: true,
  starting: true,
  away: true,
  'crds-missing': true,
  forbidden: true,
  failed: true,
  leaving: true,
  left: true,
}
/** Lists that are null for some observers have a row of their own. */
const NULLABLE = ['propagation', 'retries']

function paths(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) {
    return [...(NULLABLE.includes(at) ? [at] : []), ...paths(value[0], `${at}[]`)]
  }
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([name, one]) =>
    paths(one, at === '' ? name : `${at}.${name}`),
  )
}

const [, document = '', ofStates = ''] = readFileSync('docs/status.md', 'utf8').split(/^## /m)
const rows = (text: string) => [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)

test('the table of fields is complete, in the order of the document', () => {
  expect(rows(document)).toEqual(paths(full))
})

test('the table of states is complete', () => {
  expect(rows(ofStates)).toEqual(Object.keys(states))
})
