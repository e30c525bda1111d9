// docs/status.md lists exactly the fields and states of the status document.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ClusterState } from '../../src/fleet/status/document.ts'
import { fullStatus } from '../support/status-document.ts'

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
  expect(rows(document)).toEqual(paths(fullStatus))
})

test('the table of states is complete', () => {
  expect(rows(ofStates)).toEqual(Object.keys(states))
})
