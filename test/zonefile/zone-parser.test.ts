// Zone files: directives, what records leave out, errors, and bounds. The rules and texts are those of miekg/dns.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are places of $GENERATE
import { describe, expect, test } from 'vitest'
import { className } from '../../src/dns/codes.ts'
import { nameToText, nameToWire } from '../../src/dns/name.ts'
import { typeName } from '../../src/dns/type-names.ts'
import { zoneRecords } from '../../src/zonefile/zone-parser.ts'

/** The records of `db`, which may include the other files. */
function read(text: string, files: Readonly<Record<string, string>> = {}, origin = 'o.') {
  const open = (path: string) => {
    const content = files[path]
    if (content === undefined) throw new Error(`open ${path}: no such file or directory`)
    return content
  }
  return [...zoneRecords('zones/db', text, nameToWire(origin)!, open)].map((rr) => {
    const { name, ttl, class: rrClass, type, data } = rr
    const head = `${nameToText(name)} ${ttl} ${className(rrClass)} ${typeName(type)}`
    return `${head} ${type === 1 ? data.join('.') : Buffer.from(data).toString('hex')}`
  })
}

describe('records', () => {
  test.each([
    [
      'names are below the origin',
      '@ 5 A 10.0.0.1\na 5 A 10.0.0.2\nb. 5 A 10.0.0.3',
      ['o. 5 IN A 10.0.0.1', 'a.o. 5 IN A 10.0.0.2', 'b. 5 IN A 10.0.0.3'],
    ],
    [
      'an owner that is left out is the last one',
      'a 5 A 10.0.0.1\n  A 10.0.0.2\n\tIN 6 A 10.0.0.3',
      ['a.o. 5 IN A 10.0.0.1', 'a.o. 5 IN A 10.0.0.2', 'a.o. 6 IN A 10.0.0.3'],
    ],
    [
      'a TTL that is left out is the last one',
      'a 5 A 10.0.0.1\nb A 10.0.0.2',
      ['a.o. 5 IN A 10.0.0.1', 'b.o. 5 IN A 10.0.0.2'],
    ],
    [
      'a TTL that is left out is that of $TTL',
      '$TTL 1h\na 5 A 10.0.0.1\nb A 10.0.0.2',
      ['a.o. 5 IN A 10.0.0.1', 'b.o. 3600 IN A 10.0.0.2'],
    ],
    ['behind a class the first TTL may be missing', 'a IN A 10.0.0.1', ['a.o. 0 IN A 10.0.0.1']],
    [
      'a class is for its record only',
      'a 5 CH A 10.0.0.1\nb 5 A 10.0.0.2',
      ['a.o. 5 CH A 10.0.0.1', 'b.o. 5 IN A 10.0.0.2'],
    ],
    [
      '$ORIGIN',
      '$ORIGIN p.\na 5 A 10.0.0.1\n$ORIGIN q\na A 10.0.0.2',
      ['a.p. 5 IN A 10.0.0.1', 'a.q.p. 5 IN A 10.0.0.2'],
    ],
    ['directives in any case', '$origin p.\n$Ttl 7\na A 10.0.0.1', ['a.p. 7 IN A 10.0.0.1']],
    ['an owner that begins with a dollar sign', '\\$TTL 5 A 10.0.0.1', ['$TTL.o. 5 IN A 10.0.0.1']],
    [
      'comments, empty lines and parentheses',
      '; c\n\na 5 A ( ; c\n 10.0.0.1 ; d\n) ; e\n;',
      ['a.o. 5 IN A 10.0.0.1'],
    ],
    [
      'Windows line ends',
      'a 5 A 10.0.0.1\r\nb A 10.0.0.2\r\n',
      ['a.o. 5 IN A 10.0.0.1', 'b.o. 5 IN A 10.0.0.2'],
    ],
    ['strings with quotes over lines', 'a 5 TXT "b;(\nc"', ['a.o. 5 IN TXT 05623b280a63']],
    [
      'the generic form',
      'a 5 TYPE1234 \\# 2 ab cd\nb A \\# 4 0a000001',
      ['a.o. 5 IN TYPE1234 abcd', 'b.o. 5 IN A 10.0.0.1'],
    ],
    ['a name with escapes', 'a\\.b\\032c 5 A 10.0.0.1', ['a\\.b\\ c.o. 5 IN A 10.0.0.1']],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual(expected)
  })
})

