// `ttl`, `rcode` and `cname` rules: CoreDNS' tests, and more.
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/dns/message.ts'
import { nameToText } from '../../../src/dns/name.ts'
import { isReply } from '../../../src/plugins/chain.ts'
import { asWire, replyWith, run, sectionsOf, textOf } from './rig.ts'

const split = (line: string) => line.split(' ')

/** CoreDNS' TestTtlRewrite. */
const TTL_RULES = [
  'ttl srv1.coredns.rocks 1',
  'ttl exact srv15.coredns.rocks 15',
  'ttl prefix srv30 30',
  'ttl suffix 45.coredns.rocks 45',
  'ttl substring rv50 50',
  'ttl regex (srv10)\\.(coredns)\\.(rocks) 10',
  'ttl range.example.com. 30-300',
  'ttl ceil.example.com. -11',
  'ttl floor.example.com. 5-',
].map(split)

describe('ttl', () => {
  test.each([
    ['srv1.coredns.rocks.', 5, 1],
    ['srv15.coredns.rocks.', 5, 15],
    ['srv30.coredns.rocks.', 5, 30],
    ['srv45.coredns.rocks.', 5, 45],
    ['srv10.coredns.rocks.', 5, 10],
    ['srv11.coredns.rocks.', 5, 5],
    ['range.example.com.', 5, 30],
    ['range.example.com.', 55, 55],
    ['range.example.com.', 500, 300],
    ['ceil.example.com.', 5, 5],
    ['ceil.example.com.', 15, 11],
    ['floor.example.com.', 0, 5],
    ['floor.example.com.', 30, 30],
  ])('%s with %i s has %i s', async (name, ttl, expected) => {
    const { answer } = await run(
      TTL_RULES,
      { name, type: 'A' },
      {
        next: () => replyWith([`${name} ${ttl} A 10.0.0.1`]),
      },
    )
    expect(sectionsOf(answer).answers[0]!.ttl).toBe(expected)
  })

  test('a substring has a final dot, so it ends a label: rv50 is not in srv50.coredns.rocks', async () => {
    const { answer } = await run(
      TTL_RULES,
      { name: 'srv50.coredns.rocks.', type: 'A' },
      {
        next: () => replyWith(['srv50.coredns.rocks. 5 A 10.0.0.1']),
      },
    )
    expect(sectionsOf(answer).answers[0]!.ttl).toBe(50)
  })
})

const rcodeOf = async (rule: string, rcode: number, edns = false) => {
  const spec = { name: 'srv1.coredns.rocks', type: 'A', ...(edns ? { edns: {} } : {}) }
  const { answer } = await run([split(rule)], spec, { next: () => replyWith([], { rcode }) })
  return isReply(answer) ? answer.rcode : -1
}

describe('rcode', () => {
  test.each([1, 2, 4, 5])(
    "%i of a reply without records becomes NOERROR (CoreDNS' tests)",
    async (rcode) => {
      for (const mode of ['stop', 'continue']) {
        expect(
          await rcodeOf(`${mode} rcode exact srv1.coredns.rocks ${rcode} NOERROR`, rcode),
        ).toBe(0)
      }
    },
  )

  test('an rcode that is not the one of the rule stays', async () => {
    expect(await rcodeOf('rcode srv1.coredns.rocks SERVFAIL NOERROR', 3)).toBe(3)
  })

  test('a high rcode needs OPT: a client without EDNS gets SERVFAIL', async () => {
    expect(await rcodeOf('rcode srv1.coredns.rocks REFUSED BADSIG', 5, true)).toBe(16)
    expect(await rcodeOf('rcode srv1.coredns.rocks REFUSED BADSIG', 5)).toBe(2)
  })

  test('changes once, however many records there are', async () => {
    const rules = ['continue rcode a 0 3', 'rcode a 3 0'].map(split)
    const { answer } = await run(
      rules,
      { name: 'a', type: 'A' },
      {
        next: () => replyWith(['a. 5 A 10.0.0.1', 'a. 5 A 10.0.0.2']),
      },
    )
    expect(isReply(answer) && answer.rcode).toBe(3)
  })

  test('a high rcode of an upstream message is in OPT', async () => {
    const spec = { name: 'a', type: 'A', edns: {} }
    const { answer } = await run([split('rcode a 3 23')], spec, {
      next: (query) => asWire(replyWith([], { rcode: 3 }), query),
    })
    if (!('wire' in answer)) throw new Error('not an upstream message')
    // The lower bits in the header, the upper ones in the TTL of OPT.
    expect(answer.wire[3]! & 0xf).toBe(7)
    expect(answer.wire.at(-6)).toBe(1)
  })
})

const CNAME_RULES = [
  'continue cname exact def.example.com xyz.example.com',
  'continue cname prefix chat.openai.com bard.google.com',
  'continue cname suffix uvw. xyz.',
  'continue cname substring efgh zzzz.www',
  'continue cname regex (.*)\\.web\\.(.*)\\.site\\. {1}.webapp.{2}.org.',
  'continue cname exact music.truncated.spotify.com. music.truncated.spotify.com.',
  'continue cname suffix prod. staging.',
].map(split)

