// Which replies are cached, and how they look from the cache. The vectors are those of coredns plugin/cache/cache_test.go
// (TestCacheInsertion, TestAnswersQuestionStrictEligibility), spoof_test.go and qclass_test.go.
import { describe, expect, test } from 'vitest'
import type { QuerySpec } from '../../support/dns-encode.ts'
import { CacheRig, WAYS } from './cache-rig.ts'
import { replyTo, type UpstreamReplySpec } from './upstream-reply.ts'

const SOA = 'example.org. 3600 SOA sns.dns.icann.org. noc.dns.icann.org.'
/** The time of upstream's tests: 2017-04-21 09:51:21 UTC. Signatures with these times are valid then. */
const VALID = '1495336381 1492744381'
const EXPIRED = '1463800381 1461208381'

const alias = { name: 'alias.example.org.', type: 'A' }
const MIEK: QuerySpec = { name: 'miek.nl.', type: 'MX' }
const ORG: QuerySpec = { name: 'example.org.', type: 'A' }

type Row = readonly [
  name: string,
  query: QuerySpec,
  reply: UpstreamReplySpec,
  /** The TTL in the hit, or false if the reply is not cached. */
  cached: number | false,
  store?: 'success' | 'denial',
]

const mx = (ttl: number) => [
  `miek.nl. ${ttl} MX 1 aspmx.l.google.com.`,
  `miek.nl. ${ttl} MX 10 aspmx2.googlemail.com.`,
]
const withDo = (query: QuerySpec): QuerySpec => ({ ...query, edns: { do: true } })

