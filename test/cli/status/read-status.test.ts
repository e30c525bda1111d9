// Which answers of a running fleet are a status that can be printed.
import { expect, test } from 'vitest'
import { readStatus } from '../../../src/cli/status/read-status.ts'
import type { FleetStatus } from '../../../src/fleet/status/document.ts'
import { clusterStatus, fullStatus } from '../../support/status-document.ts'

/** What is null for some observers is null. */
const full: FleetStatus = {
  ...fullStatus,
  clusters: [
    {
      ...clusterStatus,
      id: null,
      phase: null,
      clockSkewSeconds: null,
      queued: null,
      retrying: null,
    },
  ],
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
