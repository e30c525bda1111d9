// An old Node gets a text in place of a stack trace.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lowestNode, nodeProblem } from '../../src/cli/node-version.ts'

test.each([
  ['18.20.0', true],
  ['26.0.0', true],
  ['26.1.0', false],
  ['27.0.0', false],
])('Node %s is too old: %s', (version, isOld) => {
  expect(nodeProblem(version) !== undefined).toBe(isOld)
})

test('the text names the version that is needed, and the one that runs', () => {
  expect(nodeProblem('20.20.2')).toContain('needs Node 26.1 or later, and this is Node 20.20.2')
})

test('the lowest version is that of package.json', () => {
  const { engines } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(engines.node).toBe(`>=${lowestNode}`)
})
