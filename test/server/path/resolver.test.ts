// Answers of the plugin chain on their way to the client, and lookups of plugins.
import * as packet from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { FLAG_AD, FLAG_RA, FLAG_TC } from '../../../src/dns/codes.ts'
import { nameToWire } from '../../../src/dns/name.ts'
import {
  type Answer,
  emptyReply,
  type Handler,
  isWire,
  NO_REPLY,
  type Query,
} from '../../../src/plugins/chain.ts'
import type { Link } from '../../../src/plugins/runtime.ts'
import { linkBlock } from '../../../src/server/path/block-handlers.ts'
import { createPacketPath } from '../../../src/server/path/listener-path.ts'
import { AF_UNSPEC, addressOf } from '../../../src/udp/sockaddr.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'
import { packetOpt } from '../../support/packet-opt.ts'

const CLIENT = {
  protocol: 'udp',
  remoteAddress: '192.0.2.1',
  remotePort: 1,
  localAddress: '',
  localPort: 53,
} as const

/** A path with these zones, each with one block of these links. */
function pathOf(zones: Readonly<Record<string, readonly Link[]>>, rotate = false) {
  const errors: string[] = []
  const path = createPacketPath({
    group: {
      address: '',
      port: 53,
      sockets: 1,
      zones: Object.keys(zones).map((zone, block) => ({ zone, block })),
    },
    blocks: Object.values(zones).map((links) =>
      linkBlock(links, { rotateAddresses: rotate }, 'last'),
    ),
    tables: new Map(),
    protocol: 'udp',
    onError: (_zone, _request, _rcode, error) => errors.push(error),
    recover: (error) => errors.push(`exception ${error}`),
  })
  return {
    errors,
    ask: async (spec: QuerySpec): Promise<Message | undefined> => {
      const { reply } = await path.resolve(encodeQuery(spec), CLIENT)
      return reply && decodeMessage(reply)
    },
    path,
  }
}

const handling = (
  handle: (query: Query, next: () => Promise<Answer>) => Promise<Answer>,
): Link => ({
  handler: { name: 'test', handle } satisfies Handler,
})

/** An upstream's message to the query's question. */
function message(query: Query, more: Partial<packet.Packet> = {}): Uint8Array {
  const { questions } = packet.decode(Buffer.from(query.wire))
  return packet.encode({
    type: 'response',
    id: 4711,
    flags: 0x0180,
    questions: questions ?? [],
    ...more,
  })
}

const address = (name: string, data: string) => ({ type: 'A', name, data, ttl: 60 }) as const
const ask = { name: 'www.Example.org', type: 'A', id: 99 }

describe('wire answers', () => {
  test("have the client's id, question and OPT, and the upstream's records and flags", async () => {
    const { ask: query } = pathOf({
      '.': [
        handling(async (one) => ({
          wire: message(one, {
            flags: 0x0180 | FLAG_AD,
            answers: [address('www.example.org', '192.0.2.9')],
          }),
        })),
      ],
    })
    const reply = await query({ ...ask, edns: { size: 1232, do: true } })
    expect(reply).toMatchObject({
      id: 99,
      rcode: 'NOERROR',
      questions: [{ name: 'www.Example.org.' }],
    })
    expect(reply?.flags).toMatchObject({ ad: true, ra: true, aa: false, rd: true })
    expect(reply?.answers).toHaveLength(1)
    expect(reply?.opt).toMatchObject({ size: 1232, do: true })
  })

  test("are cut to the client's size with TC", async () => {
    const answers = Array.from({ length: 60 }, (_, i) => address('www.example.org', `192.0.2.${i}`))
    const { ask: query } = pathOf({
      '.': [handling(async (one) => ({ wire: message(one, { answers }) }))],
    })
    const small = await query(ask)
    expect([small?.flags.tc, (small?.answers.length ?? 60) < 20]).toEqual([true, true])
    const large = await query({ ...ask, edns: { size: 4096 } })
    expect([large?.flags.tc, large?.answers.length]).toEqual([false, 60])
  })

  test('keep records that follow OPT', async () => {
    const { ask: query } = pathOf({
      '.': [
        handling(async (one) => ({
          wire: message(one, {
            additionals: [packetOpt(), address('ns.example.org', '192.0.2.3')],
          }),
        })),
      ],
    })
    expect((await query(ask))?.additional.map(({ name }) => name)).toEqual(['ns.Example.org.'])
  })

  test('start with another address each time, with loadbalance', async () => {
    const answers = ['192.0.2.1', '192.0.2.2'].map((data) => address('www.example.org', data))
    const link = handling(async (one) => ({ wire: message(one, { answers }) }))
    const first = async (path: ReturnType<typeof pathOf>) => (await path.ask(ask))?.answers[0]?.data
    const [rotated, fixed] = [pathOf({ '.': [link] }, true), pathOf({ '.': [link] })]
    expect(new Set([await first(rotated), await first(rotated)]).size).toBe(2)
    expect(new Set([await first(fixed), await first(fixed)]).size).toBe(1)
  })

  const bad: readonly [string, (query: Query) => Uint8Array][] = [
    ['malformed bytes', () => new Uint8Array(30)],
    [
      'the message to a longer name',
      (one) => message(one, { questions: [{ type: 'A', name: 'xwww.example.org' }] }),
    ],
  ]
  test.each(bad)('%s are SERVFAIL', async (_name, wire) => {
    const { ask: query } = pathOf({ '.': [handling(async (one) => ({ wire: wire(one) }))] })
    expect(await query(ask)).toMatchObject({ id: 99, rcode: 'SERVFAIL' })
  })
})

