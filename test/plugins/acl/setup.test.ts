// The directive in a Corefile: CoreDNS' TestSetup (plugin/acl/setup_test.go), the meaning of lines, and what `check` explains.
import { describe, expect, test } from 'vitest'
import { addressBytes } from '../../../src/dns/address.ts'
import { acl } from '../../../src/plugins/acl/setup.ts'
import { aclConfig } from './rig.ts'

const read = (line: string) => aclConfig(`acl {\n${line}\n}`)
const policy = (line: string) => read(line).rules[0]!.policies[0]!
const net = (text: string) => {
  const [address = '', bits] = text.split('/')
  return { bytes: addressBytes(address)!, bits: Number(bits) }
}

describe('is accepted', () => {
  test.each([
    'block type A net 192.168.0.0/16',
    'block type * net 192.168.0.0/16',
    'block type A net *',
    'allow type * net 192.168.1.0/24\nblock type * net 192.168.0.0/16',
    'filter type A net 192.168.0.0/16',
    'drop type * net 192.168.0.0/16',
    'block type * net 192.168.1.0/24 192.168.3.0/24',
    'block type TXT ANY CNAME net 192.168.3.0/24',
    'block type A net 2001:0db8:85a3:0000:0000:8a2e:0370:7334',
    'block type * net 2001:db8:85a3::8a2e:370:7334',
    'allow net 2001:db8:abcd:0012::0/64\nblock',
    'block net 2001:db8:abcd:0012::0/64 2001:db8:85a3::8a2e:370:7334/64',
  ])('%s', (lines) => {
    expect(read(lines).rules[0]!.policies).toHaveLength(lines.split('\n').length)
  })
})

describe('is refused in the words of CoreDNS', () => {
  const at = (message: string) => `plugin/acl: Corefile:3 - Error during parsing: ${message}`
  test.each([
    ['block A net 192.168.0.0/16', `unexpected token "A"; expect 'type | net'`],
    ['block type net 192.168.0.0/16', 'no token specified in "type" section'],
    ['block net', 'no token specified in "net" section'],
    ['block type ABC net 192.168.0.0/16', 'unexpected token "ABC"; expect legal QTYPE'],
    ['block type a', 'unexpected token "a"; expect legal QTYPE'],
    [
      'blck type A net 192.168.0.0/16',
      `unexpected token "blck"; expect 'allow', 'block', 'filter' or 'drop'`,
    ],
    ['block type A net 192.168.0/16', 'illegal CIDR notation "192.168.0/16"'],
    ['block type A net 192.168.0.0/33', 'illegal CIDR notation "192.168.0.0/33"'],
    ['block type A net 192.168.0', 'illegal CIDR notation "192.168.0/32"'],
    [
      'block type A net 2001::85a3::8a2e:370:7334',
      'illegal CIDR notation "2001::85a3::8a2e:370:7334/128"',
    ],
    [
      'block type A net 2001:db8:85a3:::8a2e:370:7334',
      'illegal CIDR notation "2001:db8:85a3:::8a2e:370:7334/128"',
    ],
  ])('%s', (line, message) => {
    expect(() => read(line)).toThrow(at(message))
  })

  test('a zone with escapes, which would match nothing', () => {
    expect(() => aclConfig('acl a\\032b.org {\nblock\n}')).toThrow('escapes in zone')
  })
})

describe('a line', () => {
  test.each([
    ['block', { action: 'block', types: undefined, networks: undefined }],
    ['BLOCK TYPE A NET *', { action: 'block', types: [1], networks: undefined }],
    ['drop type A AAAA', { action: 'drop', types: [1, 28], networks: undefined }],
    ['drop type A type TXT', { action: 'drop', types: [1, 16], networks: undefined }],
    ['drop type A * nonsense', { action: 'drop', types: undefined, networks: undefined }],
    ['drop type * type A', { action: 'drop', types: undefined, networks: undefined }],
    [
      'allow net 10.0.0.1 ::1 net 10.2.0.0/16',
      {
        action: 'allow',
        types: undefined,
        networks: [net('10.0.0.1/32'), net('::1/128'), net('10.2.0.0/16')],
      },
    ],
    [
      'filter net 10.0.0.0/8 type MX',
      { action: 'filter', types: [15], networks: [net('10.0.0.0/8')] },
    ],
  ])('%s', (line, expected) => {
    expect(policy(line)).toEqual(expected)
  })
})

test('each directive of a block is a rule, for its zones or those of the block', () => {
  const { rules } = aclConfig(
    'acl {\nblock\n}\nacl A.example.org 10.0.0.0/8 {\ndrop\n}\nacl b.org',
    'example.org example.net',
  )
  expect(rules.map(({ zones, policies }) => [zones, policies.map(({ action }) => action)])).toEqual(
    [
      [['example.org.', 'example.net.'], ['block']],
      [['a.example.org.', '10.in-addr.arpa.'], ['drop']],
      [['b.org.'], []],
    ],
  )
})

test('check explains it', () => {
  const lines = 'allow net 10.0.0.0/8 ::1\nfilter type AAAA TXT\nblock'
  expect(acl.describe(aclConfig(`acl a.org {\n${lines}\n}\nacl . {\ndrop net 192.0.2.1\n}`))).toBe(
    'for names in a.org. the first that matches: allows queries of 10.0.0.0/8 and ::1/128, ' +
      'answers without records AAAA and TXT queries of all clients, refuses queries of all clients; ' +
      'for all names the first that matches: drops queries of 192.0.2.1/32',
  )
})
