// docs/compatibility.md agrees with the conformance tests on their number, and with the code on the reasons of `Ready`.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importReadyReasons } from '../../src/fleet/api/names.ts'

const text = readFileSync('docs/compatibility.md', 'utf8')
const section = text.slice(text.indexOf('## MCS API'), text.indexOf('## Kubernetes'))

test('the table counts all 27 behaviours of the conformance suite', () => {
  const tests = readFileSync('test/e2e/conformance.test.ts', 'utf8').match(/^\s*test\(/gm) ?? []
  const counts = [...section.matchAll(/^\|[^|]*\| (\d+) \|/gm)].map(([, count]) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(27)
  expect(tests).toHaveLength(27)
})

test('the table lists every reason of `Ready`, those beyond KEP-1645 included', () => {
  const row = /^\| an import's `Ready` has the reasons (.*)\|(.*)\|.*\|$/m.exec(section) ?? []
  const [kepReasons, ownReasons] = row
    .slice(1)
    .map((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, reason]) => reason!))
  expect([...kepReasons!, ...ownReasons!]).toEqual(expect.arrayContaining([...importReadyReasons]))
  expect(kepReasons!.length + ownReasons!.length).toBe(importReadyReasons.length)
})
