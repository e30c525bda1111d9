// What `hosts` reads from a Corefile. The vectors are those of coredns plugin/hosts/setup_test.go, with its error texts.
import { describe, expect, test } from 'vitest'
import { Dispenser } from '../../../src/corefile/dispenser.ts'
import { lex } from '../../../src/corefile/lexer.ts'
import { hosts } from '../../../src/plugins/hosts/setup.ts'

function setUp(text: string, zones: readonly string[] = []) {
  const warnings: string[] = []
  const config = hosts.setup({
    tokens: new Dispenser('Corefile', lex(text)),
    zones,
    interfaces: {},
    parallelism: 1,
    claims: new Map(),
    readFile: () => '',
    fileKind(path) {
      if (path === '/denied/hosts') throw new Error('stat /denied/hosts: permission denied')
      if (path === '/tmp') return 'directory'
      return path === '/etc/hosts' ? 'file' : 'missing'
    },
    warn: (message) => warnings.push(message),
  })
  return { config, warnings }
}

describe('upstream: path, zones and fallthrough of', () => {
  test.each([
    ['hosts\n', '/etc/hosts', [], []],
    ['hosts /tmp', '/tmp', [], []],
    ['hosts /etc/hosts miek.nl.', '/etc/hosts', ['miek.nl.'], []],
    ['hosts /etc/hosts miek.nl. pun.gent.', '/etc/hosts', ['miek.nl.', 'pun.gent.'], []],
    ['hosts {\n fallthrough\n}', '/etc/hosts', [], ['.']],
    ['hosts /tmp {\n fallthrough\n}', '/tmp', [], ['.']],
    ['hosts /etc/hosts miek.nl. {\n fallthrough\n}', '/etc/hosts', ['miek.nl.'], ['.']],
    [
      'hosts /etc/hosts miek.nl 10.0.0.9/8 {\n fallthrough\n}',
      '/etc/hosts',
      ['miek.nl.', '10.in-addr.arpa.'],
      ['.'],
    ],
    ['hosts {\n fallthrough a.org in-addr.arpa\n}', '/etc/hosts', [], ['a.org.', 'in-addr.arpa.']],
  ])('%j', (text, path, zones, fallthrough) => {
    expect(setUp(text).config).toMatchObject({ path, zones, fallthrough })
  })
})

test('without ZONES the zones are those of the block', () => {
  expect(setUp('hosts', ['a.org.', '.']).config.zones).toEqual(['a.org.', '.'])
  expect(setUp('hosts /etc/hosts', ['a.org.']).config.zones).toEqual(['a.org.'])
})

test('the defaults', () => {
  expect(setUp('hosts').config).toMatchObject({
    ttl: 3600,
    reloadMs: 5000,
    reverse: true,
    inline: [],
    fallthroughUnsupported: false,
  })
})

test('all options, as k3s writes some of them', () => {
  const text = `hosts NodeHosts example.org {
    10.0.0.1 a.example.org   b.example.org # comment
    no_reverse
    ttl 60
    reload 15s
    fallthrough_unsupported
    ::1 c.example.org
    fallthrough
  }`
  expect(setUp(text)).toEqual({
    config: {
      plugin: 'hosts',
      path: 'NodeHosts',
      zones: ['example.org.'],
      inline: ['10.0.0.1 a.example.org b.example.org', '::1 c.example.org'],
      ttl: 60,
      reverse: false,
      reloadMs: 15_000,
      fallthrough: ['.'],
      fallthroughUnsupported: true,
    },
    warnings: ['File does not exist: NodeHosts'],
  })
})

describe('an error is', () => {
  const at = (line: number) => `Corefile:${line} - Error during parsing: `
  test.each([
    ['hosts\nhosts', 'this plugin can only be used once per Server Block'],
    ['hosts {\n fallthrough\n 10.0.0.1 a.org\n}', `${at(3)}unknown property '10.0.0.1'`],
    ['hosts {\n fallthrough\n relaod 5s\n}', `${at(3)}unknown property 'relaod'`],
    ['hosts {\n ttl\n}', `${at(2)}ttl needs a time in second`],
    ['hosts {\n ttl 5s\n}', `${at(2)}ttl needs a number of second`],
    ['hosts {\n ttl 0\n}', `${at(2)}ttl provided is invalid`],
    ['hosts {\n ttl -1\n}', `${at(2)}ttl provided is invalid`],
    ['hosts {\n ttl 65536\n}', `${at(2)}ttl provided is invalid`],
    ['hosts {\n reload\n}', `${at(2)}reload needs a duration (zero seconds to disable)`],
    ['hosts {\n reload 1s 2s\n}', `${at(2)}reload needs a duration (zero seconds to disable)`],
    ['hosts {\n reload soon\n}', `${at(2)}invalid duration for reload 'soon'`],
    ['hosts {\n reload -5s\n}', `${at(2)}invalid negative duration for reload '-5s'`],
    ['hosts {\n fallthrough_unsupported\n}', 'fallthrough_unsupported requires fallthrough'],
    [
      'hosts {\n fallthrough\n fallthrough_unsupported example.org\n}',
      `${at(3)}Wrong argument count or unexpected line ending after 'example.org'`,
    ],
    [
      'hosts /denied/hosts',
      `${at(1)}unable to access hosts file '/denied/hosts': stat /denied/hosts: permission denied`,
    ],
  ])('%j', (text, message) => {
    expect(() => setUp(text)).toThrow(message)
  })
})

describe('a warning is', () => {
  test.each([
    ['hosts /none', 'File does not exist: /none'],
    ['hosts /tmp', 'Hosts file "/tmp" is a directory'],
    [
      'hosts {\n relaod 5s\n}',
      'Corefile:2: "relaod" is not an IP address: it has no effect in this line of a hosts file',
    ],
    [
      'hosts {\n 10.0.0.1 a..b\n}',
      'Corefile:2: "a..b" is not a host name: it has no effect in this line of a hosts file',
    ],
  ])('%j', (text, warning) => {
    expect(setUp(text).warnings).toEqual([warning])
  })
})

describe('check says', () => {
  test.each([
    ['hosts', 'answers for all names from /etc/hosts, TTL 3600 s, checks the file every 5s'],
    [
      'hosts /tmp a.org b.org {\n 10.0.0.1 x.a.org\n ttl 60\n reload 0s\n no_reverse\n fallthrough a.org\n fallthrough_unsupported\n}',
      'answers for names in a.org. and b.org. from /tmp and 1 line of the Corefile, TTL 60 s, reads the file once, ' +
        'without names of addresses, names in a.org. that do not exist go to the next plugin, and so do questions of other types',
    ],
  ])('%j', (text, line) => {
    expect(hosts.describe(setUp(text, ['.']).config)).toBe(line)
  })
})
