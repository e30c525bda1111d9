// docs/compatibility.md counts the behaviours of the conformance suite, and names our reasons, as the code has them.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importReadyReasons } from '../../src/fleet/api/names.ts'

const text = readFileSync('docs/compatibility.md', 'utf8')
const section = text.slice(text.indexOf('## MCS API'), text.indexOf('## Kubernetes'))

test('the behaviours of the conformance suite are all there', () => {
  const tests = readFileSync('test/e2e/conformance.test.ts', 'utf8').match(/^\s*test\(/gm) ?? []
  const counts = [...section.matchAll(/^\|[^|]*\| (\d+) \|/gm)].map(([, count]) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(27)
  expect(tests).toHaveLength(27)
})

test('the reasons of `Ready` that KEP-1645 does not have', () => {
  const row = /^\| an import's `Ready` has the reasons (.*)\|(.*)\|.*\|$/m.exec(section) ?? []
  const [theirs, ours] = row
    .slice(1)
    .map((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, one]) => one!))
  expect([...theirs!, ...ours!]).toEqual(expect.arrayContaining([...importReadyReasons]))
  expect(theirs!.length + ours!.length).toBe(importReadyReasons.length)
})