const ROWS: readonly Row[] = [
  ['a TTL over the maximum', MIEK, { answers: mx(3601), flags: { ra: true, ad: true } }, 3600],
  ['another case', { ...MIEK, name: 'mIEK.nL.' }, { answers: mx(3601) }, 3600],
  ['a truncated reply', MIEK, { answers: mx(1800), flags: { tc: true } }, false],
  ['NXDOMAIN', ORG, { rcode: 3, authorities: [SOA] }, 1800, 'denial'],
  ['NXDOMAIN without SOA', { name: '1.1.168.192.in-addr.arpa.', type: 'PTR' }, { rcode: 3 }, false],
  ['NXDOMAIN with answers', alias, { rcode: 3, answers: mx(60), authorities: [SOA] }, false],
  ['SERVFAIL', ORG, { rcode: 2 }, 5, 'denial'],
  ['NOTIMP', ORG, { rcode: 4 }, 5, 'denial'],
  ['FORMERR', ORG, { rcode: 1 }, false],
  ['REFUSED', ORG, { rcode: 5 }, false],
  ['an extended rcode', withDo(ORG), { opt: { extendedRcode: 1 } }, false],
  ['NODATA', ORG, { authorities: [SOA] }, 1800, 'denial'],
  [
    "NODATA, by the TTL of SOA's record and not by its MINIMUM",
    ORG,
    { authorities: ['example.org. 700 SOA a.org. b.org. 60'] },
    700,
    'denial',
  ],
  ['a delegation', ORG, { authorities: ['example.org. 3600 NS ns.example.org.'] }, 5],
  ['NOERROR without records', ORG, {}, 5],
  ['NOERROR with records in the additional section only', ORG, { additionals: [...mx(70)] }, 70],
  [
    'the least TTL of all sections',
    ORG,
    {
      answers: ['example.org. 300 A 192.0.2.1'],
      authorities: ['example.org. 200 NS ns.example.org.'],
      additionals: ['ns.example.org. 100 A 192.0.2.53'],
    },
    100,
  ],
  ['a TTL under the minimum', ORG, { answers: ['example.org. 0 A 192.0.2.1'] }, 5],
  ['a TTL of more than 31 bits', ORG, { answers: ['example.org. 2147483648 A 192.0.2.1'] }, 5],
  [
    'a signature that has expired, with DO',
    withDo(MIEK),
    { answers: [...mx(3600), `miek.nl. 1800 RRSIG ${EXPIRED}`], opt: { do: true } },
    false,
  ],
  [
    'a signature that has expired, without DO',
    MIEK,
    { answers: [...mx(3600), `miek.nl. 1800 RRSIG ${EXPIRED}`] },
    1800,
  ],
  [
    'a signature that is valid, with DO',
    withDo(MIEK),
    { answers: [...mx(3600), `miek.nl. 1800 RRSIG ${VALID}`], opt: { do: true } },
    1800,
  ],
  [
    'a question with CD',
    { ...ORG, flags: { cd: true } },
    { answers: ['example.org. 3600 A 127.0.0.1'], flags: { cd: true } },
    3600,
  ],
  ['AXFR', { ...ORG, type: 'AXFR' }, { answers: [SOA] }, false],
  ['IXFR', { ...ORG, type: 'IXFR' }, { answers: [SOA] }, false],

  [
    'a denial in a zone without denials',
    { name: 'neg-disabled.example.org.', type: 'A' },
    { rcode: 3, authorities: [SOA] },
    false,
  ],
  [
    'an answer in a zone without answers',
    { name: 'a.pos-disabled.example.org.', type: 'A' },
    { answers: ['a.pos-disabled.example.org. 3600 A 127.0.0.1'] },
    false,
  ],
  [
    'a denial in a zone without answers',
    { name: 'pos-disabled.example.org.', type: 'A' },
    { rcode: 3, authorities: [SOA] },
    1800,
    'denial',
  ],
  [
    'an answer in a zone without denials',
    { name: 'neg-disabled.example.org.', type: 'A' },
    { answers: ['neg-disabled.example.org. 3600 A 127.0.0.1'] },
    3600,
  ],

  [
    'CNAMEs that lead nowhere',
    alias,
    {
      answers: [
        'alias.example.org. 3600 CNAME target1.example.net.',
        'target1.example.net. 3600 CNAME target2.example.net.',
      ],
    },
    false,
  ],
  [
    'CNAMEs that lead nowhere, with SOA: NODATA',
    alias,
    { answers: ['alias.example.org. 3600 CNAME target1.example.net.'], authorities: [SOA] },
    1800,
    'denial',
  ],
  [
    'a CNAME to another type',
    alias,
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        'target.example.net. 3600 AAAA ::1',
      ],
    },
    false,
  ],
  [
    'a CNAME without the MX that was asked for',
    { ...alias, type: 'MX' },
    { answers: ['alias.example.org. 3600 CNAME target.example.net.'] },
    false,
  ],
  [
    'a CNAME to the MX that was asked for',
    { ...alias, type: 'MX' },
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        'target.example.net. 3600 MX 10 mail.example.net.',
      ],
    },
    3600,
  ],
  [
    'a signed CNAME that leads nowhere, with DO',
    withDo(alias),
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        `alias.example.org. 3600 RRSIG ${VALID}`,
      ],
      opt: { do: true },
    },
    false,
  ],
  [
    'a CNAME and an address of another name',
    alias,
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        'unrelated.example.net. 3600 A 192.0.2.1',
      ],
    },
    false,
  ],
  [
    'a CNAME for ANY',
    { ...alias, type: 'ANY' },
    { answers: ['alias.example.org. 3600 CNAME target.example.net.'] },
    3600,
  ],
  [
    'an unrelated record for ANY',
    { ...alias, type: 'ANY' },
    { answers: ['unrelated.org. 60 A 192.0.2.10'] },
    false,
  ],
  [
    'a CNAME to an address',
    alias,
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        'target.example.net. 3600 A 127.0.0.1',
      ],
    },
    3600,
  ],
  [
    'a CNAME to an address in another case',
    alias,
    {
      answers: [
        'ALIAS.example.org. 3600 CNAME Target.Example.net.',
        'tARGET.example.NET. 3600 A 127.0.0.1',
      ],
    },
    3600,
  ],
  [
    'a CNAME behind its address',
    alias,
    {
      answers: [
        'target.example.net. 3600 A 127.0.0.1',
        'alias.example.org. 3600 CNAME target.example.net.',
      ],
    },
    3600,
  ],
  [
    'a CNAME that was asked for',
    { ...alias, type: 'CNAME' },
    { answers: ['alias.example.org. 3600 CNAME target.example.net.'] },
    3600,
  ],
  [
    'two equal CNAMEs that were asked for',
    { ...alias, type: 'CNAME' },
    {
      answers: [
        'alias.example.org. 60 CNAME target.example.net.',
        'alias.example.org. 60 CNAME target.example.net.',
      ],
    },
    60,
  ],
  [
    'two CNAMEs of one name that were asked for',
    { ...alias, type: 'CNAME' },
    {
      answers: [
        'alias.example.org. 60 CNAME first.example.net.',
        'alias.example.org. 60 CNAME second.example.net.',
      ],
    },
    false,
  ],
  ...[0, 1].map((first): Row => {
    const targets = ['target1', 'target2']
    return [
      `two CNAMEs of one name, ${targets[first]} first`,
      alias,
      {
        answers: [
          `alias.example.org. 3600 CNAME ${targets[first]}.example.net.`,
          `alias.example.org. 3600 CNAME ${targets[1 - first]}.example.net.`,
          'target1.example.net. 3600 A 192.0.2.1',
        ],
      },
      false,
    ]
  }),
  [
    'two equal CNAMEs to an address',
    alias,
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        'alias.example.org. 3600 CNAME target.example.net.',
        'target.example.net. 3600 A 127.0.0.1',
      ],
    },
    3600,
  ],
  [
    'a loop of CNAMEs',
    alias,
    {
      answers: [
        'alias.example.org. 3600 CNAME target.example.net.',
        'target.example.net. 3600 CNAME alias.example.org.',
        'alias.example.org. 3600 A 192.0.2.1',
      ],
    },
    false,
  ],
  [
    'a chain of 30 CNAMEs',
    { name: 'c0.org.', type: 'A' },
    {
      answers: [
        ...Array.from({ length: 30 }, (_, i) => `c${i}.org. 60 CNAME c${i + 1}.org.`),
        'c30.org. 60 A 192.0.2.1',
      ],
    },
    60,
  ],
  [
    'a chain of 600 CNAMEs',
    { name: 'c0.org.', type: 'A' },
    {
      answers: [
        ...Array.from({ length: 600 }, (_, i) => `c${i}.org. 60 CNAME c${i + 1}.org.`),
        'c600.org. 60 A 192.0.2.1',
      ],
    },
    false,
  ],
  ['an address of another class', ORG, { answers: ['example.org. 60 CH A 192.0.2.20'] }, false],
]

