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

test.each(['README.md', 'docs/reliability.md'])('%s rounds the memory of ten services', (file) => {
  const result = readFileSync('bench/results/sidecar.md', 'utf8')
  const measured = ['clusterset-dns', 'clusterset-dns (single)', 'CoreDNS'].map((server) => {
    const row = result.split('\n').find((line) => line.startsWith(`| ${server} |`)) ?? ''
    return Math.round(Number(row.split('|')[2]))
  })
  const [sentence = ''] =
    /[Tt]en services takes? [^.]*CoreDNS[^.]*/.exec(
      readFileSync(file, 'utf8').replaceAll('\n', ' '),
    ) ?? []
  expect([...sentence.matchAll(/\b\d+\b/g)].map(([number]) => Number(number))).toEqual(measured)
})

test('docs/reliability.md has the ratios of a start from a snapshot', () => {
  const ratios = readFileSync('bench/results/snapshot.md', 'utf8').matchAll(
    /^\| (1000|10000) \|(?:[^|]*\|){3} ([\d.]+)x/gm,
  )
  const [small, large] = [...ratios].map(([, , ratio]) => ratio)
  expect(readFileSync('docs/reliability.md', 'utf8')).toContain(
    `answered after ${small} times what a start with \`whoami\` alone takes, 10,000 after ${large} times`,
  )
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
