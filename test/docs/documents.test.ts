// docs/README.md lists the documents of all commands that print one.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'

const text = readFileSync('docs/README.md', 'utf8')
const rows = [...text.matchAll(/^\| `([A-Z]\w+)` \| `([^`]+)`/gm)]

test('every kind of document is in the table, and no other', () => {
  const sources = globSync('src/{cli,fleet/status}/**/*.ts').map((file) =>
    readFileSync(file, 'utf8'),
  )
  const kinds = sources.flatMap((source) =>
    [...source.matchAll(/apiVersion: 'clusterset-dns\.io\/v1',\s+kind: '(\w+)'/g)].map(
      ([, kind]) => kind,
    ),
  )
  expect(rows.map(([, kind]) => kind).sort()).toEqual([...new Set(kinds)].sort())
})

test('every command with -o json is in the table', () => {
  const printing = commands
    .filter(({ flags }) => {
      return flags.some(({ names, choices }) => names[0] === 'output' && choices?.includes('json'))
    })
    .map(({ words }) => words.join(' '))
  // `fleet` prints with --dry-run only.
  const listed = text.slice(text.indexOf('## Documents for programs'))
  for (const command of printing) expect(listed).toMatch(new RegExp(`\`${command}[ \`]`))
})
