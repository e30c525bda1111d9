// What `dns64` does with the replies to AAAA questions. The vectors are those of coredns plugin/dns64/dns64_test.go.
import { describe, expect, test } from 'vitest'
import { ipv6Text } from '../../../src/dns/address.ts'
import { Exchange } from '../../../src/dns/exchange.ts'
import type { Message, RR } from '../../../src/dns/message.ts'
import { nameToText } from '../../../src/dns/name.ts'
import { type Answer, compose, emptyReply, isWire, type Reply } from '../../../src/plugins/chain.ts'
import { Dns64Answerer } from '../../../src/plugins/dns64/answerer.ts'
import { parsePrefix } from '../../../src/plugins/dns64/prefix.ts'
import { dns64Runtime } from '../../../src/plugins/dns64/runtime.ts'
import { ASK_CHAIN, ASK_UPSTREAM, DROP, NEXT } from '../../../src/plugins/runtime.ts'
import { queryOf } from '../../support/chain-query.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { asWire, record, replyWith, sectionsOf } from '../rewrite/rig.ts'

const SOA = 'example.com. 70 SOA foo. bar.'
const A = ['example.com. 60 A 192.0.2.42', 'example.com. 5000 A 192.0.2.43']

const noRecords = (...authorities: string[]) =>
  replyWith([], { authorities: authorities.map(record) })

/** The message of the A lookup. */
function looked(reply: Reply, flags = 0): Message {
  return { id: 0, flags: 0x8080 | flags | reply.rcode, questions: [], ...reply }
}

function textOf({ name, ttl, type, data }: RR): string {
  const address = type === 28 ? ipv6Text(data) : nameToText(data)
  return `${nameToText(name)} ${ttl} ${type} ${address}`
}

interface Given {
  readonly translateAll?: boolean
  readonly allowIpv4?: boolean
  readonly client?: string
  readonly type?: string
  readonly isRefresh?: boolean
}

/** The answer for a client, when the plugins behind answer the AAAA question so, and the server the A question. */
async function translated(aaaa: Answer, a: Message | undefined, given: Given = {}) {
  const parsed = parsePrefix('64:ff9b::/96')
  if (!parsed.ok) throw new Error(parsed.message)
  const {
    translateAll = false,
    allowIpv4 = false,
    client = '2001:db8::1',
    isRefresh = false,
  } = given
  const counters = new Float64Array(1)
  const { handler } = dns64Runtime(
    { plugin: 'dns64', prefix: parsed.prefix, translateAll, allowIpv4 },
    runtimeContext({ counters, shared: [0] }),
  )
  const lookups: string[] = []
  const query = {
    ...queryOf({ name: 'Example.com', type: given.type ?? 'AAAA' }, { remoteAddress: client }),
    isRefresh,
    lookup: async (name: Uint8Array, type: number) => {
      lookups.push(`${nameToText(name)} ${type}`)
      if (a === undefined) throw new Error('unexpected lookup')
      return a
    },
  }
  const answer = await compose([handler!, { name: 'next', handle: async () => aaaa }])(query)
  return { answer, lookups, count: counters[0] }
}

describe('upstream', () => {
  test('a name without AAAA records: the TTL is at most that of the SOA', async () => {
    const { answer, lookups, count } = await translated(noRecords(SOA), looked(replyWith(A)))
    expect(answer).toMatchObject({ rcode: 0, authoritative: false, flags: 0, authorities: [] })
    expect(sectionsOf(answer).answers.map(textOf)).toEqual([
      'example.com. 60 28 64:ff9b::c000:22a',
      'example.com. 70 28 64:ff9b::c000:22b',
    ])
    expect([lookups, count]).toEqual([['example.com. 1'], 1])
  })

  test('a name without A records, too: the reply is that to the A question', async () => {
    const none = noRecords('example.com. 3600 SOA foo. bar.')
    const { answer } = await translated(none, looked(none))
    expect(sectionsOf(answer)).toEqual({
      ...sectionsOf(none),
      rcode: 0,
      authoritative: false,
      flags: 0,
    })
  })

  test.each([
    ['as records', { ...emptyReply(5), additionals: [record('example.com. 1 A 192.0.2.1')] }],
    [
      'as the message of an upstream',
      asWire(emptyReply(5), queryOf({ name: 'Example.com', type: 'AAAA' })),
    ],
  ])('after REFUSED %s, without a SOA, the TTL is at most 600 s', async (_form, refused) => {
    const { answer } = await translated(refused, looked(replyWith(A)))
    expect(sectionsOf(answer).answers.map(textOf)).toEqual([
      'example.com. 60 28 64:ff9b::c000:22a',
      'example.com. 600 28 64:ff9b::c000:22b',
    ])
  })

  test('a name that does not exist stays so', async () => {
    const absent = replyWith([], { rcode: 3, authorities: [record(SOA)] })
    expect(await translated(absent, undefined)).toEqual({ answer: absent, lookups: [], count: 0 })
  })

  test('AAAA records stay', async () => {
    const own = replyWith(['example.com. 60 AAAA ::1', 'example.com. 5000 AAAA ::2'])
    expect((await translated(own, undefined)).answer).toBe(own)
  })

  test('a truncated reply to the A question leads to a truncated reply', async () => {
    const { answer } = await translated(noRecords(SOA), looked(replyWith(A), 0x200))
    expect(answer).toMatchObject({ flags: 0x200 })
  })
})

