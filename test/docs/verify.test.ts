// docs/verify.md names all steps, states and flags that the command has.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { stepIds } from '../../src/cli/verify/step.ts'
import { verifyFlagTable } from '../../src/cli/verify/verify-flag-table.ts'
import { linkStates } from '../../src/fleet/explain/link.ts'

const text = readFileSync('docs/verify.md', 'utf8')
const section = (title: string) => text.split(/^## /m).find((one) => one.startsWith(title)) ?? ''

test('the table of steps is complete and in their order', () => {
  const rows = [...section('The steps').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id)
  expect(rows).toEqual(stepIds)
})

test('every state of a step is explained', () => {
  for (const state of linkStates) expect(section('The document')).toContain(`\`${state}\``)
})

test.each(Object.keys(verifyFlagTable).filter((name) => !['output', 'help'].includes(name)))(
  '--%s is explained',
  (name) => {
    expect(text).toMatch(new RegExp(`\`--${name}[ \`]`))
  },
)