/** What CoreDNS' MockedUpstream finds. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  'xyz.example.com.': ['xyz.example.com. 3600 A 3.4.5.6'],
  'bard.google.com.cdn.cloudflare.net.': ['bard.google.com.cdn.cloudflare.net. 1800 A 9.7.2.1'],
  'www.hosting.xyz.': ['www.hosting.xyz. 500 A 20.30.40.50'],
  'abcd.zzzz.www.pqrst.': [
    'abcd.zzzz.www.pqrst. 120 A 101.20.5.1',
    'abcd.zzzz.www.pqrst. 120 A 101.20.5.2',
  ],
  'orders.webapp.eu.org.': ['orders.webapp.eu.org. 120 A 20.0.0.9'],
  'music.truncated.spotify.com.': ['music.truncated.spotify.com. 120 A 10.1.0.9'],
  'intermediate-2.staging.': [
    'intermediate-2.staging. 200 CNAME final.staging.net.',
    'final.staging.net. 120 A 5.6.7.8',
  ],
}

async function lookup(name: Uint8Array): Promise<Message> {
  const text = nameToText(name)
  const { answers } = replyWith(FOUND[text] ?? [])
  const flags = text.startsWith('music.') ? 0x8200 : 0x8000
  return { id: 0, flags, questions: [], answers, authorities: [], additionals: [] }
}

describe("cname (CoreDNS' TestCNameTargetRewrite)", () => {
  test.each([
    [
      'abc.example.com',
      ['abc.example.com. 5 CNAME def.example.com.', 'def.example.com. 5 A 1.2.3.4'],
      ['abc.example.com. 5 CNAME xyz.example.com.', 'xyz.example.com. 3600 A 3.4.5.6'],
    ],
    [
      'chat.openai.com',
      [
        'chat.openai.com. 20 CNAME chat.openai.com.cdn.cloudflare.net.',
        'chat.openai.com.cdn.cloudflare.net. 30 A 23.2.1.2',
        'chat.openai.com.cdn.cloudflare.net. 30 A 24.6.0.8',
      ],
      [
        'chat.openai.com. 20 CNAME bard.google.com.cdn.cloudflare.net.',
        'bard.google.com.cdn.cloudflare.net. 1800 A 9.7.2.1',
      ],
    ],
    [
      'coredns.io',
      ['coredns.io. 100 CNAME www.hosting.uvw.', 'www.hosting.uvw. 200 A 7.2.3.4'],
      ['coredns.io. 100 CNAME www.hosting.xyz.', 'www.hosting.xyz. 500 A 20.30.40.50'],
    ],
    [
      'core.dns.rocks',
      ['core.dns.rocks. 200 CNAME abcd.efgh.pqrst.', 'abcd.efgh.pqrst. 100 A 200.30.45.67'],
      [
        'core.dns.rocks. 200 CNAME abcd.zzzz.www.pqrst.',
        'abcd.zzzz.www.pqrst. 120 A 101.20.5.1',
        'abcd.zzzz.www.pqrst. 120 A 101.20.5.2',
      ],
    ],
    [
      'order.service.eu',
      ['order.service.eu. 200 CNAME orders.web.eu.site.', 'orders.web.eu.site. 50 A 10.10.15.1'],
      ['order.service.eu. 200 CNAME orders.webapp.eu.org.', 'orders.webapp.eu.org. 120 A 20.0.0.9'],
    ],
    [
      'music.spotify.com',
      ['music.spotify.com. 200 CNAME music.truncated.spotify.com.'],
      [
        'music.spotify.com. 200 CNAME music.truncated.spotify.com.',
        'music.truncated.spotify.com. 120 A 10.1.0.9',
      ],
    ],
    [
      'cname-chain.org',
      [
        'cname-chain.org. 200 CNAME intermediate-1.com.',
        'intermediate-1.com. 200 CNAME intermediate-2.prod.',
        'intermediate-2.prod. 200 CNAME final.prod.net.',
        'final.prod.net. 120 A 1.2.3.4',
      ],
      [
        'cname-chain.org. 200 CNAME intermediate-1.com.',
        'intermediate-1.com. 200 CNAME intermediate-2.staging.',
        'intermediate-2.staging. 200 CNAME final.staging.net.',
        'final.staging.net. 120 A 5.6.7.8',
      ],
    ],
  ])('%s', async (name, given, expected) => {
    const { answer } = await run(
      CNAME_RULES,
      { name, type: 'A' },
      {
        lookup,
        next: () => replyWith(given),
      },
    )
    expect(sectionsOf(answer).answers.map(textOf)).toEqual(replyWith(expected).answers.map(textOf))
    const truncated = isReply(answer) && ((answer.flags ?? 0) & 0x0200) !== 0
    expect(truncated).toBe(name.startsWith('music'))
  })

  test('a target that no rule means is not looked up', async () => {
    const { answer } = await run(
      CNAME_RULES,
      { name: 'a', type: 'A' },
      {
        next: () => replyWith(['a. 5 CNAME b.', 'b. 5 A 10.0.0.1']),
      },
    )
    expect(sectionsOf(answer).answers.map(textOf)).toEqual(['a. 5 5 b.', 'b. 5 1 10.0.0.1'])
  })
})
