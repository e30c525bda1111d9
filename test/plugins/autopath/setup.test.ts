// What `autopath` reads from a Corefile. The vectors are those of coredns plugin/autopath/setup_test.go, with its error texts.
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/plugins/load.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'

const RESOLV = 'nameserver 1.2.3.4\ndomain foo.com\nsearch bar.com baz.com\noptions ndots:5\n'

function load(lines: string, files: Readonly<Record<string, string>> = {}) {
  const { blocks, warnings } = loadConfig({
    file: 'Corefile',
    text: `. {\n${lines}\nkubernetes cluster.local {\npods verified\n}\n}\n`,
    port: 53,
    env: {},
    files: fakeFiles({ '/resolv': RESOLV, ...files }),
    cwd: '/DIR',
  })
  return { config: blocks[0]!.directives.find(({ plugin }) => plugin === 'autopath'), warnings }
}

describe('upstream', () => {
  test.each([
    ['autopath @kubernetes', { zones: ['.'], from: 'kubernetes', search: [] }],
    ['autopath example.org @kubernetes', { zones: ['example.org.'], from: 'kubernetes' }],
    ['autopath 10.0.0.0/8 @kubernetes', { zones: ['10.in-addr.arpa.'], from: 'kubernetes' }],
    ['autopath /resolv', { zones: ['.'], search: ['bar.com.', 'baz.com.'] }],
  ])('%s', (line, config) => {
    const loaded = load(line)
    expect(loaded.config).toMatchObject(config)
    expect(loaded.warnings).toEqual([])
  })

  test.each([
    ['autopath', 'plugin/autopath: no resolv-conf specified'],
    [
      'autopath kubernetes',
      'plugin/autopath: failed to parse "kubernetes": open /DIR/kubernetes: no such file or directory',
    ],
    ['autopath ""', 'plugin/autopath: failed to parse "": open /DIR: no such file or directory'],
    ['autopath @loop\nloop', 'plugin/autopath: loop does not implement the AutoPather interface'],
  ])('%s is refused', (lines, message) => {
    expect(() => load(lines)).toThrow(message)
  })
})

test('of several lines, the last zones count, and a plugin counts before a file', () => {
  expect(load('autopath a.org @kubernetes\nautopath b.org /resolv').config).toMatchObject({
    zones: ['b.org.'],
    from: 'kubernetes',
    search: [],
  })
})

test('the search domains of the machine follow those of a plugin', () => {
  const files = { '/etc/resolv.conf': 'search node.example\n' }
  expect(load('autopath @kubernetes', files).config).toMatchObject({ search: ['node.example.'] })
})

describe('without effect, with a warning:', () => {
  const load = (lines: string) =>
    loadConfig({
      file: 'Corefile',
      text: `. {\n${lines}\n}\n`,
      port: 53,
      env: {},
      files: fakeFiles({ '/none': 'nameserver 1.2.3.4\n', '/bad': 'search a..b good.org\n' }),
      cwd: '/DIR',
    }).warnings

  const noPods = "kubernetes knows the Pods that ask only with 'pods verified'"
  test.each([
    ['autopath @kubernetes\nkubernetes cluster.local', `@kubernetes has no effect: ${noPods}`],
    [
      'autopath @kubernetes\nkubernetes cluster.local {\npods insecure\n}',
      `@kubernetes has no effect: ${noPods}`,
    ],
    [
      'autopath @kubernetes\nwhoami',
      '@kubernetes has no effect: the block has no directive kubernetes',
    ],
    ['autopath /none', '/none has no effect: it has no search domain'],
    ['autopath /bad', 'left out: the search domain "a..b." is no domain name'],
  ])('%s', (lines, warning) => {
    expect(load(lines)).toEqual([`plugin/autopath: ${warning}`])
  })
})
