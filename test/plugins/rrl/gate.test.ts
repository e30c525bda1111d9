// Which replies share an account, and what happens to those above the allowance.
import { describe, expect, test } from 'vitest'
import { nameToWire } from '../../../src/dns/name.ts'
import { Request } from '../../../src/dns/request.ts'
import { Accounts, createAccounts } from '../../../src/plugins/rrl/accounts.ts'
import { DROPPED, EXCEEDED, RRL_COUNTERS, TRUNCATED } from '../../../src/plugins/rrl/counters.ts'
import { RateGate } from '../../../src/plugins/rrl/gate.ts'
import { encodeSockaddr } from '../../../src/udp/sockaddr.ts'
import { encodeQuery } from '../../support/dns-encode.ts'

interface Case {
  readonly name?: string
  readonly type?: string
  readonly client?: string
  /** Names of the zone in the SOA or NS record of the authority section; '' = none. */
  readonly soa?: string
  readonly ns?: string
  readonly rcode?: number
  readonly answers?: number
}

const REQUEST_AT = 3

/** The bytes of a reply: the question, and a record in the authority section. */
function replyOf({ rcode = 0, answers = 0, soa = '', ns = '' }: Case, question: Uint8Array) {
  const owner = nameToWire(soa || ns) ?? new Uint8Array(0)
  const hasRecord = soa !== '' || ns !== ''
  const record = hasRecord ? [...owner, 0, soa === '' ? 2 : 6, 0, 1, 0, 0, 0, 5, 0, 0] : []
  const head = [0, 1, 0x84, rcode, 0, 1, 0, answers, 0, hasRecord ? 1 : 0, 0, 1]
  return Uint8Array.from([...head, ...question, ...record, ...new Array(40).fill(0)])
}

function gate(changes: { slipRatio?: number; reportOnly?: boolean; costs?: number[] } = {}) {
  const counters = new Float64Array(RRL_COUNTERS)
  let turn = 0
  const one = new RateGate({
    accounts: new Accounts(createAccounts(1000)),
    keys: [
      [1, 2],
      [3, 4],
    ],
    zones: [nameToWire('example.org')!],
    costs: [1000, 1000, 1000, 1000, 1000],
    windowMs: 15_000,
    ipv4Bits: 24,
    ipv6Bits: 56,
    slipRatio: 0,
    reportOnly: false,
    counters,
    now: () => 1e6,
    random: () => (turn++ % 2 === 0 ? 0.9 : 0.1),
    ...changes,
  })
  /** The bytes of the reply that are sent. */
  const send = (options: Case): Uint8Array => {
    const { name = 'www.example.org', type = 'A', client = '192.0.2.1' } = options
    const wire = encodeQuery({ name, type })
    const request = new Request()
    request.parse(wire, 0, wire.length)
    const reply = replyOf(options, wire.subarray(12, 12 + request.nameLength + 4))
    const output = new Uint8Array(REQUEST_AT + reply.length)
    output.set(reply, REQUEST_AT)
    const address = encodeSockaddr(client, 5353)!
    const length = one.pass(request, output, REQUEST_AT, reply.length, address, 0)
    return output.subarray(REQUEST_AT, REQUEST_AT + length)
  }
  return { send, counters }
}

const answer: Case = { answers: 1 }
const nxdomain: Case = { rcode: 3, soa: 'example.org' }

describe('two replies', () => {
  test.each<[string, Case, Case]>([
    ['of one question to one client', answer, answer],
    ['to a /24 network', answer, { ...answer, client: '192.0.2.254' }],
    ['to an IPv4-mapped address of it', answer, { ...answer, client: '::ffff:192.0.2.9' }],
    [
      'to a /56 network',
      { ...answer, client: '2001:db8:1:100::1' },
      { ...answer, client: '2001:db8:1:1ff::2' },
    ],
    ['in any case of the name', answer, { ...answer, name: 'WWW.example.ORG' }],
    [
      'that deny any names of a zone',
      { ...nxdomain, name: 'a.example.org' },
      { ...nxdomain, name: 'b.example.org', type: 'AAAA', soa: 'EXAMPLE.org' },
    ],
    [
      'without records for a name',
      { soa: 'example.org', type: 'TXT' },
      { soa: 'example.org', type: 'MX' },
    ],
    ['with any errors', { rcode: 2, name: 'a.example.org' }, { rcode: 5, name: 'b.example.org' }],
    [
      'that refer to a zone',
      { ns: 'sub.example.org', name: 'a.sub.example.org' },
      { ns: 'sub.example.org', name: 'b.sub.example.org' },
    ],
  ])('%s share an account', (_, first, second) => {
    const { send } = gate()
    expect(send(first).length).toBeGreaterThan(0)
    expect(send(second)).toHaveLength(0)
  })

  test.each<[string, Case, Case]>([
    ['to other networks', answer, { ...answer, client: '192.0.3.1' }],
    [
      'to other IPv6 networks',
      { ...answer, client: '2001:db8:1:100::1' },
      { ...answer, client: '2001:db8:1:200::1' },
    ],
    ['of other names', answer, { ...answer, name: 'ftp.example.org' }],
    ['of other types', answer, { ...answer, type: 'AAAA' }],
    ['with and without records', answer, { soa: 'example.org' }],
    ['that deny names of other zones', nxdomain, { ...nxdomain, soa: 'org' }],
    ['with an error and a denial', { rcode: 2 }, nxdomain],
  ])('%s do not', (_, first, second) => {
    const { send } = gate()
    send(first)
    expect(send(second).length).toBeGreaterThan(0)
  })

  test.each<[string, Case, number[]]>([
    [
      'outside of the zones',
      { ...answer, name: 'www.example.net' },
      [1000, 1000, 1000, 1000, 1000],
    ],
    ['of a type without a rate', answer, [0, 1000, 1000, 1000, 1000]],
  ])('%s are not limited', (_, one, costs) => {
    const { send } = gate({ costs })
    for (let i = 0; i < 10; i++) expect(send(one).length).toBeGreaterThan(0)
  })
})

describe('a reply above the allowance', () => {
  test('is dropped and counted', () => {
    const { send, counters } = gate()
    for (let i = 0; i < 4; i++) send(answer)
    expect([counters[EXCEEDED], counters[DROPPED], counters[TRUNCATED]]).toEqual([3, 3, 0])
  })

  test('is sent truncated, one of two with slip-ratio 2: with its question and no records', () => {
    const { send, counters } = gate({ slipRatio: 2 })
    const whole = send(answer)
    const lengths = Array.from({ length: 4 }, () => send(answer).length)
    expect(lengths).toEqual([0, 33, 0, 33])
    expect([counters[DROPPED], counters[TRUNCATED]]).toEqual([2, 2])
    expect([...whole.subarray(2, 12)]).toEqual([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 1])
    send(answer)
    expect([...send(answer).subarray(0, 12)]).toEqual([0, 1, 0x86, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  })

  test('is sent and counted with report-only', () => {
    const { send, counters } = gate({ reportOnly: true })
    for (let i = 0; i < 3; i++) expect(send(answer).length).toBeGreaterThan(40)
    expect([counters[EXCEEDED], counters[DROPPED]]).toEqual([2, 0])
  })
})

test('a reply that ends within its authority section is limited like others', () => {
  for (let length = 33; length < 60; length++) {
    const { send } = gate()
    const cut = { ...nxdomain, soa: 'a-long-zone.of.example.org' }
    expect(() => send(cut)).not.toThrow()
  }
})
