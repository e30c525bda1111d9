// CoreDNS' TestACLServeDNS (plugin/acl/acl_test.go), on the packet path and in the chain.
import { describe, expect, test } from 'vitest'
import { aclRig } from './rig.ts'

const REFUSED = 'REFUSED 15=0,15'
const FILTERED = 'NOERROR 15=0,17'
const DROPPED = 'no reply'
const ALLOWED = 'next'

const V6 = '2001:0db8:85a3:0000:0000:8a2e:0370:7334'
const NET = '2001:db8:abcd:0012::0/64'

type Vector = readonly [
  name: string,
  lines: readonly string[],
  query: string,
  client: string,
  expected: string,
  zones?: string,
]

/** Each with the lines of `acl example.org`, or with directives of its own. */
const VECTORS: readonly Vector[] = [
  [
    'a type and a network: inside',
    ['block type A net 192.168.0.0/16'],
    'www A',
    '192.168.0.2',
    REFUSED,
  ],
  ['outside of the network', ['block type A net 192.168.0.0/16'], 'www A', '192.167.0.2', ALLOWED],
  ['all types', ['block type * net 192.168.0.0/16'], 'www AAAA', '192.168.0.2', REFUSED],
  ['a type of all clients', ['block type A'], 'www A', '10.1.0.2', REFUSED],
  ['another type', ['block type A'], 'www AAAA', '10.1.0.2', ALLOWED],
  ['an address', ['block type A net 192.168.1.2'], 'www A', '192.168.1.2', REFUSED],
  ['another address', ['block type A net 192.168.1.2'], 'www A', '192.168.1.3', ALLOWED],
  ['filter', ['filter type A net 192.168.0.0/16'], 'www A', '192.168.0.2', FILTERED],
  ['filter, outside', ['filter type A net 192.168.0.0/16'], 'www A', '192.167.0.2', ALLOWED],
  ['allow, then block', ['allow net 192.168.0.0/16', 'block'], 'www A', '192.168.0.2', ALLOWED],
  [
    'block what is not allowed',
    ['allow type * net 192.168.0.0/16', 'block'],
    'www A',
    '10.1.0.2',
    REFUSED,
  ],
  ['drop', ['drop net 192.168.0.0/16'], 'www A', '192.168.0.2', DROPPED],
  [
    'the smaller network first',
    ['block net 192.168.1.0/24', 'drop net 192.168.0.0/16'],
    'www A',
    '192.168.1.2',
    REFUSED,
  ],
  [
    'the larger network first',
    ['drop net 192.168.0.0/16', 'block net 192.168.1.0/24'],
    'www A',
    '192.168.1.1',
    DROPPED,
  ],
  [
    'drop a type before an allowed network',
    ['drop type A', 'allow net 192.168.0.0/16'],
    'www A',
    '192.168.1.1',
    DROPPED,
  ],
  [
    'drop a type, another is asked',
    ['drop type A', 'allow net 192.168.0.0/16'],
    'www AAAA',
    '192.168.1.1',
    ALLOWED,
  ],
  ['IPv6: inside', [`block type A net ${NET}`], 'www A', '2001:db8:abcd:0012::1230', REFUSED],
  ['IPv6: outside', [`block type A net ${NET}`], 'www A', '2001:db8:abcd:0013::0', ALLOWED],
  ['IPv6: a type of all clients', ['block type A'], 'www A', V6, REFUSED],
  ['IPv6: an address', [`block type A net ${V6}`], 'www A', V6, REFUSED],
  ['IPv6: another address', [`block type A net ${V6}`], 'www A', V6.replace(/4$/, '5'), ALLOWED],
  ['IPv6: with an interface', [`block type AAAA net ${V6}`], 'www AAAA', `${V6}%eth0`, REFUSED],
  ['IPv6: drop', [`drop net ${V6}`], 'www AAAA', V6, DROPPED],
  [
    'IPv6: the smaller network first',
    ['block net 2001:db8:abcd:0012:8000::/66', `drop net ${NET}`],
    'www AAAA',
    '2001:db8:abcd:0012:8000::1',
    REFUSED,
  ],
  [
    'IPv6: the larger network first',
    [`drop net ${NET}`, 'block net 2001:db8:abcd:0012:8000::/66'],
    'www AAAA',
    '2001:db8:abcd:0012:8000::1',
    DROPPED,
  ],
  ['IPv6: drop a type', ['drop type A', 'allow net 2001:db8:85a3::0/64'], 'www A', V6, DROPPED],
  [
    'IPv6: drop a type, another is asked',
    ['drop type A', 'allow net 2001:db8:85a3::0/64'],
    'www AAAA',
    V6,
    ALLOWED,
  ],
  [
    'a zone: its name',
    ['acl a.example.org {\nblock type * net 192.168.1.0/24\n}'],
    'a A',
    '192.168.1.2',
    REFUSED,
  ],
  [
    'a zone: a name beside it',
    ['acl a.example.org {\nblock net 192.168.1.0/24\n}'],
    'www A',
    '192.168.1.2',
    ALLOWED,
  ],
  [
    'a zone: a name below it',
    ['acl example.org {\nblock net 192.168.1.0/24\n}'],
    'a A',
    '192.168.1.2',
    REFUSED,
  ],
  [
    'the zone of the block: another name',
    ['acl {\nblock net 192.168.1.0/24\n}'],
    'a.example.com. A',
    '192.168.1.2',
    ALLOWED,
    'example.org',
  ],
  [
    'two directives: the second',
    [
      'acl a.example.org {\nblock net 192.168.1.0/24\n}',
      'acl b.example.org {\nblock type * net 192.168.2.0/24\n}',
    ],
    'b A',
    '192.168.2.2',
    REFUSED,
  ],
  [
    'two directives: the network of the other one',
    [
      'acl a.example.org {\nblock net 192.168.1.0/24\n}',
      'acl b.example.org {\nblock net 192.168.2.0/24\n}',
    ],
    'b A',
    '192.168.1.2',
    ALLOWED,
  ],
  [
    'IPv6, a zone: its name',
    [`acl a.example.org {\nblock type * net ${NET}\n}`],
    'a A',
    '2001:db8:abcd:0012:2019::0',
    REFUSED,
  ],
  [
    'IPv6, a zone: a name beside it',
    [`acl a.example.org {\nblock net ${NET}\n}`],
    'www A',
    '2001:db8:abcd:0012:2019::0',
    ALLOWED,
  ],
]

describe.each([
  ['on the packet path', false],
  ['in the chain', true],
])('%s', (_, chain) => {
  const rows = VECTORS.map(([name, lines, query, client, expected, zones = '.']) => {
    return { name, lines, query, client, expected, zones }
  })

  test.each(rows)('$name', async ({ lines, query, client, expected, zones }) => {
    const text = lines.join('\n')
    const isWhole = text.startsWith('acl')
    const rig = aclRig(isWhole ? text : `acl example.org {\n${text}\n}`, { zones, chain })
    const [name = '', type = ''] = query.split(' ')
    const full = name.endsWith('.') ? name : `${name}.example.org`
    expect(await rig.decide(full, type, client)).toBe(expected)
  })
})
