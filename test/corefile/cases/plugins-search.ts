// Corefiles with autopath, dns64 and metadata.
import type { Case } from './case.ts'

const parsing = (plugin: string, line: number, message: string) =>
  `plugin/${plugin}: Corefile:${line} - Error during parsing: ${message}`
const wrong = (plugin: string, line: number, after: string) =>
  parsing(plugin, line, `Wrong argument count or unexpected line ending after '${after}'`)
const block = (...lines: readonly string[]) => `. {\n ${lines.join('\n ')}\n}\n`
const files = { 'resolv.conf': 'search a.test b.test\n', empty: '' }

export const searchPlugins: readonly Case[] = [
  {
    name: 'autopath with a file',
    corefile: block('autopath resolv.conf', 'whoami'),
    files,
    zones: ['.:0'],
  },
  {
    name: 'autopath with zones, and with a file without domains',
    corefile: block('autopath a.test 10.0.0.0/8 empty', 'whoami'),
    files,
    zones: ['.:0'],
  },
  {
    name: 'autopath with a plugin that the block does not have',
    corefile: block('autopath @kubernetes', 'whoami'),
    zones: ['.:0'],
  },
  {
    name: 'autopath without a file',
    corefile: block('autopath'),
    error: 'plugin/autopath: no resolv-conf specified',
  },
  {
    name: 'autopath with a file that does not exist',
    corefile: block('autopath /nowhere/resolv.conf'),
    error:
      'plugin/autopath: failed to parse "/nowhere/resolv.conf": open /nowhere/resolv.conf: no such file or directory',
  },
  {
    name: 'autopath with a plugin that has no search lists',
    corefile: block('autopath @whoami', 'whoami'),
    error: 'plugin/autopath: whoami does not implement the AutoPather interface',
  },
  {
    name: 'autopath twice: the last zones, and the plugin of any line',
    corefile: block('autopath @whoami', 'autopath resolv.conf', 'whoami'),
    files,
    error: 'plugin/autopath: whoami does not implement the AutoPather interface',
  },
  { name: 'dns64', corefile: block('dns64', 'whoami'), zones: ['.:0'] },
  {
    name: 'dns64 with a prefix',
    corefile: block('dns64 64:dead::/072', 'whoami'),
    zones: ['.:0'],
  },
  {
    name: 'dns64 with all options',
    corefile: block(
      'dns64 {',
      ' prefix 64:beef::1/40',
      ' translate_all',
      ' allow_ipv4',
      '}',
      'whoami',
    ),
    zones: ['.:0'],
  },
  {
    name: 'dns64 with a prefix and a block: its lines are read like directives',
    corefile: block(
      'dns64 64:dead::/96 {',
      ' translate_all',
      ' invented',
      ' prefix 64::/96',
      '}',
      'whoami',
    ),
    zones: ['.:0'],
  },
  {
    name: 'dns64 with a prefix, and a line of the block with a bad one',
    corefile: block('dns64 64:dead::/96 {', ' invented x', '}', 'whoami'),
    error: 'plugin/dns64: invalid CIDR address: x',
  },
  {
    name: 'dns64 with a prefix, and a line of the block with two words more',
    corefile: block('dns64 64:dead::/96 {', ' prefix 64::/96 x', '}', 'whoami'),
    error: wrong('dns64', 3, 'x'),
  },
  ...[
    ['x', 'invalid CIDR address: x'],
    ['64:ff9b::', 'invalid CIDR address: 64:ff9b::'],
    ['64:ff9b::/129', 'invalid CIDR address: 64:ff9b::/129'],
  ].map(([prefix, message]) => ({
    name: `dns64 with the prefix ${prefix}`,
    corefile: block(`dns64 ${prefix}`, 'whoami'),
    error: `plugin/dns64: ${message}`,
  })),
  ...[
    ['10.1.2.3/8', 'invalid netmask 32 IPv6 address: "10.0.0.0/8"'],
    ['64:ff9b::/52', 'invalid prefix length "64:ff9b::/52"'],
    ['64:ff9b::/104', 'invalid prefix length "64:ff9b::/104"'],
    ['2001:db8::1/24', 'invalid prefix length "2001:d00::/24"'],
  ].map(([prefix, message]) => ({
    name: `dns64 with the prefix ${prefix}`,
    corefile: block(`dns64 ${prefix}`, 'whoami'),
    error: parsing('dns64', 2, message!),
  })),
  { name: 'dns64 with two prefixes', corefile: block('dns64 a b'), error: wrong('dns64', 2, 'b') },
  {
    name: 'dns64 with an option without its prefix',
    corefile: block('dns64 {', ' prefix', '}'),
    error: wrong('dns64', 3, 'prefix'),
  },
  {
    name: 'dns64 with an unknown option',
    corefile: block('dns64 {', ' invented', '}'),
    error: parsing('dns64', 3, "unknown property 'invented'"),
  },
  { name: 'metadata', corefile: block('metadata', 'whoami'), zones: ['.:0'] },
  {
    name: 'metadata with zones',
    corefile: block('metadata a.test 10.0.0.0/8', 'whoami'),
    zones: ['.:0'],
  },
  {
    name: 'metadata with a block',
    corefile: block('metadata a.test {', ' invented', '}'),
    error: wrong('metadata', 3, 'invented'),
  },
  {
    name: 'metadata twice',
    corefile: block('metadata', 'metadata', 'whoami'),
    error: wrong('metadata', 3, 'metadata'),
  },
  {
    name: 'a label of metadata in a rule of rewrite',
    corefile: block('rewrite edns0 local set 0xffee {a/b}', 'whoami'),
    zones: ['.:0'],
  },
  {
    name: 'a label of metadata in a format of log, without metadata',
    corefile: block('log . "{/a/b}"', 'whoami'),
    zones: ['.:0'],
  },
]
