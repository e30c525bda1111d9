// The directive in a Corefile: CoreDNS' TestSetup (plugin/bind/setup_test.go), and what `except` takes away.
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../../src/plugins/load.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'

const addresses = (lines: string) =>
  loadConfig({
    file: 'Corefile',
    text: `. {\n${lines}\nwhoami\n}\n`,
    port: 53,
    env: {},
    files: fakeFiles(),
    cwd: '/DIR',
    parallelism: 2,
    interfaces: {
      lo: [
        { address: '127.0.0.1', family: 'IPv4' },
        { address: '::1', family: 'IPv6' },
      ],
      eth0: [
        { address: '10.0.0.5', family: 'IPv4' },
        { address: 'fe80::5', family: 'IPv6', scopeid: 2 },
      ],
    },
  }).blocks[0]!.settings.addresses

describe("CoreDNS' TestSetup", () => {
  test.each([
    ['bind 1.2.3.4', ['1.2.3.4']],
    ['bind 1.2.3.4 ::5', ['1.2.3.4', '::5']],
    ['bind ::1 1.2.3.4 ::5 127.9.9.0', ['::1', '1.2.3.4', '::5', '127.9.9.0']],
    ['bind 1.2.3.4 lo', ['1.2.3.4', '127.0.0.1', '::1']],
    ['bind lo {\nexcept 127.0.0.1\n}', ['::1']],
  ])('%s', (lines, expected) => {
    expect(addresses(lines)).toEqual(expected)
  })

  test.each(['bind', 'bind 1.2.3.invalid', 'bind ::1 1.2.3.4 ::5 127.9.9.0 noone'])(
    '%s is refused',
    (lines) => {
      expect(() => addresses(lines)).toThrow('plugin/bind: ')
    },
  )
})

describe('except', () => {
  test.each([
    ['an address', 'bind lo eth0 {\nexcept ::1 10.0.0.5\n}', ['127.0.0.1', 'fe80::5%eth0']],
    ['all addresses of an interface', 'bind lo eth0 {\nexcept eth0\n}', ['127.0.0.1', '::1']],
    ['nothing of another directive', 'bind lo {\nexcept lo\n}\nbind 127.0.0.1', ['127.0.0.1']],
    ['an address that is not there', 'bind lo {\nexcept 192.0.2.1\n}', ['127.0.0.1', '::1']],
    ['only what the last line says', 'bind lo {\nexcept 127.0.0.1\nexcept ::1\n}', ['127.0.0.1']],
    ['an address in one spelling', 'bind ::1 {\nexcept 0:0::1\n}', ['::1']],
    ['everything', 'bind 127.0.0.1 {\nexcept lo\n}', []],
  ])('takes away %s', (_, lines, expected) => {
    expect(addresses(lines)).toEqual(expected)
  })

  test.each([
    [
      'bind lo {\nexcept\n}',
      'plugin/bind: at least one address or interface must be given to except subdirective',
    ],
    [
      'bind lo {\nexcept nowhere\n}',
      'plugin/bind: not a valid IP address or interface name: "nowhere"',
    ],
    ['bind lo {\nonly ::1\n}', 'plugin/bind: invalid option "only"'],
  ])('%s is refused', (lines, message) => {
    expect(() => addresses(lines)).toThrow(message)
  })
})
