// The order of addresses: CoreDNS' vectors of `weighted` and `prefer`, for records and for the bytes of a reply.
import { describe, expect, test } from 'vitest'
import { addressText } from '../../../src/dns/address.ts'
import { decodeMessage, encodeMessage, type RR } from '../../../src/dns/message.ts'
import { nameToText } from '../../../src/dns/name.ts'
import { parseNetwork } from '../../../src/dns/network.ts'
import { AddressOrder } from '../../../src/plugins/loadbalance/address-order.ts'
import { Preference } from '../../../src/plugins/loadbalance/preference.ts'
import { orderedSections } from '../../../src/plugins/loadbalance/record-order.ts'
import { ReplyOrder } from '../../../src/plugins/loadbalance/reply-order.ts'
import { topIndex } from '../../../src/plugins/loadbalance/top-index.ts'
import {
  createWeightsMemory,
  publishWeights,
  WeightsReader,
} from '../../../src/plugins/loadbalance/weights-memory.ts'
import { createRandom } from '../../support/random.ts'
import { record, wire } from './records.ts'

const A = 1
const SRV = 33
const AAAA = 28
const AXFR = 252

const randomOf = () => {
  const random = createRandom(20_261_201)
  return () => random.int(2 ** 30) / 2 ** 30
}

function weightedBy(text: string, random: () => number): AddressOrder {
  const memory = createWeightsMemory()
  publishWeights(memory, Buffer.from(text))
  return new AddressOrder({ weights: new WeightsReader(memory), preference: undefined, random })
}

const preferring = (...networks: string[]) =>
  new AddressOrder({
    weights: undefined,
    preference: new Preference(networks.map((text) => parseNetwork(text)!)),
    random: randomOf(),
  })

/** The address of a record, or the name in its data. */
function dataOf({ type, data }: RR): string {
  if (type === A || type === AAAA) return addressText(data)
  return nameToText(data, { 5: 0, 15: 2, 33: 6 }[type]!)
}

const REGION2 = 'endpoint.region2.skydns.test'
const REGION1 = 'endpoint.region1.skydns.test'
const chain = [
  `cname1.region2.skydns.test 300 CNAME cname2.region2.skydns.test`,
  `cname6.region2.skydns.test 300 CNAME ${REGION2}`,
]
const region2 = ['10.240.0.1', '10.240.0.2', '10.240.0.3'].map((ip) => `${REGION2} 300 A ${ip}`)
const region1 = ['::1', '::2'].map((ip) => `${REGION1} 300 AAAA ${ip}`)
const mx = ['mx1', 'mx2'].map((name) => `mx.region2.skydns.test 300 MX ${name}.region2.skydns.test`)

describe("the first address by weight: CoreDNS' TestLoadBalanceWRR", () => {
  const TWO = `${REGION2}\n10.240.0.2 5\n10.240.0.1 2\n${REGION1}\n::2 4\n::1 3\n`
  const ONE = `${REGION2}\n10.240.0.2 3\n10.240.0.1 2\n`
  const all = [...chain, ...region2, ...region1, ...mx]
  const mixed = [region2[0]!, mx[0]!, chain[1]!, region2[1]!, `${REGION1} 300 A 10.240.0.3`]

  test.each([
    [0, 15, '10.240.0.2', TWO, all],
    [4, 15, '10.240.0.2', TWO, all],
    [5, 15, '::2', TWO, all],
    [8, 15, '::2', TWO, all],
    [9, 15, '::1', TWO, all],
    [11, 15, '::1', TWO, all],
    [12, 15, '10.240.0.1', TWO, all],
    [13, 15, '10.240.0.1', TWO, all],
    [14, 15, '10.240.0.3', TWO, all],
    [0, 6, '10.240.0.2', ONE, mixed],
    [2, 6, '10.240.0.2', ONE, mixed],
    [3, 6, '10.240.0.1', ONE, mixed],
    [4, 6, '10.240.0.1', ONE, mixed],
    [5, 6, '10.240.0.3', ONE, mixed],
  ])('%i of a sum of %i chooses %s', (value, sum, top, text, records) => {
    const order = weightedBy(text, () => (value + 0.5) / sum)
    const answers = records.map(record)
    const sections = orderedSections({ answers, additionals: answers }, order, SRV)
    const ordered = sections?.answers ?? answers
    const kinds = ordered.map(({ type }) => (type === 5 ? 1 : type === 15 ? 3 : 2))
    expect(kinds).toEqual([...kinds].sort())
    expect(dataOf(ordered[kinds.indexOf(2)]!)).toBe(top)
    expect(ordered.map(dataOf).sort()).toEqual(answers.map(dataOf).sort())
    expect((sections?.additionals ?? answers).map(dataOf)).toEqual(ordered.map(dataOf))
  })

  test('an answer without addresses stays as it is', () => {
    const answers = [mx[0]!, chain[1]!].map(record)
    const order = weightedBy(ONE, () => 0)
    expect(orderedSections({ answers, additionals: [] }, order, SRV)).toBeUndefined()
  })

  test.each([A, AAAA, SRV])('holds for questions of type %i', (type) => {
    expect(weightedBy(ONE, () => 0).appliesTo(type)).toBe(true)
  })

  test.each([15, 255, AXFR])('does not hold for questions of type %i', (type) => {
    expect(weightedBy(ONE, () => 0).appliesTo(type)).toBe(false)
  })

  test('each address comes first as often as its weight says', () => {
    const weights = Uint8Array.of(1, 200, 7, 7, 255)
    const counts = [0, 0, 0, 0, 0]
    for (let v = 0; v < 470; v++) counts[topIndex(weights, 5, v)]!++
    expect(counts).toEqual([...weights])
  })
})

