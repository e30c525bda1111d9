// Records from text. The rules are those of miekg/dns, which reads templates in CoreDNS.
import { describe, expect, test } from 'vitest'
import { className } from '../../src/dns/codes.ts'
import { nameToText } from '../../src/dns/name.ts'
import { parseRR } from '../../src/dns/rr-text.ts'
import { typeName } from '../../src/dns/type-names.ts'

/** "OWNER TTL CLASS TYPE" and the data. */
function read(text: string): readonly [head: string, data: Uint8Array] {
  const parsed = parseRR(text)
  if (!parsed.ok || parsed.rr === undefined) throw new Error(`no record: ${JSON.stringify(parsed)}`)
  const { name, ttl, class: qclass, type, data } = parsed.rr
  return [`${nameToText(name)} ${ttl} ${className(qclass)} ${typeName(type)}`, data]
}

const ascii = (data: Uint8Array) => Buffer.from(data).toString('latin1')
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

describe('owner, TTL, class and type', () => {
  test.each([
    ['a.example. 60 IN A 10.0.0.1', 'a.example. 60 IN A'],
    ['a.example. IN 60 A 10.0.0.1', 'a.example. 60 IN A'],
    ['a.example. A 10.0.0.1', 'a.example. 3600 IN A'],
    ['a.example. 60 A 10.0.0.1', 'a.example. 60 IN A'],
    ['a.example. CH A 10.0.0.1', 'a.example. 3600 CH A'],
    ['a.example. 60 class3 type1 10.0.0.1', 'a.example. 60 CH A'],
    ['a.example 60 in a 10.0.0.1', 'a.example. 60 IN A'],
    ['@ 60 IN A 10.0.0.1', '. 60 IN A'],
    ['. 60 IN A 10.0.0.1', '. 60 IN A'],
    ['A.Example. 1h30m IN A 10.0.0.1', 'A.Example. 5400 IN A'],
    ['a.example. 1w2d3s IN A 10.0.0.1', 'a.example. 777603 IN A'],
    ['a\\.b.example. 60 IN A 10.0.0.1', 'a\\.b.example. 60 IN A'],
    ['a\\.. 60 IN A 10.0.0.1', 'a\\.. 60 IN A'],
    ['a\\. 60 IN A 10.0.0.1', 'a\\.. 60 IN A'],
    ['a\\032b. 60 IN A 10.0.0.1', 'a\\032b. 60 IN A'],
    ['a\\ b. 60 IN A 10.0.0.1', 'a\\032b. 60 IN A'],
    ['\n\na. 60 IN A 10.0.0.1\nb. 60 IN A 10.0.0.2', 'a. 60 IN A'],
    ['a. 60\tIN   A 10.0.0.1 ; a comment', 'a. 60 IN A'],
  ])('%j', (text, head) => {
    const [found] = read(text)
    // The library escapes a blank with a backslash.
    expect(found.replace('\\ ', '\\032')).toBe(head)
  })
})

