// What `dns64` reads from a Corefile. The vectors are those of coredns plugin/dns64/setup_test.go.
import { describe, expect, test } from 'vitest'
import type { Dns64Config } from '../../../src/plugins/dns64/options.ts'
import { prefixText } from '../../../src/plugins/dns64/prefix.ts'
import { loadConfig } from '../../../src/plugins/load.ts'
import { fakeFiles } from '../../corefile/fake-files.ts'

function load(lines: string) {
  const { blocks, warnings } = loadConfig({
    file: 'Corefile',
    text: `. {\n${lines}\n}\n`,
    port: 53,
    env: {},
    files: fakeFiles(),
    cwd: '/DIR',
  })
  const config = blocks[0]!.directives[0] as Dns64Config
  return { ...config, prefix: prefixText(config.prefix), warnings }
}

const DEFAULT = { prefix: '64:ff9b::/96', translateAll: false, allowIpv4: false, warnings: [] }

describe('upstream', () => {
  test.each([
    ['dns64', {}],
    ['dns64 64:dead::/96', { prefix: '64:dead::/96' }],
    ['dns64 {\ntranslate_all\n}', { translateAll: true }],
    ['dns64 {\nprefix 64:ff9b::/96\n}', {}],
    ['dns64 {\nprefix 64:ff9b::/32\n}', { prefix: '64:ff9b::/32' }],
    ['dns64 {\nprefix 2002:ac12:b083::/96\n}', { prefix: '2002:ac12:b083::/96' }],
    ['dns64 {\nprefix 2002:c0a8:a88a::/48\n}', { prefix: '2002:c0a8:a88a::/48' }],
    ['dns64 {\nallow_ipv4\n}', { allowIpv4: true }],
  ])('%j', (lines, changes) => {
    expect(load(lines)).toMatchObject({ ...DEFAULT, ...changes })
  })

  const at = (line: number) => `plugin/dns64: Corefile:${line} - Error during parsing: `
  test.each([
    ['dns64 {\nprefix 64:ff9b::/52\n}', `${at(3)}invalid prefix length "64:ff9b::/52"`],
    ['dns64 {\nprefix 64:ff9b::/104\n}', `${at(3)}invalid prefix length "64:ff9b::/104"`],
    ['dns64 {\nprefix 8.8.8.8/24\n}', `${at(3)}invalid netmask 32 IPv6 address: "8.8.8.0/24"`],
    ['dns64 foobar {\nprefix 64:ff9b::/96\n}', 'plugin/dns64: invalid CIDR address: foobar'],
    ['dns64 foobar', 'plugin/dns64: invalid CIDR address: foobar'],
    ['dns64 {\nfoobar\n}', `${at(3)}unknown property 'foobar'`],
    ['dns64 {\nprefix\n}', `${at(3)}Wrong argument count or unexpected line ending after 'prefix'`],
    ['dns64 a b', `${at(2)}Wrong argument count or unexpected line ending after 'b'`],
  ])('%j is refused', (lines, message) => {
    expect(() => load(lines)).toThrow(message)
  })
})

test('behind a PREFIX, only `prefix` of the block has an effect', () => {
  const lines = 'dns64 64:dead::/96 {\ntranslate_all\nprefix 64:beef::/96\nallow_ipv4\ninvented\n}'
  const noEffect = 'has no effect: there is a PREFIX on the line of the directive'
  const cure = '; write `prefix PREFIX` into the block'
  expect(load(lines)).toMatchObject({
    ...DEFAULT,
    prefix: '64:beef::/96',
    warnings: [
      `plugin/dns64: translate_all ${noEffect}${cure}`,
      `plugin/dns64: allow_ipv4 ${noEffect}${cure}`,
      `plugin/dns64: invented ${noEffect}`,
    ],
  })
})