describe("addresses by networks: CoreDNS' TestSortPreferred", () => {
  const order = preferring('2001:db8::/32', '10.9.20.0/24', '10.9.30.0/24')
  const name = 'example.org 300'
  const answers = [
    ...['10.9.30.1', '10.9.20.5', '192.168.1.2', '10.10.0.1', '10.9.20.3', '172.16.0.1'].map(
      (ip) => `${name} A ${ip}`,
    ),
    ...['2001:db8::1', '2001:db8:abcd::1', 'fd00::1'].map((ip) => `${name} AAAA ${ip}`),
    `${name} CNAME alias.example.org`,
  ].map(record)

  test('CNAME, the networks in their order, then the others', () => {
    const ordered = orderedSections({ answers, additionals: [] }, order, A)!.answers.map(dataOf)
    expect(ordered[0]).toBe('alias.example.org.')
    const groups = [ordered.slice(1, 3), ordered.slice(3, 5), ordered.slice(5, 6), ordered.slice(6)]
    expect(groups.map((group) => group.sort())).toEqual([
      ['2001:db8::1', '2001:db8:abcd::1'],
      ['10.9.20.3', '10.9.20.5'],
      ['10.9.30.1'],
      ['10.10.0.1', '172.16.0.1', '192.168.1.2', 'fd00::1'],
    ])
  })

  test('addresses of one network change their order', () => {
    const firsts = Array.from({ length: 64 }, () => {
      return dataOf(
        (orderedSections({ answers, additionals: [] }, order, A)?.answers ?? answers)[3]!,
      )
    })
    expect(new Set(firsts)).toEqual(new Set(['10.9.20.3', '10.9.20.5']))
  })

  test('a zone transfer stays as it is', () => {
    expect(order.appliesTo(AXFR)).toBe(false)
    expect(order.appliesTo(251)).toBe(false)
  })
})