describe('data', () => {
  test.each([
    ['A 10.0.0.1', '0a000001'],
    ['AAAA 2001:db8::1', '20010db8000000000000000000000001'],
    ['AAAA ::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
    ['CNAME b.c', '01620163 00'],
    ['CNAME @', '00'],
    ['NS b.', '016200'],
    ['PTR B.', '014200'],
    ['DNAME b.', '016200'],
    ['MX 10 b.', '000a 016200'],
    ['SRV 0 100 8080 b.', '0000 0064 1f90 016200'],
    ['SOA n. m. (1 60 60 60 60)', '016e00 016d00 00000001 0000003c 0000003c 0000003c 0000003c'],
    [
      'SOA n. m. ( 4294967295 1h ; refresh\n 1m 1d\n 0 )',
      '016e00 016d00 ffffffff 00000e10 0000003c 00015180 00000000',
    ],
    ['TXT a', '0161'],
    ['TXT "a b" c', '03612062 0163'],
    ['TXT "a""b"', '0161 0162'],
    ['TXT ""', '00'],
    ['TXT "\\"\\;\\\\\\065" ; c', '04223b5c41'],
    ['TXT a;c', '0161'],
    ['TXT é', '02c3a9'],
    ['SPF "v=spf1"', '06763d73706631'],
    ['CAA 0 issue "ca.org"', '00 056973737565 63612e6f7267'],
    ['URI 10 1 "a:b"', '000a 0001 613a62'],
    ['DS 1 8 2 0A 0b', '0001 08 02 0a0b'],
    ['SSHFP 1 1 0a0b', '01 01 0a0b'],
    ['TLSA 3 1 1 0a0b', '03 01 01 0a0b'],
    ['DNSKEY 256 3 8 AQ ID', '0100 03 08 010203'],
    ['NAPTR 100 10 "S" "" "!a!b!" c.', '0064 000a 0153 00 052161216221 016300'],
    ['HTTPS 0 b.', '0000 016200'],
    ['HTTPS 1 . alpn=h2,h3 port=443', '0001 00 0001 0006 026832 026833 0003 0002 01bb'],
    [
      'SVCB 1 . ipv6hint=::1 ipv4hint="1.2.3.4,5.6.7.8" mandatory=alpn alpn="a\\\\,b"',
      '0001 00 0000 0002 0001 0001 0004 03612c62 0004 0008 0102030405060708 0006 0010 00000000000000000000000000000001',
    ],
    [
      'HTTPS 1 . no-default-alpn ech=AQID dohpath=/q{?dns} key65400="a b" ohttp', // sorted by key
      '0001 00 0002 0000 0005 0003 010203 0007 0008 2f717b3f646e737d 0008 0000 ff78 0003 612062',
    ],
    ['TYPE65280 \\# 3 0a0b 0c', '0a0b0c'],
    ['TYPE65280 \\# 0', ''],
    ['A \\# 4 0a000001', '0a000001'],
    ['MX \\# 5 000a016200', '000a016200'],
  ])('%s', (text, expected) => {
    const [, data] = read(`a. 60 IN ${text}`)
    expect(hex(data)).toBe(expected.replaceAll(' ', ''))
  })

  test('a string of more than 255 bytes is two', () => {
    const [, data] = read(`a. TXT "${'x'.repeat(300)}"`)
    expect(ascii(data)).toBe(`\xff${'x'.repeat(255)}\x2d${'x'.repeat(45)}`)
  })
})

describe('errors have the words and the place of miekg/dns', () => {
  test.each([
    ['test.example.', 'dns: not a TTL: "test.example." at line: 1:13'],
    ['a. 60 IN A 10.0.0.300', 'dns: bad A A: "10.0.0.300" at line: 1:21'],
    ['a. 60 IN A ::1', 'dns: bad A A: "::1" at line: 1:14'],
    ['a. 60 IN A 10.0.0.1 b', 'dns: garbage after rdata: "b" at line: 1:21'],
    ['a. 60 IN AAAA 10.0.0.1', 'dns: bad AAAA AAAA: "10.0.0.1" at line: 1:22'],
    ['a. -1 IN A 10.0.0.1', 'dns: not a TTL: "-1" at line: 1:6'],
    ['a. 4294967296 IN A 10.0.0.1', 'dns: not a TTL: "4294967296" at line: 1:14'],
    ['a. 60 IN WRONG 10.0.0.1', 'dns: unknown RR type: "WRONG" at line: 1:15'],
    ['a. 60 IN TYPE99999 \\# 0', 'dns: unknown RR type: "unknown RR type" at line: 1:19'],
    ['a. 60 60 A 10.0.0.1', 'dns: expecting RR type or class, not this...: "60" at line: 1:9'],
    ['a. IN IN A 10.0.0.1', 'dns: expecting RR type or TTL, not this...: "IN" at line: 1:9'],
    ['a..b. 60 IN A 10.0.0.1', 'dns: bad owner name: "a..b." at line: 1:6'],
    ['a. 60 IN MX x b.', 'dns: bad MX Pref: "x" at line: 1:14'],
    ['a. 60 IN SRV 1 2 65536 b.', 'dns: bad SRV Port: "65536" at line: 1:23'],
    ['a. 60 IN SOA a. b. (x 2 3 4 5)', 'dns: bad SOA zone parameter: "x" at line: 1:22'],
    [
      'a. 60 IN SOA a. b. 1 2 3 4 5)',
      'dns: bad SOA zone parameter: "extra closing brace" at line: 1:29',
    ],
    ['a. 60 IN TXT "b', 'dns: bad TXT Txt: " " at line: 1:13'],
    ['a. 60 IN TYPE65280 1', 'dns: bad RFC3597 Rdata: "1" at line: 1:20'],
  ])('%j', (text, message) => {
    expect(parseRR(text)).toEqual({ ok: false, message })
  })

  test.each([
    ['the owner is missing', ' 60 IN A 10.0.0.1'],
    ['the data is missing', 'a. 60 IN A'],
    ['a CAA record without a value', 'a. 60 IN CAA 0 issue'],
    ['a directive', '$TTL 60\na. IN A 10.0.0.1'],
    ['a file to include', '$INCLUDE /etc/passwd'],
    ['generic data of the wrong length', 'a. 60 IN TYPE65280 \\# 2 0a'],
    ['generic data that is no address', 'a. 60 IN A \\# 3 0a0000'],
    ['generic data that is no name', 'a. 60 IN NS \\# 2 0561'],
    ['a type without a text form here', 'a. 60 IN LOC 1 N 1 E 1m'],
    ['a key twice', 'a. HTTPS 1 . port=1 port=2'],
    ['a key without a name', 'a. HTTPS 1 . =1'],
    ['a key by the number of a named one', 'a. HTTPS 1 . key3=1'],
    ['a value that ends in quotes before a key', 'a. HTTPS 1 . alpn="a"port=1'],
  ])('%s', (_, text) => {
    expect(parseRR(text)).toMatchObject({ ok: false })
  })
})

test('a text without any record has none, and no error', () => {
  expect(['', '\n', ' ', '; a comment'].map((text) => parseRR(text))).toEqual(
    Array.from({ length: 4 }, () => ({ ok: true, rr: undefined })),
  )
})
