// The option `snapshot` of both directives: its arguments, and which directives may share a file.
import { describe, expect, test } from 'vitest'
import { explainConfig } from '../../../src/plugins/load.ts'
import type { ZonesConfig } from '../../../src/plugins/multicluster/options.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'
import { configOf } from '../../support/config.ts'

const HOUR = 3_600_000

const multicluster = (lines: string) => `multicluster c.set {\n ${lines}\n }`
const kubernetes = (lines: string) => `kubernetes a.local {\n ${lines}\n }`
const block = (...directives: readonly string[]) => `. {\n ${directives.join('\n ')}\n}\n`

function snapshotOf(text: string) {
  const [directive] = configOf(text).blocks[0]!.directives
  return (directive as unknown as ZonesConfig).snapshot
}

function problem(text: string): string {
  try {
    configOf(text)
    return ''
  } catch (error) {
    return String((error as Error).message)
  }
}

describe.each([
  ['multicluster', multicluster],
  ['kubernetes', kubernetes],
])('the option snapshot of %s', (name, directive) => {
  test('is off by default', () => {
    expect(snapshotOf(block(directive('')))).toBeUndefined()
  })

  test.each<[string, object]>([
    ['/f', { maxAgeMs: 24 * HOUR, readyWhileStale: true }],
    ['/f 1h', { maxAgeMs: HOUR, readyWhileStale: true }],
    ['/f 0', { maxAgeMs: 0, readyWhileStale: true }],
    ['/f ready', { maxAgeMs: 24 * HOUR, readyWhileStale: true }],
    ['/f unready', { maxAgeMs: 24 * HOUR, readyWhileStale: false }],
    ['/f 90s unready', { maxAgeMs: 90_000, readyWhileStale: false }],
  ])('takes %s', (args, expected) => {
    const found = snapshotOf(block(directive(`snapshot ${args}`)))
    expect(found).toEqual({ file: '/f', ...expected })
  })

  test.each<[string, RegExp]>([
    ['snapshot', /Wrong argument count/],
    ['snapshot /f 1h ready more', /Wrong argument count/],
    ['snapshot /f unready 1h', /snapshot takes ready or unready, not '1h'/],
    ['snapshot /f soon', /failed to parse the greatest age of snapshot: soon, time: invalid/],
    ['snapshot /f -1h', /greatest age of snapshot must not be negative: -1h/],
    ['snapshot /f\n manifests d', /snapshot and manifests cannot both be set/],
  ])('refuses %s', (lines, expected) => {
    expect(problem(block(directive(lines)))).toMatch(expected)
    expect(problem(block(directive(lines)))).toContain(`plugin/${name}: `)
  })

  test('is explained by check', () => {
    const explain = (args: string) => {
      const options = { file: 'Corefile', port: 53, env: {}, files: fakeFiles(), cwd: '/' }
      return explainConfig({ ...options, text: block(directive(`snapshot ${args}`)) })[1]!
    }
    const until = 'until all objects are listed'
    expect(explain('/f').text).toMatch(`starts with snapshot /f up to 24h0m0s old ${until}`)
    expect(explain('/f 0 unready').text).toMatch(`of any age ${until}, not ready until then`)
    expect(explain('/f').snapshot).toBe('/f')
  })
})

describe('directives', () => {
  test.each([
    [
      'read one source, with one snapshot',
      [multicluster('snapshot /f'), kubernetes('snapshot /f')],
    ],
    [
      'read one source, and differ in readiness',
      [multicluster('snapshot /f unready'), kubernetes('snapshot /f')],
    ],
    [
      'read two sources, each with a file',
      [multicluster('snapshot /f'), kubernetes('labels a\n snapshot /g')],
    ],
    [
      'read two sources, one with a snapshot',
      [multicluster('snapshot /f'), kubernetes('labels a')],
    ],
  ])('may %s', (_, directives) => {
    expect(problem(block(...directives))).toBe('')
  })

  const SAME = /directives that read the same objects must have the same snapshot/
  test.each([
    ['one of them has none', multicluster('snapshot /f'), kubernetes(''), SAME],
    ['they have other files', multicluster('snapshot /f'), kubernetes('snapshot /g'), SAME],
    ['they have other ages', multicluster('snapshot /f'), kubernetes('snapshot /f 1h'), SAME],
    [
      'the file is that of another source',
      multicluster('snapshot /f'),
      kubernetes('labels a\n snapshot /x/../f'),
      /snapshot \S+ has two uses: Corefile:\d+ has it for the objects of another source/,
    ],
  ])('are refused when %s, in one block and in two', (_, first, second, expected) => {
    expect(problem(block(first, second))).toMatch(expected)
    expect(problem(`${block(first)}b.org {\n ${second}\n}\n`)).toMatch(expected)
  })
})
