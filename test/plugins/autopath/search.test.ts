// The search of `autopath`. The vectors are those of coredns plugin/autopath/autopath_test.go.
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../src/dns/message.ts'
import { nameToText } from '../../../src/dns/name.ts'
import { autopathRuntime } from '../../../src/plugins/autopath/runtime.ts'
import {
  type Answer,
  compose,
  emptyReply,
  isReply,
  isWire,
  NO_REPLY,
  type Query,
} from '../../../src/plugins/chain.ts'
import type { Link, SearchLists } from '../../../src/plugins/runtime.ts'
import { queryOf } from '../../support/chain-query.ts'
import { runtimeContext } from '../../support/runtime-context.ts'
import { asWire, record, replyWith, sectionsOf, textOf, wire } from '../rewrite/rig.ts'

type Next = Readonly<Record<string, 'yes' | 'nodata' | 'nxdomain' | Answer>>

const SEARCH = ['example.org.', 'example.com.', 'com.']
const DATA: Next = { 'b.example.org.': 'nxdomain', 'b.com.': 'yes', 'a.example.com.': 'yes' }

const textOfName = ({ request }: Query) => nameToText(request.name.slice(0, request.nameLength))

/** The answer for a name, the names that the next plugin was asked for, and the count of successes. */
async function search(
  name: string,
  data: Next,
  {
    zones = ['.'],
    search = SEARCH,
    asMessage = false,
    lists,
    isRefresh = false,
  }: {
    zones?: string[]
    search?: string[]
    asMessage?: boolean
    lists?: SearchLists
    isRefresh?: boolean
  } = {},
) {
  const seen: string[] = []
  const counters = new Float64Array(1)
  const from = lists === undefined ? {} : { from: 'other' }
  const { handler, connect } = autopathRuntime(
    { plugin: 'autopath', zones, search, ...from },
    runtimeContext({ counters, shared: [0] }),
  )
  connect?.(new Map<string, Link>([['other', lists === undefined ? {} : { searchLists: lists }]]))
  const query = { ...queryOf({ name, type: 'A' }), isRefresh }
  const answers = {
    yes: (other: Query) => replyWith([`${textOfName(other)} 3600 A 127.0.0.53`]),
    nodata: () => emptyReply(0),
    nxdomain: () =>
      replyWith([], { rcode: 3, authorities: [record('example.org. 1800 SOA a.org. b.org.')] }),
  }
  const next = async (other: Query) => {
    const text = textOfName(other)
    seen.push(text)
    const known = data[text] ?? emptyReply(2)
    if (typeof known !== 'string') return known
    const reply = answers[known](other)
    return asMessage ? asWire(reply, other) : reply
  }
  const answer = await compose([handler!, { name: 'next', handle: next }])(query)
  return { answer, seen, successes: counters[0] }
}

function rcodeOf(answer: Answer): number {
  if (isReply(answer)) return answer.rcode
  if (!isWire(answer)) throw new Error('there is no reply')
  return answer.wire[3]! & 0xf
}

describe.each([false, true])('upstream, with a message of an upstream: %s', (asMessage) => {
  test('a name below the first domain is searched for', async () => {
    const { answer, successes } = await search('b.example.org', DATA, { asMessage })
    expect(sectionsOf(answer).answers.map(textOf)).toEqual([
      'b.example.org. 3600 5 b.com.',
      'b.com. 3600 1 127.0.0.53',
    ])
    expect([rcodeOf(answer), successes]).toEqual([0, 1])
  })

  test('a name below another domain is not', async () => {
    const { answer, seen, successes } = await search('a.example.com', DATA, { asMessage })
    expect(sectionsOf(answer).answers.map(textOf)).toEqual(['a.example.com. 3600 1 127.0.0.53'])
    expect([seen, successes]).toEqual([['a.example.com.'], 0])
  })

  test('a name that is nowhere keeps its own reply', async () => {
    const { answer, successes } = await search('c.example.org', DATA, { asMessage })
    expect([rcodeOf(answer), sectionsOf(answer).answers, successes]).toEqual([2, [], 0])
  })
})

