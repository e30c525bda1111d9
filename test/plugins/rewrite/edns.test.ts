// `edns0` rules: CoreDNS' tests, and more.
import { describe, expect, test } from 'vitest'
import { isReply, type Query } from '../../../src/plugins/chain.ts'
import { readOptions } from '../../../src/plugins/rewrite/options.ts'
import type { EdnsOption } from '../../support/dns-encode.ts'
import { asWire, replyWith, run } from './rig.ts'

const LOCAL = 0xffee
const NSID = 3
const SUBNET = 8
const text = (value: string) => [...Buffer.from(value)]
const local = (...data: number[]) => [LOCAL, data] as const
const option = ([code, data]: readonly [number, readonly number[]]): EdnsOption => ({
  code,
  data: Uint8Array.from(data),
})
type Options = readonly (readonly [number, readonly number[]])[]

/** The options that a query has for the next plugin; undefined without OPT. */
function optionsOf({ request, wire }: Query): Options | undefined {
  if (!request.hasOpt) return undefined
  return listOf(wire, request.optionsStart, request.optionsEnd)
}

function listOf(bytes: Uint8Array, start: number, end: number): Options {
  return readOptions(bytes, start, end).map(({ code, data }) => [code, [...data]] as const)
}

/** The client's options: undefined is a query without OPT. */
const specOf = (from: Options | undefined) => ({
  name: 'Example.com.',
  type: 'A',
  ...(from && { edns: { do: true, options: from.map(option) } }),
})
const rulesOf = (lines: readonly string[]) =>
  lines.map((line) => ['stop', 'edns0', ...line.split(' ')])

const IPV4 = {
  remoteAddress: '10.240.0.1',
  localAddress: '127.0.0.1',
  localPort: 53,
  remotePort: 40212,
}
const IPV6 = { ...IPV4, remoteAddress: 'fe80::42:ff:feca:4c65', localAddress: '::1' }

describe('a label of metadata', () => {
  const labels = { 'kubernetes/namespace': 'shop', 'kubernetes/endpoint': '' }
  test.each<[string, Options | undefined, Options | undefined]>([
    ['local set 0xffee {kubernetes/namespace}', undefined, [local(...text('shop'))]],
    ['local set 0xffee {kubernetes/namespace}', [local(1)], [local(...text('shop'))]],
    // A rule without a value does not apply.
    ['local set 0xffee {kubernetes/endpoint}', undefined, undefined],
    ['local set 0xffee {kubernetes/endpoint}', [local(1)], [local(1)]],
    ['local set 0xffee {other/label}', undefined, undefined],
    ['local set 0xffee {other/label}; local set 0xffee a', undefined, [local(...text('a'))]],
  ])('%s with %j', async (lines, from, to) => {
    const { seen } = await run(rulesOf(lines.split('; ')), specOf(from), { labels })
    expect(optionsOf(seen!)).toEqual(to)
  })
})