describe('$INCLUDE', () => {
  test.each([
    [
      'a file beside this one',
      '$INCLUDE sub\nb 6 A 10.0.0.2',
      { 'zones/sub': 'a 5 A 10.0.0.1' },
      ['a.o. 5 IN A 10.0.0.1', 'b.o. 6 IN A 10.0.0.2'],
    ],
    [
      'an absolute path',
      '$INCLUDE /x/sub',
      { '/x/sub': 'a 5 A 10.0.0.1' },
      ['a.o. 5 IN A 10.0.0.1'],
    ],
    [
      'with an origin, for that file only',
      '$INCLUDE sub p\nb 6 A 10.0.0.2',
      { 'zones/sub': 'a 5 A 10.0.0.1' },
      ['a.p.o. 5 IN A 10.0.0.1', 'b.o. 6 IN A 10.0.0.2'],
    ],
    [
      'the TTL of this file, but not its owner',
      '$TTL 7\na A 10.0.0.1\n$INCLUDE sub\n A 10.0.0.3',
      { 'zones/sub': '$TTL 8\nb A 10.0.0.2' },
      ['a.o. 7 IN A 10.0.0.1', 'b.o. 8 IN A 10.0.0.2', 'a.o. 7 IN A 10.0.0.3'],
    ],
    [
      'files of an included file',
      '$INCLUDE d/sub',
      { 'zones/d/sub': '$INCLUDE more', 'zones/d/more': 'a 5 A 10.0.0.1' },
      ['a.o. 5 IN A 10.0.0.1'],
    ],
  ])('%s', (_, text, files, expected) => {
    expect(read(text, files)).toEqual(expected)
  })
})

describe('$GENERATE', () => {
  test.each([
    [
      '1-3 h$ A 10.0.0.$',
      ['h1.o. 3600 IN A 10.0.0.1', 'h2.o. 3600 IN A 10.0.0.2', 'h3.o. 3600 IN A 10.0.0.3'],
    ],
    [
      '0-10/5 h${0,4,d} 5 IN A 10.0.0.$',
      ['h0000.o. 5 IN A 10.0.0.0', 'h0005.o. 5 IN A 10.0.0.5', 'h0010.o. 5 IN A 10.0.0.10'],
    ],
    [
      '128-129 h${-128,2,d} A 10.0.0.$',
      ['h00.o. 3600 IN A 10.0.0.128', 'h01.o. 3600 IN A 10.0.0.129'],
    ],
    [
      '254-255 h${0,0,x}-${1,3,X}-${0,0,o} A 10.0.0.1',
      ['hfe-0FF-376.o. 3600 IN A 10.0.0.1', 'hff-100-377.o. 3600 IN A 10.0.0.1'],
    ],
    ['1-1 a$$b\\$c A 10.0.0.1', ['a$b$c.o. 3600 IN A 10.0.0.1']],
    ['1-1 t$ TXT "$ b"', ['t1.o. 3600 IN TXT 03312062']],
    ['0-1 $$INCLUDE sub$', ['a.o. 5 IN A 10.0.0.1', 'b.o. 6 IN A 10.0.0.2']],
  ])('%s', (text, expected) => {
    const files = { 'zones/sub0': 'a 5 A 10.0.0.1', 'zones/sub1': 'b 6 A 10.0.0.2' }
    expect(read(`$GENERATE ${text}\n`, files)).toEqual(expected)
  })
})

