// The data of the less frequent types, and names below an origin. The rules are those of miekg/dns.
import { describe, expect, test } from 'vitest'
import { nameToText, nameToWire } from '../../src/dns/name.ts'
import { readRecord } from '../../src/dns/record-reader.ts'
import { RRTokens } from '../../src/dns/rr-tokens.ts'

const ORIGIN = nameToWire('o.')!

/** The record of a line below the origin `o.`. */
function read(text: Iterable<string>) {
  const next = readRecord(new RRTokens(text, ORIGIN), { ttl: 60, isDirective: false })
  if (next === undefined || !('rr' in next)) throw new Error('no record')
  return next.rr
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('the data of', () => {
  test.each([
    [
      'RRSIG',
      'A RSASHA256 2 60 20240102030405 1704164645 7 o. AQID',
      '0001 08 02 0000003c 65937d25 65937d25 0007 016f00 010203',
    ],
    [
      'RRSIG',
      'TYPE1234 8 2 60 5 6 7 @ AQ ID',
      '04d2 08 02 0000003c 00000005 00000006 0007 016f00 010203',
    ],
    [
      'NSEC',
      'b A MX RRSIG NSEC TYPE1234',
      '0162016f00 0006400100000003 041b000000000000000000000000000000000000000000000000000020',
    ],
    ['NSEC', 'b', '0162016f00'],
    [
      'NSEC3',
      '1 1 12 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A',
      '01 01 000c 02aabb 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 000140',
    ],
    ['NSEC3PARAM', '1 0 0 -', '01 00 0000 00'],
    ['DS', '7 ecdsap256sha256 2 AABB CC', '0007 0d 02 aabbcc'],
    ['CDS', '7 13 2 AABB', '0007 0d 02 aabb'],
    ['CDNSKEY', '257 3 13 AQID', '0101 03 0d 010203'],
    ['CERT', 'PKIX 1 RSASHA256 AQID', '0001 0001 08 010203'],
    ['SMIMEA', '3 0 1 aabb', '03 00 01 aabb'],
    ['OPENPGPKEY', 'AQ ID', '010203'],
    ['DHCID', 'AQID', '010203'],
    ['HINFO', '"a b" "c"', '03612062 0163'],
    ['HINFO', 'a b', '0161 0162'],
    ['HINFO', '"a b"', '0161 0162'],
    ['HINFO', 'a', '0161 00'],
    ['RP', 'm t.', '016d016f00 017400'],
    ['AFSDB', '1 h', '0001 0168016f00'],
    ['MINFO', 'r. e.', '017200 016500'],
    ['CSYNC', '66 3 A NS', '00000042 0003 000160'],
    ['ZONEMD', '1 1 1 aabb', '00000001 01 01 aabb'],
    ['NID', '10 0014:4fff:ff20:ee64', '000a 00144fffff20ee64'],
    ['L32', '10 10.1.2.3', '000a 0a010203'],
    ['LP', '10 l', '000a 016c016f00'],
    ['EUI48', '00-00-5e-00-53-2a', '00005e00532a'],
    ['EUI64', '00-00-5e-ef-10-00-00-2a', '00005eef1000002a'],
  ])('%s %s', (type, data, expected) => {
    expect(hex(read(`a ${type} ${data}\n`).data)).toBe(expected.replaceAll(' ', ''))
  })
})

describe('it is refused:', () => {
  test.each([
    [
      'RRSIG',
      'A 8 2 60 20241302030405 5 7 o. AQID',
      'bad RRSIG Expiration: "20241302030405" at line: 1:32',
    ],
    ['NSEC', 'b NOTYPE', 'bad NSEC TypeBitMap: "NOTYPE" at line: 1:15'],
    ['DS', '7 NOALG 2 AABB', 'bad DS Algorithm: "NOALG" at line: 1:13'],
    ['EUI48', '00-00-5e-00-53', 'bad EUI48 Address: "00-00-5e-00-53" at line: 1:22'],
    ['LOC', '52 N 0 E 1m', 'write the data of LOC as \\# LENGTH HEX: "52" at line: 1:9'],
  ])('%s %s', (type, data, expected) => {
    expect(() => read(`a ${type} ${data}\n`)).toThrow(`dns: ${expected}`)
  })
})

test('a word without an end is an error, however long it is', () => {
  function* endless() {
    yield* 'a TXT "'
    for (;;) yield 'x'
  }
  expect(() => read(endless())).toThrow('bad TXT Txt')
})

test('names without a final dot are below the origin, up to 255 bytes', () => {
  const label = 'x'.repeat(60)
  expect(nameToText(read('@ A 10.0.0.1\n').name)).toBe('o.')
  expect(nameToText(read('a.b A 10.0.0.1\n').name)).toBe('a.b.o.')
  expect(nameToText(read('a\\. A 10.0.0.1\n').name)).toBe('a\\..o.')
  const long = [label, label, label, label].join('.')
  expect(read(`${long}.123456 A 10.0.0.1\n`).name).toHaveLength(254)
  expect(() => read(`${long}.12345678 A 10.0.0.1\n`)).toThrow('bad owner name')
})
