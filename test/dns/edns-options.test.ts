// Which EDNS options make a request malformed: the table that test/e2e compares with the real CoreDNS.
import { describe, expect, test } from 'vitest'
import { PARSE_FORMERR, PARSED, Request } from '../../src/dns/request.ts'
import { optionCases } from '../cases/edns-options.ts'
import { encodeQuery } from '../support/dns-encode.ts'

function parse(...options: { code: number; data: string }[]): number {
  const edns = {
    options: options.map(({ code, data }) => ({ code, data: Buffer.from(data, 'hex') })),
  }
  const bytes = encodeQuery({ name: 'example.org', type: 'A', edns })
  return new Request().parse(bytes, 0, bytes.length)
}

describe('EDNS options in a request', () => {
  test.each(optionCases)('$name', ({ code, data, rcode, differs }) => {
    const expected = rcode === 'NOERROR' || differs !== undefined ? PARSED : PARSE_FORMERR
    expect(parse({ code, data })).toBe(expected)
    const cookie = { code: 10, data: '0102030405060708' }
    expect(parse(cookie, { code, data })).toBe(expected)
    expect(parse({ code, data }, cookie)).toBe(expected)
  })
})
