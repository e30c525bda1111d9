// Conversion of names between text and wire form, and of addresses between text and bytes.
import { SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ipv4Bytes, ipv6Bytes } from '../../src/dns/address.ts'
import {
  concat,
  escapedNameToWire,
  isSubdomain,
  labelToWire,
  lowerCase,
  nameToText,
  nameToWire,
  relativeName,
} from '../../src/dns/name.ts'
import { encodeName } from '../support/dns-encode.ts'

describe('wire names', () => {
  test.each([
    ['.', [0]],
    ['', [0]],
    ['a', [1, 97, 0]],
    ['a.', [1, 97, 0]],
    ['A.bc.', [1, 65, 2, 98, 99, 0]],
    ['_x.-', [2, 95, 120, 1, 45, 0]],
  ])('%s is converted', (text, bytes) => {
    expect([...nameToWire(text)!]).toEqual(bytes)
  })

  test.each(['..', 'a..b', '.a', 'x'.repeat(64), `${'x'.repeat(63)}.`.repeat(4)])(
    '%s is not a valid name',
    (text) => {
      expect(nameToWire(text)).toBeUndefined()
    },
  )

  test('a name has at most 255 bytes', () => {
    const label = `${'x'.repeat(63)}.`
    expect(nameToWire(`${label}${label}${label}${'x'.repeat(61)}`)?.length).toBe(255)
    expect(nameToWire(`${label}${label}${label}${'x'.repeat(62)}`)).toBeUndefined()
  })

  test('the length of a label is in bytes', () => {
    expect(labelToWire('ü'.repeat(31))?.length).toBe(63)
    expect(labelToWire('ü'.repeat(32))).toBeUndefined()
    expect(labelToWire('')).toBeUndefined()
  })

  test('a relative name is lower-case and has no root byte', () => {
    expect([...relativeName('A', 'b')!]).toEqual([1, 97, 1, 98])
    expect([...relativeName()!]).toEqual([])
    expect(relativeName('a', '')).toBeUndefined()
  })

  // What `UnpackDomainName` of miekg/dns 1.1 returns for a label of this one byte.
  test.each([
    [' ', '\\ .'],
    ["'", "\\'."],
    ['@', '\\@.'],
    [';', '\\;.'],
    ['(', '\\(.'],
    [')', '\\).'],
    ['"', '\\".'],
    ['.', '\\..'],
    ['\\', '\\\\.'],
    ['\t', '\\009.'],
    ['\x7f', '\\127.'],
    ['\xff', '\\255.'],
    ['$', '$.'],
    ['*', '*.'],
    ['~', '~.'],
  ])('the label "%s" is written as miekg/dns writes it', (label, text) => {
    expect(nameToText(Uint8Array.of(1, label.charCodeAt(0), 0))).toBe(text)
  })

  test('property: any labels survive conversion to text and back', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 })
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), (labels) => {
        const wire = concat(
          ...labels.flatMap((bytes) => [Uint8Array.of(bytes.length), bytes]),
          new Uint8Array(1),
        )
        const text = nameToText(wire)
        expect(text).toMatch(/^[ -~]+$/)
        expect([...encodeName(text)]).toEqual([...wire])
      }),
    )
  })

  test('property: host names survive conversion to wire form and back', () => {
    fc.assert(
      fc.property(fc.domain(), (text) => {
        const wire = nameToWire(text)!
        expect(nameToText(wire)).toBe(`${text}.`)
        expect([...wire]).toEqual([...encodeName(text)])
        expect(nameToText(concat(Uint8Array.of(9, 9), wire), 2)).toBe(`${text}.`)
      }),
    )
  })

  test('only ASCII letters are converted to lower case', () => {
    for (let byte = 0; byte < 256; byte++) {
      const char = String.fromCharCode(byte)
      const expected = /[A-Z]/.test(char) ? char.toLowerCase().charCodeAt(0) : byte
      expect(lowerCase[byte]).toBe(expected)
    }
  })

  test.each([
    ['a.b.', 'b.', true],
    ['b.', 'b.', true],
    ['ab.', 'b.', false],
    ['b.', 'a.b.', false],
    ['a.', '.', true],
    ['.', '.', true],
  ])('isSubdomain(%s, %s) is %s', (name, zone, below) => {
    expect(isSubdomain(name, zone)).toBe(below)
  })
})

describe('addresses', () => {
  test('property: any IPv4 address is converted', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(ipv4Bytes(text)?.join('.')).toBe(text)
        expect(ipv6Bytes(text)).toBeUndefined()
      }),
    )
  })

  test('property: any IPv6 address is converted', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const bytes = ipv6Bytes(text)!
        expect(bytes.length).toBe(16)
        const groups = Array.from({ length: 8 }, (_, i) =>
          ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16),
        ).join(':')
        const same = (address: string) => new SocketAddress({ address, family: 'ipv6' }).address
        expect(same(groups)).toBe(same(text))
        expect(ipv4Bytes(text)).toBeUndefined()
      }),
    )
  })

  test.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    ':',
    ':::',
    'fe80::1%lo',
    '1::2::3',
  ])('"%s" is not an address', (text) => {
    expect(ipv4Bytes(text)).toBeUndefined()
    expect(ipv6Bytes(text)).toBeUndefined()
  })
})

describe('names with escapes', () => {
  test.each([
    ['.', [0]],
    ['A.b.', [1, 0x41, 1, 0x62, 0]],
    ['a\\.b.c.', [3, 0x61, 0x2e, 0x62, 1, 0x63, 0]],
    ['\\000\\255.', [2, 0, 255, 0]],
    ['ü.', [2, 0xc3, 0xbc, 0]],
  ])('%s', (text, bytes) => {
    expect(escapedNameToWire(text)).toEqual(Uint8Array.from(bytes))
  })

  test.each(['', 'a', '..', '.a.', 'a..b.', 'a\\', 'a\\.', `${'a'.repeat(64)}.`, 'a.'.repeat(128)])(
    '"%s" is no whole name',
    (text) => {
      expect(escapedNameToWire(text)).toBeUndefined()
    },
  )

  test('property: the text of any name leads back to it', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(label, { maxLength: 10 }), (list) => {
        const wire = concat(
          ...list.map((bytes) => concat(Uint8Array.of(bytes.length), bytes)),
          new Uint8Array(1),
        )
        expect(escapedNameToWire(nameToText(wire))).toEqual(wire)
      }),
    )
  })
})
