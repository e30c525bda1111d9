// One pass over replies of upstreams, compared with dns-packet as another decoder.
import * as packet from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReplyWalk, repliesTo, ttlOf, walkReply } from '../../src/dns/reply-walk.ts'
import { Request } from '../../src/dns/request.ts'
import { packetOpt } from '../support/packet-opt.ts'

const QUESTION = { type: 'A', class: 'IN', name: 'www.Example.org' } as const

function reply(more: Partial<packet.Packet>, flags = 0x8180): Uint8Array {
  return packet.encode({
    type: 'response',
    id: 7,
    flags: flags & 0x7fff,
    questions: [QUESTION],
    ...more,
  })
}

const a = (name: string, data: string, ttl = 30) => ({ type: 'A', name, data, ttl }) as const
const cname = (name: string, data: string, ttl = 30) =>
  ({ type: 'CNAME', name, data, ttl }) as const
const soa = {
  type: 'SOA',
  name: 'example.org',
  ttl: 300,
  data: {
    mname: 'ns.example.org',
    rname: 'h.example.org',
    serial: 1,
    refresh: 1,
    retry: 1,
    expire: 1,
    minimum: 60,
  },
} as const
const opt = packetOpt()

const at = (bytes: Uint8Array, start = 0) => {
  const walk = new ReplyWalk()
  return walkReply(bytes, start, bytes.length - start, walk) ? walk : undefined
}

describe('the walk over a reply', () => {
  const rows: readonly [string, Partial<packet.Packet>, Partial<ReplyWalk>][] = [
    ['no records', {}, { answers: 0, records: 0, minTtl: 0, optEnd: 0 }],
    [
      'two addresses',
      { answers: [a('www.Example.org', '192.0.2.1', 60), a('www.Example.org', '192.0.2.2', 20)] },
      { answers: 2, minTtl: 20 },
    ],
    [
      'a chain',
      { answers: [cname('www.Example.org', 'x.example.org', 5), a('x.example.org', '192.0.2.1')] },
      { answers: 2, minTtl: 5 },
    ],
    ['a negative reply', { authorities: [soa] }, { answers: 0, authorities: 1, minTtl: 300 }],
    [
      'OPT is no record',
      { answers: [a('www.Example.org', '192.0.2.1')], additionals: [opt] },
      { records: 1, additionals: 0, optIsLast: true },
    ],
    [
      'records behind OPT',
      { additionals: [opt, a('ns.example.org', '192.0.2.3')] },
      { additionals: 1, optIsLast: false },
    ],
    [
      'a TTL above 2^31 - 1 counts as 0',
      { answers: [a('www.Example.org', '192.0.2.1', 2 ** 31)] },
      { minTtl: 0 },
    ],
    [
      'the largest TTL',
      { answers: [a('www.Example.org', '192.0.2.1', 2 ** 31 - 1)] },
      { minTtl: 2 ** 31 - 1 },
    ],
  ]

  test.each(rows)('%s', (_name, message, expected) => {
    const walk = at(reply(message))!
    for (const [key, value] of Object.entries(expected)) {
      expect([key, walk[key as keyof ReplyWalk]]).toEqual([key, value])
    }
  })

  test('finds the TTL of each record, at any offset of the buffer', () => {
    const bytes = reply({
      answers: [a('www.Example.org', '192.0.2.1', 61)],
      authorities: [soa],
      additionals: [opt],
    })
    const shifted = new Uint8Array(bytes.length + 9)
    shifted.set(bytes, 9)
    const walk = at(shifted, 9)!
    expect([...walk.ttlAt.subarray(0, walk.records)].map((ttl) => ttlOf(shifted, 9 + ttl))).toEqual(
      [61, 300],
    )
    expect(walk.end).toBe(walk.optStart)
  })

  const malformed: readonly [string, (bytes: Uint8Array) => Uint8Array][] = [
    ['shorter than a header', (bytes) => bytes.subarray(0, 11)],
    ['no question', (bytes) => bytes.with(5, 0)],
    ['two questions', (bytes) => bytes.with(5, 2)],
    ['a count above the records', (bytes) => bytes.with(7, 9)],
    ['cut in the last record', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['a label of 64 bytes', (bytes) => bytes.with(12, 64)],
    ['a pointer in the question to itself', (bytes) => bytes.with(12, 0xc0).with(13, 12)],
    ['a pointer into the header', (bytes) => bytes.with(12, 0xc0).with(13, 0)],
  ]
  test.each(malformed)('refuses %s', (_name, change) => {
    expect(at(change(reply({ answers: [a('www.Example.org', '192.0.2.1')] })))).toBeUndefined()
  })

  test('refuses OPT in the answer section, and two OPT records', () => {
    const one = reply({ additionals: [opt] })
    expect(at(one.with(11, 0).with(7, 1))).toBeUndefined()
    expect(at(reply({ additionals: [opt, opt] }))).toBeUndefined()
  })

  test('random and mutated messages: no exception, no offset outside, and dns-packet agrees on what it accepts', () => {
    const valid = reply({
      answers: [cname('www.Example.org', 'x.example.org', 5), a('x.example.org', '192.0.2.1')],
      authorities: [soa],
      additionals: [a('ns.example.org', '192.0.2.3'), opt],
    })
    const mutated = fc
      .array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) =>
        changes.reduce((bytes, [index, byte]) => bytes.with(index, byte), Uint8Array.from(valid)),
      )
    const walk = new ReplyWalk()
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        if (!walkReply(bytes, 0, bytes.length, walk)) return
        for (const ttl of walk.ttlAt.subarray(0, walk.records))
          expect(ttl + 6).toBeLessThanOrEqual(bytes.length)
        expect(walk.end).toBeLessThanOrEqual(bytes.length)
        let decoded: packet.DecodedPacket
        try {
          decoded = packet.decode(Buffer.from(bytes))
        } catch {
          return
        }
        expect(walk.answers).toBe(decoded.answers?.length)
        expect(walk.authorities).toBe(decoded.authorities?.length)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('repliesTo', () => {
  const query = packet.encode({ type: 'query', id: 7, questions: [QUESTION] })
  const request = new Request()
  request.parse(query, 0, query.length)
  const rows: readonly [string, Uint8Array, boolean][] = [
    ['the same question', reply({}), true],
    [
      'another case of the name',
      reply({ questions: [{ ...QUESTION, name: 'WWW.eXAMPLE.ORG' }] }),
      true,
    ],
    ['another name', reply({ questions: [{ ...QUESTION, name: 'xww.example.org' }] }), false],
    ['a longer name', reply({ questions: [{ ...QUESTION, name: 'www.example.orgx' }] }), false],
    ['another type', reply({ questions: [{ ...QUESTION, type: 'AAAA' }] }), false],
    ['another class', reply({ questions: [{ ...QUESTION, class: 'CH' }] }), false],
    ['a query', query, false],
    ['another opcode', reply({}, 0x8180 | (4 << 11)), false],
    ['no question', reply({ questions: [] }), false],
  ]
  test.each(rows)('%s', (_name, bytes, expected) => {
    expect(repliesTo(request, bytes, 0, bytes.length)).toBe(expected)
  })
})
