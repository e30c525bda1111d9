// The figures of docs/sizing.md are those of the committed results of the benchmarks.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync('docs/sizing.md', 'utf8')
const rows = [...page.matchAll(/^\| (.+) \| (.+) \| \[[\w-]+\]\(\.\.\/(bench\/[^)]+)\) \|$/gm)].map(
  ([, what, figures, file]) => ({ what: what!, figures: figures!, file: file! }),
)

test('the page has figures of each half', () => {
  expect(new Set(rows.map(({ file }) => file)).size).toBeGreaterThanOrEqual(6)
})

test.each(rows)('$what: $figures', ({ figures, file }) => {
  const numbers = [...figures.matchAll(/\d+(?:\.\d+)?/g)].map(([number]) => number)
  expect(numbers.length).toBeGreaterThan(0)
  const lines = readFileSync(file, 'utf8').split('\n')
  const has = (line: string, number: string) =>
    new RegExp(`(?<![\\d.])${number.replace('.', '\\.')}(?![\\d.])`).test(line)
  const found = lines.filter(
    (line) => line.startsWith('|') && numbers.every((number) => has(line, number)),
  )
  expect(found).not.toEqual([])
})

test('the first number of a row with services or exports is in the same row of the result', () => {
  for (const { what, figures, file } of rows) {
    const [count] = /^\d{4,}/.exec(what) ?? []
    if (count === undefined) continue
    const [figure = ''] = /\d+(?:\.\d+)?/.exec(figures) ?? []
    const row = new RegExp(`^\\|.*\\b${count}\\b.*\\b${figure.replace('.', '\\.')}\\b`, 'm')
    expect(readFileSync(file, 'utf8'), what).toMatch(row)
  }
})