describe('the options that the next plugin sees', () => {
  test.each<[string, Options | undefined, Options | undefined]>([
    // TestRewriteEDNS0Local.
    ['local set 0xffee 0xabcdef', undefined, [local(0xab, 0xcd, 0xef)]],
    ['local append 0xffee abcdefghijklmnop', undefined, [local(...text('abcdefghijklmnop'))]],
    ['local replace 0xffee abcdefghijklmnop', undefined, []],
    ['nsid set', undefined, [[NSID, []]]],
    ['nsid append', undefined, [[NSID, []]]],
    ['nsid replace', undefined, []],
    // TestEdns0MultiRule.
    ['local replace 0xffee abcdef; local set 0xffee fedcba', undefined, [local(...text('fedcba'))]],
    [
      'local replace 0xffee abcdef; local set 0xffee fedcba',
      [local(1)],
      [local(...text('abcdef'))],
    ],
    ['local replace 0xffee {qname}; local set 0xffee {qtype}', undefined, [local(0, 1)]],
    [
      'local replace 0xffee {qname}; local set 0xffee {qtype}',
      [local(1)],
      [local(...text('Example.com.'))],
    ],
    ['nsid replace; nsid set', [local(1)], [local(1), [NSID, []]]],
    ['nsid replace; nsid set', [[NSID, [7]]], [[NSID, []]]],
    ['subnet replace 32 56; subnet set 0 56', undefined, [[SUBNET, [0, 1, 0, 0]]]],
    // TestRewriteEDNS0LocalVariable.
    ['local set 0xffee {client_ip}', undefined, [local(10, 240, 0, 1)]],
    ['local set 0xffee {client_port}', undefined, [local(0x9d, 0x14)]],
    ['local set 0xffee {protocol}', undefined, [local(...text('udp'))]],
    ['local set 0xffee {server_ip}', undefined, [local(127, 0, 0, 1)]],
    ['local set 0xffee {server_port}', undefined, [local(0, 53)]],
    // TestRewriteEDNS0Subnet.
    ['subnet set 24 56', undefined, [[SUBNET, [0, 1, 24, 0, 10, 240, 0]]]],
    ['subnet set 32 56', undefined, [[SUBNET, [0, 1, 32, 0, 10, 240, 0, 1]]]],
    ['subnet set 12 56', undefined, [[SUBNET, [0, 1, 12, 0, 10, 240]]]],
    ['subnet set 9 56', [[SUBNET, [0, 1, 8, 0, 192]]], [[SUBNET, [0, 1, 9, 0, 10, 128]]]],
    // TestRewriteEDNS0Unset.
    ['local unset 0xffee', [local(1)], []],
    ['local unset 0xffed', [local(1)], [local(1)]],
    ['nsid unset', [[NSID, []], local(1)], [local(1)]],
    ['subnet unset', [[SUBNET, [0, 1, 8, 0, 10]]], []],
    ['subnet unset', undefined, []],
    // A second option, and none.
    ['local append 0xffee 0x02', [local(1)], [local(1), local(2)]],
    ['local append 0xffee {qtype}', [local(1)], [local(1)]],
    [
      'nsid append',
      [[NSID, []]],
      [
        [NSID, []],
        [NSID, []],
      ],
    ],
    ['subnet append 8 56', [[SUBNET, [0, 1, 8, 0, 192]]], [[SUBNET, [0, 1, 8, 0, 192]]]],
    [
      'local set 10 0x0102030405060708',
      [[10, [1, 1, 1, 1, 1, 1, 1, 1]]],
      [
        [10, [1, 1, 1, 1, 1, 1, 1, 1]],
        [10, [1, 2, 3, 4, 5, 6, 7, 8]],
      ],
    ],
  ])('%s with %j', async (lines, from, expected) => {
    const { seen } = await run(rulesOf(lines.split('; ')), specOf(from), { client: IPV4 })
    expect(optionsOf(seen!)).toEqual(expected)
  })

  test.each<[string, Options | undefined]>([
    ['subnet set 24 56', [[SUBNET, [0, 2, 56, 0, 0xfe, 0x80, 0, 0, 0, 0, 0]]]],
    ['subnet set 24 0', [[SUBNET, [0, 2, 0, 0]]]],
    ['local set 0xffee {server_ip}', [local(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)]],
  ])('%s for an IPv6 client', async (line, expected) => {
    const { seen } = await run(rulesOf([line]), specOf(undefined), { client: IPV6 })
    expect(optionsOf(seen!)).toEqual(expected)
  })

  test('the address of a wildcard socket is none for an IPv4 client', async () => {
    const client = { ...IPV4, localAddress: '' }
    const rules = rulesOf(['local set 0xffee {server_ip}'])
    const { seen } = await run(rules, specOf(undefined), { client })
    expect(optionsOf(seen!)).toBeUndefined()
  })
})

test('a rule adds OPT with 4096 bytes, and keeps the size and DO of a client', async () => {
  const added = await run(rulesOf(['nsid set']), specOf(undefined))
  expect([added.seen!.request.optSize, added.seen!.request.optFlags]).toEqual([4096, 0])
  const kept = await run(rulesOf(['nsid set']), specOf([]))
  expect([kept.seen!.request.optSize, kept.seen!.request.optFlags]).toEqual([
    kept.query.request.optSize,
    0x8000,
  ])
})

describe('the options of the reply', () => {
  const cases: [string, Options, Options][] = [
    // CoreDNS repeats an option that a rule has set, unless the rule takes it back.
    ['local set 0xffee 0x02', [], [local(2)]],
    ['local set 0xffee 0x02 revert', [], []],
    ['local set 0xffee 0x02 revert', [local(1)], [local(1)]],
    ['local append 0xffee 0x02 revert', [], []],
    ['local replace 0xffee 0x02 revert', [local(1)], [local(1)]],
    ['local unset 0xffee', [local(1), [NSID, [7]]], [[NSID, [7]]]],
    ['nsid set revert', [], []],
    ['nsid set revert', [[NSID, [7]]], [[NSID, [7]]]],
    // A client subnet is not repeated.
    ['subnet set 24 56', [], []],
  ]

  test.each(cases)('%s with %j', async (line, from, expected) => {
    const { answer } = await run(rulesOf([line]), specOf(from), { client: IPV4 })
    if (!isReply(answer)) throw new Error('the answer has no records')
    expect(listOf(answer.options!, 0, answer.options!.length)).toEqual(expected)
  })

  test.each(cases)('%s with %j, without OPT of the upstream', async (line, from, expected) => {
    const { answer } = await run(rulesOf([line]), specOf(from), {
      client: IPV4,
      next: (query) => asWire(replyWith([]), query),
    })
    if (!('wire' in answer)) throw new Error('not an upstream message')
    const end = answer.wire.length
    const start = 12 + 13 + 4 + 11
    expect(listOf(answer.wire, start, end)).toEqual(expected)
  })

  test('are those of the client if no rule for options has applied', async () => {
    const { answer } = await run([['name', 'example.com', 'b']], specOf([local(1)]))
    expect(answer).not.toHaveProperty('options')
  })
})