describe('the bytes of a reply', () => {
  const reply = (type: number, answers: readonly string[], more: { flags?: number } = {}) =>
    encodeMessage(
      {
        id: 1,
        flags: 0x8180 | (more.flags ?? 0),
        questions: [{ name: wire('www.a.org'), type, class: 1 }],
        answers: answers.map(record),
        authorities: [],
        additionals: [],
      },
      65_535,
    )
  const addresses = (name: string, ...last: number[]) =>
    last.map((byte) => `${name} 60 A 10.0.0.${byte}`)
  const BEHIND = 'x.a.org'
  const cname = `www.a.org 60 CNAME ${BEHIND}`

  /** The data of the answers in their order; undefined if the chain must put them in order. */
  function put(order: AddressOrder, bytes: Uint8Array, type = A) {
    const buffer = new Uint8Array(bytes.length + 16).fill(0xa5)
    buffer.set(bytes, 8)
    if (!new ReplyOrder(order).put(buffer, 8, bytes.length, type)) return undefined
    expect(buffer.slice(0, 8)).toEqual(new Uint8Array(8).fill(0xa5))
    expect(buffer.slice(-8)).toEqual(new Uint8Array(8).fill(0xa5))
    return decodeMessage(buffer.slice(8, -8))!.answers.map(dataOf)
  }

  test('are in order, as the records are', () => {
    const order = preferring('10.0.0.4/30', '10.0.0.0/30')
    const bytes = reply(A, [cname, ...addresses(BEHIND, 1, 9, 5, 8, 2, 4)])
    const ordered = put(order, bytes)!
    expect(ordered[0]).toBe('x.a.org.')
    expect(ordered.slice(1, 3).sort()).toEqual(['10.0.0.4', '10.0.0.5'])
    expect(ordered.slice(3, 5).sort()).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(ordered.slice(5).sort()).toEqual(['10.0.0.8', '10.0.0.9'])
  })

  test('have IPv6 addresses, too', () => {
    const records = ['fd00::1', '2001:db8::1'].map((ip) => `www.a.org 60 AAAA ${ip}`)
    expect(put(preferring('2001:db8::/32'), reply(AAAA, records), AAAA)).toEqual([
      '2001:db8::1',
      'fd00::1',
    ])
  })

  test('have the weighted address first, which changes places with the former one', () => {
    const order = weightedBy('X.a.org\n10.0.0.3 100', () => 0.5)
    const bytes = reply(A, [cname, ...addresses(BEHIND, 1, 2, 3)])
    expect(put(order, bytes)).toEqual(['x.a.org.', '10.0.0.3', '10.0.0.2', '10.0.0.1'])
  })

  test('stay as they are without two addresses, without NOERROR, and where the policy does not hold', () => {
    const order = preferring('10.0.0.2/32')
    const two = addresses('www.a.org', 1, 2)
    const unchanged = ['10.0.0.1', '10.0.0.2']
    expect(put(order, reply(A, addresses('www.a.org', 1)))).toEqual(['10.0.0.1'])
    expect(put(order, reply(A, []))).toEqual([])
    expect(put(order, reply(A, two, { flags: 3 }))).toEqual(unchanged)
    expect(put(order, reply(AXFR, two), AXFR)).toEqual(unchanged)
    expect(
      put(
        weightedBy('www.a.org\n10.0.0.2 100', () => 0),
        reply(255, two),
        255,
      ),
    ).toEqual(unchanged)
  })

  test.each([
    ['a truncated reply', addresses('www.a.org', 1, 2), { flags: 0x200 }],
    ['addresses of two names', [...addresses('www.a.org', 1), ...addresses('x.a.org', 2)], {}],
    ['both families', [...addresses('www.a.org', 1), 'www.a.org 60 AAAA ::1'], {}],
    ['a CNAME behind them', [...addresses('www.a.org', 1, 2), cname], {}],
    ['another record before them', ['www.a.org 60 NS ns.org', ...addresses('www.a.org', 1, 2)], {}],
  ])('%s is for the chain', (_, answers, more) => {
    expect(put(preferring('10.0.0.0/8'), reply(A, answers, more))).toBeUndefined()
  })

  test('several addresses in the additional section are for the chain', () => {
    const message = decodeMessage(reply(SRV, ['www.a.org 60 SRV x.a.org']))!
    const additionals = addresses('x.a.org', 1, 2).map(record)
    const bytes = encodeMessage({ ...message, additionals }, 65_535)
    expect(put(preferring('10.0.0.0/8'), bytes, SRV)).toBeUndefined()
  })

  test('random replies get the order of their records', () => {
    const random = createRandom(20_261_201)
    for (let round = 0; round < 200; round++) {
      const networks = Array.from(
        { length: 1 + random.int(3) },
        () => `10.0.0.${random.int(16)}/30`,
      )
      const last = Array.from({ length: 2 + random.int(40) }, () => random.int(24))
      const ordered = put(preferring(...networks), reply(A, addresses('www.a.org', ...last)))!
      const rank = (ip: string) => {
        const quarter = (text: string) => Math.floor(Number(text.split(/[./]/)[3]) / 4)
        const index = networks.findIndex((network) => quarter(network) === quarter(ip))
        return index < 0 ? networks.length : index
      }
      const ranks = ordered.map(rank)
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
      expect([...ordered].sort()).toEqual(last.map((byte) => `10.0.0.${byte}`).sort())
    }
  })
})
