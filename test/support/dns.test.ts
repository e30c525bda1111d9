// The encoder and decoder of the test client, compared with dns-packet and with literal bytes.
import { type Answer, decode, encode } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { decodeMessage, messageText } from './dns-decode.ts'
import { encodeName, encodeQuery } from './dns-encode.ts'

const NAME = 'svc1.ns1.svc.clusterset.local'

describe('encodeQuery', () => {
  test('is decoded by dns-packet with the same values', () => {
    const bytes = encodeQuery({
      id: 0x1234,
      name: NAME,
      type: 'SRV',
      flags: { rd: true, cd: true },
      edns: { size: 1400, do: true, options: [{ code: 10, data: Buffer.from('0102', 'hex') }] },
    })
    const packet = decode(Buffer.from(bytes))
    expect(packet).toMatchObject({
      id: 0x1234,
      flag_rd: true,
      flag_cd: true,
      questions: [{ name: NAME, type: 'SRV', class: 'IN' }],
      additionals: [{ type: 'OPT', udpPayloadSize: 1400, flag_do: true, options: [{ code: 10 }] }],
    })
  })

  test('writes escapes as single bytes', () => {
    expect([...encodeName('a\\.b\\000.c')]).toEqual([4, 97, 46, 98, 0, 1, 99, 0])
    expect([...encodeName('.')]).toEqual([0])
  })
})

describe('decodeMessage', () => {
  const records: [Answer, string][] = [
    [{ type: 'A', name: NAME, ttl: 5, data: '10.0.0.1' }, 'IN A 10.0.0.1'],
    [{ type: 'AAAA', name: NAME, ttl: 5, data: 'fd00::1:0:0:1' }, 'IN AAAA fd00::1:0:0:1'],
    [{ type: 'AAAA', name: NAME, ttl: 5, data: '::' }, 'IN AAAA ::'],
    [{ type: 'AAAA', name: NAME, ttl: 5, data: '1:2:3:4:5:6:7:0' }, 'IN AAAA 1:2:3:4:5:6:7:0'],
    [{ type: 'AAAA', name: NAME, ttl: 5, data: 'fd00:2::' }, 'IN AAAA fd00:2::'],
    [
      {
        type: 'SRV',
        name: NAME,
        ttl: 5,
        data: { priority: 0, weight: 33, port: 80, target: `a.${NAME}` },
      },
      `IN SRV 0 33 80 a.${NAME}.`,
    ],
    [{ type: 'TXT', name: NAME, ttl: 5, data: ['1.0.0', 'a"b'] }, 'IN TXT "1.0.0" "a\\"b"'],
    [{ type: 'CNAME', name: NAME, ttl: 5, data: 'x.org' }, 'IN CNAME x.org.'],
    [
      { type: 'MX', name: NAME, ttl: 5, data: { preference: 1, exchange: 'x.org' } },
      'IN MX 1 x.org.',
    ],
    [
      {
        type: 'SOA',
        name: NAME,
        ttl: 5,
        data: {
          mname: 'ns.org',
          rname: 'me.org',
          serial: 4294967295,
          refresh: 2,
          retry: 3,
          expire: 4,
          minimum: 5,
        },
      },
      'IN SOA ns.org. me.org. 4294967295 2 3 4 5',
    ],
  ]

  test.each(records)('decodes %j', (record, text) => {
    const { answers } = decodeMessage(encode({ type: 'response', answers: [record] }))
    expect(answers.map((answer) => answer.text)).toEqual([`${NAME}. 5 ${text}`])
  })

  test('follows compression pointers, joins the rcode, separates EDNS', () => {
    const hex =
      `${'1234870300010001'}00000001` +
      '0161026e7300' + // a.ns
      '00010001' +
      'c00c' + // owner: the question
      '000500010000000500040162c00e' + // CNAME b.ns
      '0000290200010080000004000a0000' // extended code 1, version 0, DO, an empty cookie
    expect(messageText(decodeMessage(Buffer.from(hex, 'hex')))).toBe(
      [
        'RCODE19 [qr aa tc rd] opcode=0',
        'question a.ns. IN A',
        'answer a.ns. 5 IN CNAME b.ns.',
        'opt size=512 version=0 do 10=',
      ].join('\n'),
    )
  })

  test.each([
    ['shorter than a header', '123481'],
    ['a pointer to itself', '123481000001000000000000c00c00010001'],
    ['a truncated record', '123481000000000100000000c0'],
  ])('%s is an error', (_, hex) => {
    expect(() => decodeMessage(Buffer.from(hex, 'hex'))).toThrow()
  })
})
