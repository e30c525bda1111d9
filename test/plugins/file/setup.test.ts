// What `file` reads from a Corefile. The vectors are those of coredns plugin/file/setup_test.go, with its error texts.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Dispenser } from '../../../src/corefile/dispenser.ts'
import { lex } from '../../../src/corefile/lexer.ts'
import { file } from '../../../src/plugins/file/setup.ts'

const ZONE = readFileSync('test/fixtures/zones/miek.nl.zone', 'utf8')
const BROKEN = ZONE.replace(/IN\s+A\s/, 'IN A x')

function setUp(text: string, zones: readonly string[] = []) {
  const warnings: string[] = []
  const config = file.setup({
    tokens: new Dispenser('Corefile', lex(text)),
    zones,
    interfaces: {},
    parallelism: 1,
    claims: new Map(),
    readFile(path) {
      if (path === 'db') return ZONE
      if (path === 'broken') return BROKEN
      if (path === 'nosoa') return 'a 5 A 10.0.0.1\n'
      throw new Error(`open ${path}: no such file or directory`)
    },
    fileKind: (path) => (path === '/tmp' ? 'directory' : 'file'),
    warn: (message) => warnings.push(message),
  })
  return { config, warnings }
}

describe('upstream: zones and fallthrough of', () => {
  test.each([
    ['file db miek.nl.', [['miek.nl.']], []],
    ['file db 10.0.0.0/8', [['10.in-addr.arpa.']], []],
    ['file db example.org. {\n fallthrough\n}', [['example.org.']], ['.']],
    [
      'file db example.org. {\n fallthrough www.example.org\n}',
      [['example.org.']],
      ['www.example.org.'],
    ],
    ['file db a.org b.org\nfile db c.org', [['a.org.', 'b.org.'], ['c.org.']], []],
    ['file db', [['z.org.']], []],
  ])('%j', (text, zones, fallthrough) => {
    const { config, warnings } = setUp(text, ['z.org.'])
    expect(config.files.map((one) => one.zones)).toEqual(zones)
    expect(config.fallthrough).toEqual(fallthrough)
    expect(warnings).toEqual([])
  })
})

test('options stay in force for the lines after them', () => {
  const { config } = setUp(
    'file db a.org\nfile db b.org {\n reload 5s\n reload_by_mtime\n}\nfile db c.org {\n upstream x y\n}',
  )
  expect(config.files.map(({ reloadMs, byTime }) => [reloadMs, byTime])).toEqual([
    [60_000, false],
    [5000, true],
    [5000, true],
  ])
})

test('a missing file is a warning, unless it is read only once', () => {
  expect(setUp('file none a.org').warnings).toEqual([
    'Failed to open "open none: no such file or directory": trying again in 1m0s',
  ])
  expect(() => setUp('file none a.org {\n reload 0\n}')).toThrow(
    'plugin/file: open none: no such file or directory',
  )
})

describe('an error is', () => {
  const at = (line: number) => `Corefile:${line} - Error during parsing: `
  test.each([
    [
      'a broken file',
      'file broken miek.nl',
      /^failed to parse file "broken" for origin miek\.nl\. with error broken: dns: bad A A: "x.*" at line: \d+:\d+$/,
    ],
    ['a file without SOA', 'file nosoa a.org', 'file "nosoa" has no SOA record for origin a.org.'],
    [
      'a folder',
      'file /tmp a.org',
      'failed to parse file "/tmp" for origin a.org. with error read /tmp: is a directory',
    ],
    [
      'a negative reload',
      'file db a.org {\n reload -1s\n}',
      `${at(2)}invalid negative duration for reload '-1s'`,
    ],
    ['a name with escapes', 'file db a\\.b.org', 'zone is not a valid domain name: a\\.b.org.'],
  ])('%s', (_, text, message) => {
    expect(() => setUp(text)).toThrow(message)
  })
})

test('it is described', () => {
  const { config } = setUp(
    'file db a.org b.org {\n fallthrough a.org\n reload 0s\n}\nfile db c.org {\n reload 1m\n}',
  )
  expect(file.describe(config)).toBe(
    'answers for names in a.org. and b.org. from db, read once; ' +
      'for names in c.org. from db, whose serial is checked every 1m0s; ' +
      'names in a.org. that do not exist go to the next plugin',
  )
})
