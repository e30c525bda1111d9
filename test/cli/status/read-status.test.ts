// Which answers of a running fleet are a status that can be printed.
import { expect, test } from 'vitest'
import { readStatus } from '../../../src/cli/status/read-status.ts'
import type { FleetStatus } from '../../../src/fleet/status/document.ts'

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
      id: null,
      hub: true,
      state: 'ready',
      code: '',
      message: '',
      synced: true,
      phase: null,
      clockSkewSeconds: null,
      kubernetes: 'v1.36.3',
      crds: { serviceexports: 'v1alpha1', serviceimports: 'v1alpha1' },
      exports: 1,
      imports: 1,
      endpoints: { exported: 1, imported: 1 },
      queued: null,
      retrying: null,
    },
  ],
  conflicts: [{ service: 'ns/web', reasons: ['PortConflict'], clusters: ['east'], message: '' }],
  propagation: [{ source: 'east', consumer: 'west', changes: 1, p50Seconds: 1, p99Seconds: 1 }],
  retries: [{ cluster: 'east', service: 'ns/web', message: '' }],
}

/** The value without a field; of a list, of its first element. */
function without(value: unknown, [field, ...rest]: readonly string[]): unknown {
  if (Array.isArray(value)) return [without(value[0], [field!, ...rest])]
  const fields = { ...(value as Record<string, unknown>) }
  if (rest.length === 0) delete fields[field!]
  else fields[field!] = without(fields[field!], rest)
  return fields
}

/** The paths of all fields, below lists and objects too. */
function paths(value: unknown): string[][] {
  if (Array.isArray(value)) return paths(value[0])
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => [
    [name],
    ...paths(one).map((rest) => [name, ...rest]),
  ])
}

test.each([
  ['a whole document', full],
  ['a document of a replica that does not lead', { ...full, propagation: null, retries: null }],
  ['a document with more fields', { ...full, more: 1 }],
  ['an empty fleet', { ...full, clusters: [], conflicts: [] }],
])('%s is a status', (_, answer) => {
  expect(readStatus(answer)).toBe(answer)
})

test.each(paths(full).map((path) => [path.join('.'), path] as const))(
  'a document without %s is none',
  (_, path) => {
    expect(readStatus(without(full, path))).toBeUndefined()
  },
)

test.each([
  ['an explanation', { ...full, kind: 'Explanation' }],
  ['another version', { ...full, apiVersion: 'clusterset-dns.io/v2' }],
  ['a list', []],
  ['nothing', null],
  ['a list that is none', { ...full, clusters: {} }],
  ['an unknown state', { ...full, clusters: [{ ...full.clusters[0], state: 'new' }] }],
])('%s is none', (_, answer) => {
  expect(readStatus(answer)).toBeUndefined()
})