describe('an error names file, line and column:', () => {
  const at = (what: string, where: string) => `zones/db: dns: ${what} at line: ${where}`
  test.each([
    ['a 5 A 10.0.0.1\nb A x', at('bad A A: "x"', '2:5')],
    ['a A 10.0.0.1', at('missing TTL with no previous value: "A"', '1:4')],
    [' 5 A 10.0.0.1', at('missing owner name: "A"', '1:5')],
    ['a 5 NOTYPE x', at('expecting RR type or class, not this...: "NOTYPE"', '1:11')],
    ['a 5 A 10.0.0.1 x', at('garbage after rdata: "x"', '1:16')],
    ['a 5 A (10.0.0.1', at('garbage after rdata: "unbalanced brace"', '1:15')],
    ['a 5 A 10.0.0.1)', at('bad A A: "extra closing brace"', '1:15')],
    ['a 5 TXT "b', at('bad TXT Txt: " "', '1:8')],
    ['$TTL', at('not a TTL: "$TTL"', '1:4')],
    ['$TTL x\n', at('expecting $TTL value, not this...: "x"', '1:6')],
    ['$ORIGIN a..b\n', at('bad origin name: "a..b"', '1:12')],
    ['$ORIGIN p q\n', at('garbage after rdata: "q"', '1:11')],
    [
      '$INCLUDE x\n',
      at('failed to open `x\' as `zones/x\': open zones/x: no such file or directory: "x"', '1:10'),
    ],
    ['$INCLUDE "x"\n', at('expecting $INCLUDE value, not this...: "\\""', '1:10')],
    ['$GENERATE 0-1 dhcp-${0,4,dd} A 10.0.0.$\n', at('bad base in $GENERATE: "${0,4,dd}"', '1:20')],
    ['$GENERATE 0-1 a${0 A 10.0.0.$\n', at('bad modifier in $GENERATE: "${0 A 10.0.0.$"', '1:16')],
    ['$GENERATE 0-1 a${x} A 10.0.0.$\n', at('bad offset in $GENERATE: "${x}"', '1:16')],
    [
      '$GENERATE 128-129 a${-129,4,d} A 10.0.0.$\n',
      at('bad offset in $GENERATE: "${-129,4,d}"', '1:20'),
    ],
    [
      '$GENERATE 0-2 a${2147483646} A 10.0.0.$\n',
      at('bad offset in $GENERATE: "${2147483646}"', '1:16'),
    ],
    ['$GENERATE 0-1 a${0,256} A 10.0.0.$\n', at('bad width in $GENERATE: "${0,256}"', '1:16')],
    ['$GENERATE 0-1/0 a$ A 10.0.0.$\n', at('bad step in $GENERATE range: "0-1/0"', '1:16')],
    ['$GENERATE 0-1/ a$ A 10.0.0.$\n', at('bad step in $GENERATE range: "0-1/"', '1:15')],
    ['$GENERATE 1 a$ A 10.0.0.$\n', at('bad start-stop in $GENERATE range: "1"', '1:12')],
    ['$GENERATE x-1 a$ A 10.0.0.$\n', at('bad start in $GENERATE range: "x-1"', '1:14')],
    ['$GENERATE 1-x a$ A 10.0.0.$\n', at('bad stop in $GENERATE range: "1-x"', '1:14')],
    ['$GENERATE 2-1 a$ A 10.0.0.$\n', at('bad range in $GENERATE range: "2-1"', '1:14')],
    ['$GENERATE 0-65536 a$ A 10.0.0.1\n', at('bad range in $GENERATE range: "0-65536"', '1:18')],
    [
      '$GENERATE 0-1 $$GENERATE 0-1 a A 10.0.0.1\n',
      at('nested $GENERATE directive not allowed: "0-1"', '1:14'),
    ],
  ])('%j', (text, message) => {
    expect(() => read(text)).toThrow(new Error(message))
  })

  test('of the included file', () => {
    const files = { 'zones/sub': 'a 5 A 10.0.0.1\nb A x\n' }
    expect(() => read('\n\n$INCLUDE sub\n', files)).toThrow(
      'zones/sub: dns: bad A A: "x" at line: 2:5',
    )
  })
})

describe('what would not end is an error:', () => {
  test('a file that includes itself', () => {
    const files = { 'zones/db': 'a 5 A 10.0.0.1\n$INCLUDE db\n' }
    expect(() => read('$INCLUDE db\n', files)).toThrow(
      'zones/db: dns: too deeply nested $INCLUDE: "db" at line: 2:11',
    )
  })

  test('a file that includes itself in each of many lines', () => {
    const files = { 'zones/db': '$INCLUDE db\n' }
    const many = Array.from({ length: 7 }, (_, i) => [
      `zones/f${i}`,
      `$INCLUDE f${i + 1}\n`.repeat(1000),
    ])
    const all = { ...files, ...Object.fromEntries(many), 'zones/f7': '' }
    expect(() => read('$INCLUDE f1\n', all)).toThrow('zone is too large')
  })
})