describe('other answers', () => {
  test('NO_REPLY sends nothing and is no error', async () => {
    const { ask: query, errors } = pathOf({ '.': [handling(async () => NO_REPLY)] })
    expect([await query(ask), errors]).toEqual([undefined, []])
  })

  test('records may have the header bits RA, AD and TC, and no others', async () => {
    const flags = FLAG_RA | FLAG_AD | FLAG_TC | 0x8000 | 0x7800 | 3
    const { ask: query } = pathOf({ '.': [handling(async () => ({ ...emptyReply(0), flags }))] })
    const reply = await query(ask)
    expect(reply).toMatchObject({ rcode: 'NOERROR', flags: { opcode: 0 } })
    expect(reply?.flags).toMatchObject({ ra: true, ad: true, tc: true, aa: false })
  })

  test('a handler sees the answer of the next one on its way up, and may change it', async () => {
    const { ask: query } = pathOf({
      '.': [
        handling(async (_one, next) => {
          const answer = await next()
          return isWire(answer) ? emptyReply(5) : answer
        }),
        handling(async (one) => ({ wire: message(one) })),
      ],
    })
    expect((await query(ask))?.rcode).toBe('REFUSED')
  })
})

describe('lookup', () => {
  const name = (text: string) => nameToWire(text)!
  /** Replies with the rcode of a lookup as its own rcode, and the number of its records as records. */
  const looking = (target: string, type = 1): Link =>
    handling(async (query) => {
      const { flags, answers } = await query.lookup(name(target), type)
      return { ...emptyReply(flags & 0xf), answers }
    })

  test('asks the block of the name, from its first plugin on, for the same client', async () => {
    const seen: Query[] = []
    const { ask: query } = pathOf({
      'a.org.': [looking('www.b.org.')],
      'b.org.': [
        handling(async (one) => {
          seen.push(one)
          return { wire: message(one, { answers: [address('www.b.org', '192.0.2.5')] }) }
        }),
      ],
    })
    const reply = await query({
      name: 'www.a.org',
      type: 'AAAA',
      flags: { cd: true, rd: true },
      edns: { size: 1400, do: true },
    })
    expect(reply?.answers.map(({ data }) => data)).toEqual(['192.0.2.5'])
    expect(seen[0]?.client).toEqual(CLIENT)
    expect(packet.decode(Buffer.from(seen[0]!.wire))).toMatchObject({
      questions: [{ name: 'www.b.org', type: 'A' }],
      flag_cd: true,
      flag_rd: true,
      additionals: [{ type: 'OPT', udpPayloadSize: 1400, flag_do: true }],
    })
  })

  test('asks the packet path first', async () => {
    const table: Link = { answerer: { answer: (exchange) => exchange.bare(3) } }
    const { ask: query } = pathOf({ 'a.org.': [looking('www.b.org.')], 'b.org.': [table] })
    expect((await query({ name: 'www.a.org', type: 'A' }))?.rcode).toBe('NXDOMAIN')
  })

  test('tells the packet path the client, or that the server itself asks', async () => {
    const clients: string[] = []
    const table: Link = {
      answerer: {
        answer(exchange) {
          const { client, clientAt } = exchange
          const isServer = client[clientAt] === AF_UNSPEC
          clients.push(isServer ? 'server' : addressOf(client, clientAt))
          return exchange.bare(3)
        },
      },
    }
    const zones = { 'a.org.': [looking('www.b.org.')], 'b.org.': [table] }
    const { ask: query, path } = pathOf(zones)
    await query({ name: 'www.a.org', type: 'A' })
    await path.refresh(encodeQuery({ name: 'www.a.org', type: 'A' }))
    expect(clients).toEqual(['192.0.2.1', 'server'])
  })

  test('is REFUSED for a name that no block serves, and SERVFAIL when the other handler throws', async () => {
    const broken = handling(() => Promise.reject(new Error('broken')))
    const { ask: query, errors } = pathOf({
      'a.org.': [looking('www.c.org.')],
      'b.org.': [looking('www.x.org.')],
      'x.org.': [broken],
    })
    expect((await query({ name: 'www.a.org', type: 'A' }))?.rcode).toBe('REFUSED')
    expect((await query({ name: 'www.b.org', type: 'A' }))?.rcode).toBe('SERVFAIL')
    expect(errors).toEqual(['exception Error: broken'])
  })

  test('ends after eight lookups inside each other', async () => {
    let lookups = 0
    const { ask: query } = pathOf({
      'a.org.': [
        handling(async (one) => {
          lookups++
          const { flags } = await one.lookup(name('www.a.org.'), 1)
          return emptyReply(flags & 0xf)
        }),
      ],
    })
    expect((await query({ name: 'www.a.org', type: 'A' }))?.rcode).toBe('SERVFAIL')
    expect(lookups).toBe(9)
  })
})