describe('upstream: names that are searched for', () => {
  const list = ['default.svc.cluster.local.', 'svc.cluster.local.', 'cluster.local.']
  test.each([
    ['google.com.', false],
    ['a.default.svc.cluster.local.', true],
    ['a.b.svc.cluster.local.', false],
    // CoreDNS answers the domain itself with SERVFAIL.
    ['default.svc.cluster.local.', false],
  ])('%s: %s', async (name, isSearched) => {
    const { seen } = await search(name, {}, { search: list })
    expect(seen.length > 1).toBe(isSearched)
  })
})

test('the names are asked for in the order of the list, the name itself last', async () => {
  const { seen, answer } = await search('b.c.example.org', {
    'b.c.example.org.': 'nxdomain',
    'b.c.example.com.': 'nxdomain',
    'b.c.com.': 'nxdomain',
  })
  expect(seen).toEqual(['b.c.example.org.', 'b.c.example.com.', 'b.c.com.', 'b.c.'])
  expect(rcodeOf(answer)).toBe(3)
})

test.each([
  ['NXDOMAIN', 'nxdomain', ['b.example.org.', 'b.example.com.', 'b.com.']],
  ['a refusal without a reply', emptyReply(5), ['b.example.org.', 'b.example.com.', 'b.com.']],
  ['a reply without records', 'nodata', ['b.example.org.', 'b.example.com.']],
  ['an error', emptyReply(2, 'broken'), ['b.example.org.', 'b.example.com.']],
  ['no reply at all', NO_REPLY, ['b.example.org.', 'b.example.com.']],
] as const)('after %s', async (_what, second, names) => {
  const { seen } = await search('b.example.org', { ...DATA, 'b.example.com.': second })
  expect(seen).toEqual(names)
})

test('a reply without records has no CNAME', async () => {
  const { answer, successes } = await search('b.example.org', {
    ...DATA,
    'b.example.com.': 'nodata',
  })
  expect([rcodeOf(answer), sectionsOf(answer).answers, successes]).toEqual([0, [], 1])
})

test('the message of an upstream gets the question of the client', async () => {
  const { answer } = await search('B.example.org', DATA, { asMessage: true })
  if (!isWire(answer)) throw new Error('the answer is no message')
  expect(decodeMessage(answer.wire)!.questions.map(({ name }) => nameToText(name))).toEqual([
    'B.example.org.',
  ])
})

test('a chain of CNAME records follows the CNAME of the search', async () => {
  const chain = replyWith(['b.com. 60 CNAME c.net.', 'c.net. 30 A 192.0.2.1'])
  const { answer } = await search('b.example.org', { ...DATA, 'b.com.': chain })
  expect(sectionsOf(answer).answers.map(textOf)).toEqual([
    'b.example.org. 60 5 b.com.',
    'b.com. 60 5 c.net.',
    'c.net. 30 1 192.0.2.1',
  ])
})

test('a name that is too long with a domain is left out', async () => {
  const label = 'x'.repeat(61)
  const long = `d.${'y'.repeat(60)}.example.`
  const { seen } = await search(
    `${label}.${label}.${label}.example.org`,
    {},
    {
      search: ['example.org.', long, 'com.'],
    },
  )
  expect(seen.map((name) => name.replaceAll(label, 'x'))).toEqual([
    'x.x.x.example.org.',
    'x.x.x.com.',
    'x.x.x.',
  ])
})

test.each([
  ['a name outside of the zones', { zones: ['example.net.'] }],
  ['a renewal of the cache', { isRefresh: true }],
])('%s is not searched for', async (_what, options) => {
  expect((await search('b.example.org', DATA, options)).seen).toEqual(['b.example.org.'])
})

test('the domains of a plugin come before those of the machine', async () => {
  const lists = { mayApply: () => true, of: () => ['example.org.', 'org.'].map(wire) }
  const { seen } = await search('b.example.org', {}, { lists, search: ['node.example.'] })
  expect(seen).toEqual(['b.example.org.', 'b.org.', 'b.node.example.', 'b.'])
})

test('a plugin that knows no list for the client', async () => {
  const lists = { mayApply: () => true, of: () => undefined }
  expect((await search('b.example.org', DATA, { lists })).seen).toEqual(['b.example.org.'])
})
