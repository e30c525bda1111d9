// Replies written from the bytes of an upstream's message.
import * as packet from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { Exchange } from '../../src/dns/exchange.ts'
import { ReplyWalk, walkReply } from '../../src/dns/reply-walk.ts'
import { KEEP_TTLS, writeWireReply, writeWireReplyWithOpt } from '../../src/dns/wire-reply.ts'
import { packetOpt } from '../support/packet-opt.ts'

const NAME = 'www.example.org'
const a = (data: string, name = NAME, ttl = 60) => ({ type: 'A', name, data, ttl }) as const
const cname = { type: 'CNAME', name: NAME, data: 'x.example.org', ttl: 90 } as const
const question = { type: 'A', class: 'IN', name: NAME } as const
const opt = (options: packet.PacketOpt[] = [], size = 4096) => packetOpt(size, options)

/** The upstream's message starts at 5 in its buffer. */
const START = 5
function upstream(message: Partial<packet.Packet>): { bytes: Uint8Array; walk: ReplyWalk } {
  const wire = packet.encode({ type: 'response', id: 1, questions: [question], ...message })
  const bytes = new Uint8Array(START + wire.length)
  bytes.set(wire, START)
  const walk = new ReplyWalk()
  expect(walkReply(bytes, START, wire.length, walk)).toBe(true)
  return { bytes, walk }
}

interface Asking {
  readonly edns?: boolean
  readonly limit?: number
  readonly name?: string
}

function exchange({ edns = false, limit = 4096, name = 'WWW.Example.ORG' }: Asking): Exchange {
  const query = packet.encode({
    type: 'query',
    id: 99,
    flags: packet.RECURSION_DESIRED,
    questions: [{ ...question, name }],
    ...(edns ? { additionals: [opt([], 1232)] } : {}),
  })
  const asked = new Exchange()
  asked.request.parse(query, 0, query.length)
  asked.input = query
  asked.output = new Uint8Array(70_000)
  asked.outOffset = 3
  asked.limit = limit
  return asked
}

function read(asked: Exchange, length: number): packet.DecodedPacket {
  return packet.decode(Buffer.from(asked.output.subarray(3, 3 + length)))
}

const addresses = (message: packet.DecodedPacket) =>
  message.answers?.flatMap((rr) => (rr.type === 'A' ? [rr.data] : []))

describe('writeWireReply', () => {
  const write = (
    message: Partial<packet.Packet>,
    asking: Asking = {},
    ttl = KEEP_TTLS,
    turn = 0,
  ) => {
    const { bytes, walk } = upstream(message)
    const asked = exchange(asking)
    return read(asked, writeWireReply(asked, bytes, START, walk, 0x0080, ttl, turn))
  }

  test("has the client's id and question, and the upstream's records", () => {
    const message = write({ answers: [cname, a('192.0.2.1', 'x.example.org')] })
    expect([message.id, message.questions?.[0]?.name, message.flag_ra, message.flag_rd]).toEqual([
      99,
      'WWW.Example.ORG',
      true,
      true,
    ])
    expect(message.answers?.map((rr) => rr.type)).toEqual(['CNAME', 'A'])
  })

  test('sets all TTLs, or keeps them', () => {
    const answers = [cname, a('192.0.2.1', 'x.example.org')]
    const ttls = (ttl: number) =>
      write({ answers }, {}, ttl).answers?.map((rr) => 'ttl' in rr && rr.ttl)
    expect([ttls(7), ttls(KEEP_TTLS)]).toEqual([
      [7, 7],
      [90, 60],
    ])
  })

  test("leaves out OPT for a client without EDNS, and has the client's otherwise", () => {
    const types = (edns: boolean) =>
      write({ additionals: [opt()] }, { edns }).additionals?.map((rr) => rr.type)
    expect([types(false), types(true)]).toEqual([[], ['OPT']])
  })

  test('leaves out records from the first one that does not fit, and sets TC', () => {
    const answers = Array.from({ length: 40 }, (_, i) => a(`192.0.2.${i}`))
    const whole = write({ answers, authorities: [{ ...cname, name: 'example.org' }] }, {})
    expect([whole.flag_tc, whole.answers?.length, whole.authorities?.length]).toEqual([
      false,
      40,
      1,
    ])
    for (const limit of [512, 600, 700]) {
      for (const edns of [false, true]) {
        const cut = write({ answers }, { limit, edns })
        const fitting = Math.floor((limit - 33 - (edns ? 11 : 0)) / 31)
        expect([cut.flag_tc, cut.answers?.length]).toEqual([fitting < 40, Math.min(40, fitting)])
      }
    }
  })

  const rotations: readonly [string, packet.Answer[], number, string[]][] = [
    [
      'addresses of one owner',
      [a('192.0.2.1'), a('192.0.2.2'), a('192.0.2.3')],
      1,
      ['192.0.2.2', '192.0.2.3', '192.0.2.1'],
    ],
    [
      'any turn',
      [a('192.0.2.1'), a('192.0.2.2'), a('192.0.2.3')],
      5,
      ['192.0.2.3', '192.0.2.1', '192.0.2.2'],
    ],
    [
      'addresses behind a CNAME',
      [cname, a('192.0.2.1', 'x.example.org'), a('192.0.2.2', 'x.example.org')],
      1,
      ['192.0.2.2', '192.0.2.1'],
    ],
    [
      'not addresses of two owners',
      [a('192.0.2.1'), a('192.0.2.2', 'xyz.example.org')],
      1,
      ['192.0.2.1', '192.0.2.2'],
    ],
    ['not one address', [a('192.0.2.1')], 1, ['192.0.2.1']],
  ]
  test.each(rotations)('rotates %s', (_name, answers, turn, expected) => {
    expect(addresses(write({ answers }, {}, KEEP_TTLS, turn))).toEqual(expected)
  })

  test('rotates before records are left out', () => {
    const answers = Array.from({ length: 40 }, (_, i) => a(`192.0.2.${i}`))
    expect(addresses(write({ answers }, { limit: 512 }, KEEP_TTLS, 39))?.slice(0, 2)).toEqual([
      '192.0.2.39',
      '192.0.2.0',
    ])
  })
})

describe('writeWireReplyWithOpt', () => {
  const optionsOf = (options: packet.PacketOpt[], asking: Asking) => {
    const { bytes, walk } = upstream({ answers: [a('192.0.2.1')], additionals: [opt(options)] })
    const asked = exchange(asking)
    const { additionals } = read(asked, writeWireReplyWithOpt(asked, bytes, START, walk, 0, 0))
    return additionals?.flatMap((rr) =>
      rr.type === 'OPT' ? rr.options.map(({ code }) => code) : [],
    )
  }
  const data = Buffer.alloc(10)
  const rows: readonly [string, number, boolean][] = [
    ['Extended DNS Error', 15, true],
    ['NSID', 3, true],
    ['an option above 31', 65_001, true],
    ['COOKIE', 10, false],
    ['KEEPALIVE', 11, false],
    ['PADDING', 12, false],
  ]
  test.each(rows)('%s (%i) of the upstream reaches the client: %s', (_name, code, reaches) => {
    const sized = code === 11 ? Buffer.alloc(2) : data
    expect(optionsOf([{ code, data: sized } as packet.PacketOpt], { edns: true })).toEqual(
      reaches ? [code] : [],
    )
  })

  test('a client without EDNS gets none', () => {
    expect(optionsOf([{ code: 15, data } as unknown as packet.PacketOpt], {})).toEqual([])
  })
})
