// The query that an upstream gets for a client's.
import { describe, expect, test } from 'vitest'
import { Exchange } from '../../../../src/dns/exchange.ts'
import { buildQuery, NOT_PLAIN, QUERY_MAX } from '../../../../src/plugins/forward/upstream/query.ts'
import { decodeMessage } from '../../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../../support/dns-encode.ts'

const AD = 0x20

/** The upstream's query for the bytes of a client's; undefined if it is not plain. */
function built(bytes: Uint8Array, flags = 0) {
  const exchange = new Exchange()
  // As in the buffers of the threads, the request does not start at 0.
  exchange.input = Uint8Array.of(...new Uint8Array(16).fill(0xa5), ...bytes)
  exchange.inOffset = 16
  exchange.inLength = bytes.length
  expect(exchange.request.parse(exchange.input, 16, bytes.length)).toBe(0)
  const output = new Uint8Array(8 + QUERY_MAX)
  const length = buildQuery(exchange, output, 8, flags)
  return length === NOT_PLAIN ? undefined : decodeMessage(output.slice(8, 8 + length))
}

const SPEC: QuerySpec = { name: 'WwW.Example.org', type: 'SRV', id: 99, flags: { rd: true } }
const option = (code: number, size: number) => ({ code, data: new Uint8Array(size).fill(code) })

describe('the query for an upstream', () => {
  test("has id 0, the client's name in its case, its type and its RD", () => {
    const query = built(encodeQuery(SPEC))!
    expect([query.id, query.flags.rd, query.flags.ad, query.opt]).toEqual([
      0,
      true,
      false,
      undefined,
    ])
    expect(query.questions).toMatchObject([{ name: 'WwW.Example.org.', type: 'SRV' }])
  })

  test.each([
    ['RD, AD and CD stay', { rd: true, ad: true, cd: true }, 0, 'rd ad cd'],
    ['others do not', { rd: false, aa: true, tc: true, ra: true, z: true }, 0, ''],
    ['a cache adds AD', { rd: true }, AD, 'rd ad'],
  ])('%s', (_rule, flags, added, kept) => {
    expect(built(encodeQuery({ ...SPEC, flags }), added)!.flags.text).toBe(kept)
  })

  test.each([
    ['the size of EDNS', { size: 1232 }, 1232, []],
    ['a size above 4096 is 4096', { size: 65_535 }, 4096, []],
    ['DO', { size: 512, do: true }, 512, []],
    [
      'options, without COOKIE',
      { options: [option(3, 0), option(10, 8), option(65001, 7)] },
      4096,
      [3, 65001],
    ],
  ])('OPT: %s', (_rule, edns, size, codes) => {
    const { opt } = built(encodeQuery({ ...SPEC, edns: { size, ...edns } }))!
    expect(opt?.size).toBe(size)
    expect(opt?.do ?? false).toBe('do' in edns)
    expect(opt?.options.map(({ code }) => code)).toEqual(codes)
  })

  test.each([
    ['NOTIFY', encodeQuery({ ...SPEC, opcode: 4 })],
    [
      'options that make it too large',
      encodeQuery({ ...SPEC, edns: { options: [option(65001, 480)] } }),
    ],
    ['a record that is not OPT', withRecord(encodeQuery(SPEC), 10)],
    ['an answer', withRecord(encodeQuery(SPEC), 6)],
  ])('does not exist for %s', (_what, bytes) => {
    expect(built(bytes)).toBeUndefined()
  })
})

/** Appends an A record, and counts it in the header at `count`. */
function withRecord(bytes: Uint8Array, count: number): Uint8Array {
  const more = Uint8Array.of(...bytes, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 192, 0, 2, 1)
  more[count + 1] = 1
  return more
}
