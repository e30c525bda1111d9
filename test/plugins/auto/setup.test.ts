// What `auto` reads from a Corefile. The vectors are those of coredns plugin/auto/setup_test.go, with its error texts.
import { describe, expect, test } from 'vitest'
import { Dispenser } from '../../../src/corefile/dispenser.ts'
import { lex } from '../../../src/corefile/lexer.ts'
import { auto } from '../../../src/plugins/auto/setup.ts'
import { expandable } from '../../../src/plugins/auto/zone-name.ts'

function setUp(text: string, root?: string) {
  const warnings: string[] = []
  const config = auto.setup({
    tokens: new Dispenser('Corefile', lex(text)),
    zones: ['z.org.'],
    interfaces: {},
    parallelism: 1,
    claims: new Map(),
    ...(root === undefined ? {} : { root }),
    readFile: () => '',
    fileKind(path) {
      if (path === '/secret') throw new Error('stat /secret: permission denied')
      return path === '/tmp' ? 'directory' : 'missing'
    },
    warn: (message) => warnings.push(message),
  })
  return { config, warnings }
}

describe('upstream', () => {
  const standard = {
    directory: '/tmp',
    pattern: 'db\\.(.*)',
    template: expandable('{1}'),
    reloadMs: 60_000,
  }
  test.each([
    ['auto example.org {\n directory /tmp\n}', { ...standard, origins: ['example.org.'] }],
    ['auto 10.0.0.0/24 {\n directory /tmp\n}', { ...standard, origins: ['0.0.10.in-addr.arpa.'] }],
    ['auto {\n directory /tmp\n reload 0\n}', { ...standard, origins: ['z.org.'], reloadMs: 0 }],
    ['auto {\n directory /tmp (.*) bliep\n}', { pattern: '(.*)', template: 'bliep' }],
    ['auto {\n directory /tmp (.*) bliep\n reload 10s\n}', { reloadMs: 10_000 }],
    ['auto example.org {\n directory /tmp\n upstream 8.8.8.8 1.1.1.1\n}', standard],
    ['auto example.org {\n directory /tmp\n upstream\n}', standard],
  ])('%j', (text, expected) => {
    const { config, warnings } = setUp(text)
    expect(config).toMatchObject(expected)
    expect(warnings).toEqual([])
  })
})

describe('an error is', () => {
  const at = (line: number) => `Corefile:${line} - Error during parsing: `
  const wrong = (line: number, token: string) =>
    `${at(line)}Wrong argument count or unexpected line ending after '${token}'`
  test.each([
    ['no_reload', "no_reload'", 'auto {\n directory /tmp\n no_reload\n}'],
    ['a fourth argument', wrong(2, '10'), 'auto {\n directory /tmp (.*) bliep 10\n}'],
    ['a pattern without a template', wrong(2, '(.*)'), 'auto {\n directory /tmp (.*)\n}'],
    ['no directory', wrong(2, 'directory'), 'auto {\n directory\n}'],
    [
      'a pattern that is none',
      'error parsing regexp: missing argument to repetition operator: `*`',
      'auto {\n directory /tmp * {1}\n}',
    ],
    [
      'a pattern without a group',
      `${at(2)}Need at least one sub expression`,
      'auto {\n directory /tmp db {1}\n}',
    ],
    [
      'a very long pattern',
      `${at(2)}regexp too large`,
      `auto {\n directory /tmp ${'a'.repeat(10_001)} {1}\n}`,
    ],
    [
      'a directory that may not be read',
      `${at(2)}Unable to access root path '/secret': stat /secret: permission denied`,
      'auto {\n directory /secret\n}',
    ],
    ['a negative reload', 'plugin/file: invalid duration', 'auto {\n reload -1s\n}'],
    ['a reload without a value', 'reload duration value is expected', 'auto {\n reload\n}'],
  ])('%s', (_, message, text) => {
    expect(() => setUp(text)).toThrow(message)
  })
})

test('a directory that does not exist is a warning', () => {
  expect(setUp('auto {\n directory /none\n}').warnings).toEqual(['Directory does not exist: /none'])
})

test('no directory is a warning', () => {
  expect(setUp('auto').warnings).toEqual(['there are no zones: the option directory is missing'])
})

test('a relative directory begins in root', () => {
  expect(setUp('auto {\n directory zones\n}', '/etc').config.directory).toBe('/etc/zones')
})

test('of several lines the last one has the zones, and all have options', () => {
  const { config } = setUp('auto a.org {\n directory /tmp\n}\nauto b.org {\n reload 5s\n}')
  expect(config).toMatchObject({ origins: ['b.org.'], directory: '/tmp', reloadMs: 5000 })
})

test('it is described', () => {
  expect(auto.describe(setUp('auto a.org b.org {\n directory /tmp\n}').config)).toBe(
    'answers for names in a.org. and b.org. from the zone files in /tmp whose names match db\\.(.*), ' +
      'which are looked at every 1m0s',
  )
})
