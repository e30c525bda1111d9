// RESULT.md: the head with the facts of the run, and the rows in their sections.
import { expect, test } from 'vitest'
import { headOf, withRow } from './result.ts'

const HEAD = '# What was found\n\nSome words.\n'
const row = (name: string, count: number) => ({ section: 'kill', name, numbers: { kills: count } })
const write = (text: string, { section, name, numbers }: ReturnType<typeof row>) =>
  withRow(text, section, name, numbers)

test('a row is added to its section, and replaces the row of the same name', () => {
  const once = write(HEAD, row('seed 1', 3))
  expect(once).toBe(`${HEAD}\n## kill\n\n- seed 1: kills 3\n`)
  const twice = write(once, row('seed 2', 4))
  const other = withRow(twice, 'order', 'seed 1', { objects: 5 })
  expect(write(other, row('seed 1', 7))).toBe(
    `${HEAD}\n## kill\n\n- seed 1: kills 7\n- seed 2: kills 4\n` +
      '\n## order\n\n- seed 1: objects 5\n',
  )
})

test('a new file has the facts of the run and no row', () => {
  const text = headOf({ commit: 'abc', day: '2026-01-01', cores: 2, apiserver: 'Kubernetes v1' })
  expect(text).toContain('commit abc, begun on 2026-01-01 on 2 cores, with Kubernetes v1.')
  expect(text).not.toMatch(/^(?:##|-) /m)
})
