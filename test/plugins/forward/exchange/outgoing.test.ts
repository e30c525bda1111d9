import { describe, expect, test } from 'vitest'
import { flightKey, outgoingQuery } from '../../../../src/plugins/forward/exchange/outgoing.ts'
import { queryOf, queryOfBytes } from '../../../support/chain-query.ts'
import { decodeMessage } from '../../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../../support/dns-encode.ts'
import { questionEnd } from '../../../support/dns-frames.ts'
import { outgoingOf } from '../../../support/exchanging.ts'

const COOKIE = { code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }
const SUBNET = { code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) }
const UNKNOWN = { code: 65001, data: Uint8Array.of(9) }

/** A query with records behind its question, and their counts in the header. */
function withRecords(name: string, counts: readonly number[], ...records: readonly number[][]) {
  const question = encodeQuery({ name, type: 'A' })
  const wire = Buffer.concat([question, ...records.map((record) => Buffer.from(record))])
  for (const [i, count] of counts.entries()) wire.writeUInt16BE(count, 6 + 2 * i)
  return wire
}

describe('the query for an upstream', () => {
  test('has the bytes of the client, with the id 0', () => {
    const spec: QuerySpec = {
      name: 'WwW.Example',
      type: 'MX',
      id: 4711,
      flags: { rd: true, cd: true, ad: true },
      edns: { size: 1232, do: true, options: [SUBNET, UNKNOWN] },
    }
    const expected = encodeQuery(spec)
    expected.fill(0, 0, 2)
    expect(Buffer.from(outgoingOf(spec).wire)).toEqual(Buffer.from(expected))
  })

  test('keeps RD off', () => {
    expect(
      decodeMessage(outgoingOf({ name: 'a', type: 'A', flags: { rd: false } }).wire).flags.text,
    ).toBe('')
  })

  test('has no COOKIE', () => {
    const { wire } = outgoingOf({
      name: 'a',
      type: 'A',
      edns: { options: [SUBNET, COOKIE, UNKNOWN] },
    })
    const { opt, trailing } = decodeMessage(wire)
    expect(opt?.options.map(({ code }) => code)).toEqual([8, 65001])
    expect(trailing).toBe(0)
  })

  test('has the size that bufsize allows', () => {
    const query = queryOf({ name: 'a', type: 'A', edns: { size: 4096 } })
    query.request.optSize = 1232
    expect(decodeMessage(outgoingQuery(query)!.wire).opt?.size).toBe(1232)
  })

  test('has no bytes behind its last record', () => {
    const wire = Buffer.concat([encodeQuery({ name: 'a', type: 'A', edns: {} }), Buffer.alloc(7)])
    expect(decodeMessage(outgoingQuery(queryOfBytes(wire))!.wire).trailing).toBe(0)
  })

  test('counts the records that exist', () => {
    const { wire } = outgoingQuery(queryOfBytes(withRecords('a', [1, 1, 2])))!
    expect(decodeMessage(wire).counts).toEqual([1, 0, 0, 0])
  })

  test('keeps records of other sections, with pointers to the question', () => {
    // An SOA of 22 bytes, as IXFR has it, with the question's name as owner.
    const soa = [0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, ...new Array<number>(20).fill(7)]
    const { wire } = outgoingQuery(queryOfBytes(withRecords('a.example', [0, 1, 0], soa)))!
    const { authority } = decodeMessage(wire)
    expect(authority.map(({ name, type }) => `${name} ${type}`)).toEqual(['a.example. SOA'])
  })

  const label = 'a'.repeat(63)
  const record = [0, 1, 0, 1, 0, 0, 0, 0, 0, 0]
  test.each([
    ['too long a name', `${label}.${label}.${label}`, [63, ...Buffer.from(label), 0xc0, 12]],
    ['a pointer to itself', 'a', [0xc0, 19]],
    ['a pointer into the header', 'a', [0xc0, 3]],
  ])('does not exist for a record whose owner has %s', (_what, name, owner) => {
    const query = queryOfBytes(withRecords(name, [1, 0, 0], [...owner, ...record]))
    expect(query.wire.length).toBe(questionEnd(query.wire) + owner.length + record.length)
    expect(outgoingQuery(query)).toBeUndefined()
  })

  test.each([
    [126, true],
    [127, false],
  ])('follows %d pointers of an owner: %s', (pointers, isValid) => {
    // The first record has a chain of pointers as data, the second one points to the last of them.
    const before = 12 + 3 + 4
    const at = before + 11
    const pointer = (target: number) => [0xc0 | (target >> 8), target & 0xff]
    const chain = Array.from({ length: pointers - 1 }, (_, i) =>
      pointer(i === 0 ? 12 : at + 2 * (i - 1)),
    ).flat()
    const first = [0, ...record.slice(0, 8), chain.length >> 8, chain.length & 0xff, ...chain]
    const second = [...pointer(at + chain.length - 2), ...record]
    const query = queryOfBytes(withRecords('a', [1, 1, 0], first, second))
    expect(outgoingQuery(query) !== undefined).toBe(isValid)
  })

  test.each([
    [512, {}, 'udp'],
    [512, { edns: { size: 100 } }, 'udp'],
    [1232, { edns: { size: 1232 } }, 'udp'],
    [65535, { edns: { size: 1232 } }, 'tcp'],
  ] as const)('takes UDP replies of up to %d bytes for %j over %s', (size, edns, protocol) => {
    expect(outgoingOf({ name: 'a', type: 'A', ...edns }, protocol).udpSize).toBe(size)
  })
})

describe('the key of equal queries', () => {
  const key = (spec: Partial<QuerySpec>, transport = 'udp') =>
    flightKey(outgoingOf({ name: 'www.example', type: 'A', ...spec }), transport)

  test.each<[string, Partial<QuerySpec>]>([
    ['id', { id: 1 }],
    ['case of the name', { name: 'WWW.eXample' }],
    ['COOKIE', { edns: { options: [COOKIE] } }],
  ])('is the same with another %s', (_what, spec) => {
    const { edns } = spec
    expect(key(spec)).toBe(key(edns === undefined ? {} : { edns: {} }))
  })

  test.each<[string, Partial<QuerySpec>]>([
    ['name', { name: 'ww.example' }],
    ['type', { type: 'AAAA' }],
    ['RD', { flags: { rd: false } }],
    ['CD', { flags: { rd: true, cd: true } }],
    ['EDNS', { edns: {} }],
    ['DO', { edns: { do: true } }],
    ['subnet', { edns: { options: [SUBNET] } }],
  ])('differs with another %s', (_what, spec) => {
    expect(key(spec)).not.toBe(key({}))
    if (spec.edns?.do !== undefined) expect(key(spec)).not.toBe(key({ edns: {} }))
  })

  test('differs with another transport', () => {
    expect(key({}, 'tcp')).not.toBe(key({}, 'udp'))
  })
})