test.each([
  ['with AAAA records', replyWith(['example.com. 60 AAAA ::1'])],
  ['without', noRecords(SOA)],
])('translate_all replaces a reply %s', async (_what, reply) => {
  const { answer } = await translated(reply, looked(replyWith(A)), { translateAll: true })
  expect(sectionsOf(answer).answers.map(textOf)[0]).toBe('example.com. 60 28 64:ff9b::c000:22a')
})

test('other records of the reply to the A question stay', async () => {
  const chain = replyWith(['example.com. 9 CNAME a.net.', 'a.net. 60 A 192.0.2.1'])
  const { answer } = await translated(noRecords(SOA), looked(chain))
  expect(sectionsOf(answer).answers.map(textOf)).toEqual([
    'example.com. 9 5 a.net.',
    'a.net. 60 28 64:ff9b::c000:201',
  ])
})

test('an alias of a name that does not exist is looked up, and its error is the answer', async () => {
  const alias = replyWith(['example.com. 9 CNAME a.net.'], { rcode: 3 })
  const { answer, count } = await translated(alias, looked(alias))
  expect([answer, count]).toMatchObject([{ rcode: 3, answers: alias.answers }, 1])
})

test('the client gets the error of the A lookup', async () => {
  const { answer } = await translated(noRecords(SOA), looked(emptyReply(2)))
  expect(answer).toMatchObject({ rcode: 2, answers: [] })
})

describe('upstream: questions that are translated', () => {
  test.each([
    ['AAAA from IPv6', {}, true],
    ['AAAA from IPv4', { client: '127.0.0.1' }, false],
    ['AAAA from IPv4 with allow_ipv4', { client: '127.0.0.1', allowIpv4: true }, true],
    ['AAAA from IPv6 with allow_ipv4', { allowIpv4: true }, true],
    ['A from IPv6', { type: 'A' }, false],
    ['a renewal of the cache', { isRefresh: true }, false],
  ])('%s: %s', async (_what, given, isTranslated) => {
    const reply = noRecords(SOA)
    const { count } = await translated(reply, looked(replyWith(A)), given)
    expect(count).toBe(isTranslated ? 1 : 0)
  })
})

test('what plugins leave to the server stays', async () => {
  const refused = emptyReply(5)
  expect((await translated(refused, undefined)).answer).toBe(refused)
})

describe('on the packet path', () => {
  const query = queryOf({ name: 'example.com', type: 'AAAA' })
  const own = replyWith(['example.com. 60 CNAME a.net.', 'a.net. 60 AAAA ::1'])
  const bytes = (reply: Reply) => {
    const answer = asWire(reply, query)
    if (!isWire(answer)) throw new Error('the answer is no message')
    return answer.wire
  }

  function result(found: Uint8Array | number, { type = 'AAAA', translateAll = false } = {}) {
    const behind = [
      { answer: () => NEXT },
      {
        answer({ output, outOffset }: Exchange) {
          if (typeof found === 'number') return found
          output.set(found, outOffset)
          return found.length
        },
      },
    ]
    const wire = encodeQuery({ name: 'example.com', type })
    const exchange = new Exchange()
    exchange.request.parse(wire, 0, wire.length)
    exchange.place(wire, 0, wire.length, new Uint8Array(1024), 100)
    const length = new Dns64Answerer(translateAll, behind).answer(exchange)
    return length > 0 ? 'reply' : length
  }

  const absent = bytes(replyWith([], { rcode: 3, authorities: [record(SOA)] }))
  test.each([
    ['a question of another type goes on', absent, { type: 'A' }, NEXT],
    ['AAAA records are the answer', bytes(own), {}, 'reply'],
    [
      'AAAA records with translate_all are for the chain',
      bytes(own),
      { translateAll: true },
      ASK_CHAIN,
    ],
    ['a name that does not exist is the answer', absent, {}, 'reply'],
    ['so it is with translate_all', absent, { translateAll: true }, 'reply'],
    [
      'an alias of such a name is for the chain',
      bytes(replyWith(['a. 1 CNAME b.'], { rcode: 3 })),
      {},
      ASK_CHAIN,
    ],
    ['no records are for the chain', bytes(noRecords(SOA)), {}, ASK_CHAIN],
    ['an error is for the chain', bytes(emptyReply(2)), {}, ASK_CHAIN],
    ['a question for the upstream thread is for the chain', ASK_UPSTREAM, {}, ASK_CHAIN],
    ['a question that nobody answers is for the chain', NEXT, {}, ASK_CHAIN],
    ['a dropped question gets no reply', DROP, {}, DROP],
  ])('%s', (_rule, found, options, expected) => {
    expect(result(found, options)).toBe(expected)
  })
})
