// RESULT.md keeps one row a run, in its section.
import { expect, test } from 'vitest'
import { withRow } from './result.ts'

const HEAD = '# What was found\n\nSome words.\n'
const row = (name: string, count: number) => ({ section: 'kill', name, numbers: { kills: count } })
const write = (text: string, { section, name, numbers }: ReturnType<typeof row>) =>
  withRow(text, section, name, numbers, '2026-01-01')

test('a row is added in its section, and replaces the one of an earlier run', () => {
  const once = write(HEAD, row('seed 1', 3))
  expect(once).toBe(`${HEAD}\n## kill\n\n- seed 1: kills 3 (2026-01-01)\n`)
  const twice = write(once, row('seed 2', 4))
  const other = withRow(twice, 'order', 'seed 1', { objects: 5 }, '2026-01-01')
  expect(write(other, row('seed 1', 7))).toBe(
    `${HEAD}\n## kill\n\n- seed 1: kills 7 (2026-01-01)\n- seed 2: kills 4 (2026-01-01)\n` +
      '\n## order\n\n- seed 1: objects 5 (2026-01-01)\n',
  )
})
