// docs/explain.md names all links, states, flags and results that the command has.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { explainFlagTable } from '../../src/cli/explain/explain-flag-table.ts'
import { linkIds, linkStates } from '../../src/fleet/explain/link.ts'

const text = readFileSync('docs/explain.md', 'utf8')
const section = (title: string) => text.split(/^## /m).find((one) => one.startsWith(title)) ?? ''

test('the table of links is complete and in the order of the way', () => {
  const rows = [...section('The links').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id)
  expect(rows).toEqual(linkIds)
})

test('every state of a link is explained', () => {
  for (const state of linkStates) expect(section('The document')).toContain(`\`${state}\``)
})

test.each(Object.keys(explainFlagTable).filter((name) => !['output', 'help'].includes(name)))(
  '--%s is explained',
  (name) => {
    expect(text).toContain(`\`--${name} `)
  },
)

test.each([
  '/version',
  'API discovery',
  'kube-system',
  'ClusterProperty',
  'Leases',
  'ServiceAccount',
  'Secrets in this namespace of the hub',
  'SubjectAccessReviews',
  'namespaces',
  'Services',
  'EndpointSlices',
  'ServiceExports',
  'ServiceImports',
  'Pods',
])('%s may be read', (what) => {
  expect(section('What it may read')).toContain(what)
})
