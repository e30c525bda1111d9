// docs/reliability.md names tests, commands and results that exist, and each row of its tables of promises names a test.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/reliability.md', 'utf8')
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

test('every path exists', () => {
  const paths = [...page.matchAll(/`((?:test|bench|deploy|src)\/[^`]+)`/g)].map(([, path]) => path!)
  expect(paths.length).toBeGreaterThan(40)
  expect(paths.filter((path) => !existsSync(path))).toEqual([])
})

test('every command exists', () => {
  const names = [...page.matchAll(/`npm (?:run )?([a-z:]+)/g)].map(([, name]) => name!)
  expect(new Set(names)).toEqual(new Set(['test', 'test:faults', 'test:fuzz', 'soak', 'bench']))
  expect(names.filter((name) => scripts[name] === undefined)).toEqual([])
})

test('every promise names what holds it', () => {
  const tables = page.split('\n\n').filter((text) => text.includes('| held by |'))
  expect(tables.length).toBe(4)
  for (const table of tables) {
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    for (const row of rows.slice(2)) expect(row.split('|').at(-2)).toMatch(/`(test|bench)\//)
  }
})
