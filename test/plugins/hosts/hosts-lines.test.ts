// How a hosts file becomes names and addresses: rules by example, and any file beside a simple reader of the whole text.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv6Text } from '../../../src/dns/address.ts'
import { nameToText } from '../../../src/dns/name.ts'
import type { HostsLine } from '../../../src/plugins/hosts/hosts-line.ts'
import { HostsLines } from '../../../src/plugins/hosts/hosts-lines.ts'

/** "name address" */
function show({ name, length, address, isIPv4 }: HostsLine): string {
  const bytes = new Uint8Array(address.buffer)
  const wire = Uint8Array.of(...name.subarray(0, length), 0)
  const text = isIPv4 ? bytes.slice(12).join('.') : ipv6Text(bytes)
  return `${nameToText(wire)} ${text}`
}

/** Reads a text that arrives in pieces of these sizes, and then of the last size. */
function read(text: string, sizes: readonly number[] = [65_536], maxLine?: number) {
  const names: string[] = []
  const lines = new HostsLines((line) => names.push(show(line)), maxLine)
  let rest: Uint8Array = new TextEncoder().encode(text)
  for (let i = 0; rest.length > 0; i++) {
    const size = Math.min(sizes[Math.min(i, sizes.length - 1)]!, rest.length, lines.room.length)
    lines.room.set(rest.subarray(0, size))
    lines.filled(size)
    rest = rest.subarray(size)
  }
  lines.end()
  return { names, faults: lines.faults }
}

describe('a line', () => {
  test.each<[string, string, string[]]>([
    ['an address and its names', '10.0.0.1 a.org b.org', ['a.org. 10.0.0.1', 'b.org. 10.0.0.1']],
    ['any white space', '\t10.0.0.1\v a.org\f\tb.org \r', ['a.org. 10.0.0.1', 'b.org. 10.0.0.1']],
    [
      'white space of Unicode',
      '10.0.0.1\u00a0a.org\u3000b.org',
      ['a.org. 10.0.0.1', 'b.org. 10.0.0.1'],
    ],
    ['a comment', '10.0.0.1 a.org#b.org c.org', ['a.org. 10.0.0.1']],
    ['upper case and a final dot', '10.0.0.1 A.ORG.', ['a.org. 10.0.0.1']],
    ['the root', '10.0.0.1 .', ['. 10.0.0.1']],
    ['a zone of an address', 'fe80::1%eth0 a.org', ['a.org. fe80::1']],
    ['an IPv4-mapped address', '::ffff:a00:1 a.org', ['a.org. 10.0.0.1']],
    ['an underscore', '10.0.0.1 _a.b_c.org', ['_a.b_c.org. 10.0.0.1']],
    ['a label of 63 bytes', `10.0.0.1 ${'a'.repeat(63)}`, [`${'a'.repeat(63)}. 10.0.0.1`]],
    ['nothing', '', []],
    ['only a comment', ' # 10.0.0.1 a.org', []],
  ])('%s', (_, text, names) => {
    expect(read(text)).toEqual({ names, faults: { count: 0, first: undefined } })
  })
})

describe('a fault', () => {
  test.each<[string, string, number, string, string[]]>([
    ['no address', 'a.org 10.0.0.1', 1, '"a.org" is not an IP address', []],
    ['a filter of another format', '  ||ads.org^', 3, '"||ads.org^" is not an IP address', []],
    ['a leading zero', '10.0.0.01 a.org', 1, '"10.0.0.01" is not an IP address', []],
    ['three numbers', '123.123.123 loki', 1, '"123.123.123" is not an IP address', []],
    ['no name', '10.0.0.1 # a.org', 9, 'there is no name behind the address', []],
    ['an empty label', '10.0.0.1 a..b c', 10, '"a..b" is not a host name', ['c. 10.0.0.1']],
    ['a dot in front', '10.0.0.1 .a', 10, '".a" is not a host name', []],
    ['two dots', '10.0.0.1 ..', 10, '".." is not a host name', []],
    ['bytes outside of ASCII', '10.0.0.1 bücher.org', 10, '"bücher.org" is not a host name', []],
    ['a special character', '10.0.0.1 a@b.org', 10, '"a@b.org" is not a host name', []],
    [
      'a label of 64 bytes',
      `10.0.0.1 ${'a'.repeat(64)}`,
      10,
      `"${'a'.repeat(40)}..." is not a host name`,
      [],
    ],
    [
      'a name of 256 bytes',
      `10.0.0.1 ${'a.'.repeat(127)}aa`,
      10,
      `"${'a.'.repeat(20)}..." is not a host name`,
      [],
    ],
  ])('%s', (_, text, column, message, names) => {
    const first = { line: 2, column, message }
    expect(read(`\n${text}\n`)).toEqual({ names, faults: { count: 1, first } })
  })

  test('the first of many is told, and how many lines have one', () => {
    const { faults } = read('x\n10.0.0.1 a.org\ny z\n')
    expect(faults).toMatchObject({ count: 2, first: { line: 1, column: 1 } })
  })

  test('a line that is too long is left out, whatever it has; the next one counts', () => {
    const long = `10.0.0.1 ${'b.org '.repeat(100)}`
    const { names, faults } = read(`10.0.0.1 a.org\n${long}\n10.0.0.1 c.org`, [64], 128)
    expect(names).toEqual(['a.org. 10.0.0.1', 'c.org. 10.0.0.1'])
    const message = 'the line is longer than 127 bytes'
    expect(faults).toEqual({ count: 1, first: { line: 2, column: 1, message } })
  })
})

/** The same rules, on the whole text (coredns plugin/hosts hostsfile.go parse). */
function reference(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line
      .replace(/#.*/s, '')
      .split(/\s+/)
      .filter((field) => field !== '')
    const known = ADDRESSES.get(address)
    if (known === undefined) return []
    return names.flatMap((name) => {
      const bare = name.toLowerCase().replace(/\.$/, '')
      if (name !== '.' && !/^[a-z0-9_*:%-]+(\.[a-z0-9_*:%-]+)*$/.test(bare)) return []
      return [`${bare}${bare === '' ? '' : '.'} ${known}`.replace(/^ /, '. ')]
    })
  })
}

const ADDRESSES = new Map([
  ['10.0.0.1', '10.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['::1', '::1'],
  ['fe80::1%lo', 'fe80::1'],
  ['::FFFF:10.0.0.2', '10.0.0.2'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
])

const field = fc.oneof(
  fc.constantFrom(...ADDRESSES.keys()),
  fc.constantFrom(
    'a.org',
    'B.Org.',
    '*.w.org',
    'x',
    '.',
    '..',
    'a..b',
    '#',
    'c#d',
    'é',
    '10.0.0',
    '::g',
  ),
)
const space = fc.constantFrom(' ', '\t', '  ', ' \t ', '\r', '\f')
const line = fc
  .tuple(fc.array(fc.tuple(field, space), { maxLength: 6 }), fc.constantFrom('', ' ', '\r'))
  .map(([parts, end]) => parts.map((part) => part.join('')).join('') + end)

test('property: any file has the names of the simple reader, wherever its bytes are split', () => {
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
      fc.constantFrom('', '\n'),
      (lines, sizes, end) => {
        const text = lines.join('\n') + end
        expect(read(text, sizes, 1024).names).toEqual(reference(text))
      },
    ),
  )
})

test('property: no bytes throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const lines = new HostsLines(show, 64)
      lines.push(bytes)
      lines.end()
    }),
  )
})