const rows = ROWS.map(([name, query, reply, cached, store = 'success']) => {
  return { name, query, reply, cached, store }
})

const OPTIONS = `cache {
  disable denial neg-disabled.example.org
  disable success pos-disabled.example.org
}`

describe.each(WAYS)('by %s', (way) => {
  test.each(rows)('$name', async ({ query, reply, cached, store }) => {
    const rig = new CacheRig(way, OPTIONS)
    rig.upstream = (wire) => replyTo(wire, reply)
    const first = await rig.ask(query)
    const expected = cached === false ? [0, 0] : store === 'success' ? [1, 0] : [0, 1]
    expect(rig.entries).toEqual(expected)
    if (cached === false) {
      await rig.ask(query)
      expect(rig.asked).toHaveLength(2)
      return
    }
    rig.upstream = () => undefined
    const hit = await rig.ask({ ...query, id: 7 })
    expect(rig.asked).toHaveLength(1)
    for (const message of [first!, hit!]) {
      const texts = [message.answers, message.authority, message.additional].map((section) =>
        section.map(({ text }) => text.toLowerCase()),
      )
      const { answers = [], authorities = [], additionals = [] } = reply
      const lines = [answers, authorities, additionals].map((section) => section.length)
      expect(texts.map((section) => section.length)).toEqual(lines)
      const ttls = [...message.answers, ...message.authority, ...message.additional]
      expect(new Set(ttls.map(({ ttl }) => ttl))).toEqual(
        new Set(ttls.length === 0 ? [] : [cached]),
      )
      expect(message.trailing).toBe(0)
      expect(message.opt === undefined).toBe(query.edns === undefined)
    }
    expect(hit!.question).toEqual(first!.question)
    expect(hit!.answers.map(({ data }) => data)).toEqual(first!.answers.map(({ data }) => data))
    expect(hit!.rcode).toBe(first!.rcode)
    // AA is always set in a hit, for clients that ignore answers without it.
    expect(hit!.flags).toMatchObject({ aa: true, ra: reply.flags?.ra ?? false, tc: false })
  })

  test.each([
    ['another name', { name: 'example.net.', type: 1 }],
    ['another type', { name: 'example.org.', type: 15 }],
  ])('a reply to %s is not stored', async (_, question) => {
    const rig = new CacheRig('the chain')
    rig.upstream = (wire) => replyTo(wire, { question, answers: ['example.org. 60 A 127.0.0.53'] })
    await rig.ask(ORG)
    expect(rig.entries).toEqual([0, 0])
    expect(rig.counters[5]).toBe(1)
  })

  test('a message that is no reply is not stored', async () => {
    const rig = new CacheRig('the chain')
    rig.upstream = (wire) => replyTo(wire, { isReply: false })
    await rig.ask(ORG)
    expect(rig.entries).toEqual([0, 0])
  })

  test.each([
    ['AXFR', { type: 'AXFR' }],
    [
      'a client subnet',
      { edns: { options: [{ code: 8, data: Uint8Array.of(0, 1, 24, 0, 10, 0, 0) }] } },
    ],
    ['NOTIFY', { opcode: 4 }],
  ])('a query with %s neither reads nor writes', async (_, more) => {
    const rig = new CacheRig(way)
    const query = { ...ORG, ...more }
    rig.upstream = (wire) => replyTo(wire, { answers: ['example.org. 77 A 192.0.2.1'] })
    await rig.ask(query)
    expect(rig.entries).toEqual([0, 0])
    await rig.ask(ORG)
    await rig.ask(query)
    expect(rig.asked).toHaveLength(3)
  })
})