describe('the upstream that has answered', () => {
  const upstreamOf = async (zones: Parameters<typeof pathOf>[0]) => {
    const { path } = pathOf(zones)
    return (await path.resolve(encodeQuery(ask), CLIENT)).upstream
  }
  const answering = (upstream: string): Link =>
    handling(async (query) => {
      query.answeredBy(upstream)
      return emptyReply(0)
    })

  test('is that of the query, also behind a plugin that rewrites it', async () => {
    const rewriting: Link = {
      handler: { name: 'rewriting', handle: (query, next) => next(query.rewritten(query.wire)) },
    }
    expect(await upstreamOf({ '.': [rewriting, answering('192.0.2.1:53')] })).toBe('192.0.2.1:53')
    expect(await upstreamOf({ '.': [handling(async () => emptyReply(0))] })).toBe('')
  })

  test('is not that of a lookup', async () => {
    const looking = handling(async (query) => {
      await query.lookup(nameToWire('a.org.')!, 1)
      return emptyReply(0)
    })
    expect(await upstreamOf({ '.': [looking], 'a.org.': [answering('192.0.2.1:53')] })).toBe('')
  })
})

test.each([
  ['by default those of the query before it', undefined],
  ['or those that the plugin says', encodeQuery({ name: 'c.org', type: 'A' })],
])('bytes that lead to a rewritten query: %s', async (_rule, asked) => {
  const seen: Query[] = []
  const { path } = pathOf({
    '.': [
      {
        handler: {
          name: 'rewriting',
          handle: (query, next) =>
            next(query.rewritten(encodeQuery({ name: 'b.org', type: 'A' }), asked)),
        },
      },
      handling(async (query) => {
        seen.push(query)
        return emptyReply(0)
      }),
    ],
  })
  const wire = encodeQuery(ask)
  await path.resolve(wire, CLIENT)
  expect(seen[0]?.asked).toEqual(asked ?? wire)
})

describe('refresh', () => {
  test('runs the chain for nobody', async () => {
    const seen: Query[] = []
    const { path } = pathOf({
      '.': [
        handling(async (query) => {
          seen.push(query)
          return emptyReply(0)
        }),
      ],
    })
    await path.refresh(encodeQuery(ask))
    await path.resolve(encodeQuery(ask), CLIENT)
    expect(seen.map(({ isRefresh, client }) => [isRefresh, client.remoteAddress])).toEqual([
      [true, ''],
      [false, '192.0.2.1'],
    ])
  })
})
