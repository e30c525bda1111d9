import { isIPv4 } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../../src/dns/address.ts'
import { createRandom } from '../support/random.ts'

describe('ipv4Bytes', () => {
  test.each([
    ['0.0.0.0', [0, 0, 0, 0]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['10.1.20.203', [10, 1, 20, 203]],
  ])('converts %s', (text, bytes) => {
    expect([...ipv4Bytes(text)!]).toEqual(bytes)
  })

  test.each([
    ['an empty text', ''],
    ['three numbers', '1.2.3'],
    ['five numbers', '1.2.3.4.5'],
    ['an empty number', '1..2.3'],
    ['a dot at the end', '1.2.3.4.'],
    ['a dot in front', '.1.2.3'],
    ['a number over 255', '1.2.3.256'],
    ['a long number', '1.2.3.1000000000000000000000'],
    ['a number with a leading zero, which some parsers read as octal', '1.2.3.04'],
    ['a number of two zeros', '1.2.3.00'],
    ['a text with a sign', '+1.2.3.4'],
    ['a text with a space', ' 1.2.3.4'],
    ['a text with letters', '1.2.3.a'],
    ['a text with non-ASCII digits', '1.2.3.٤'],
    ['an IPv6 address', '::1'],
  ])('rejects %s', (_name, text) => {
    expect(ipv4Bytes(text)).toBeUndefined()
  })

  test('accepts exactly what node:net isIPv4 accepts', () => {
    const random = createRandom(7)
    const characters = '0123456789..25 x'
    for (let i = 0; i < 20_000; i++) {
      const length = 7 + random.int(9)
      let text = ''
      while (text.length < length) text += characters[random.int(characters.length)]
      if (i % 2) text = Array.from({ length: 4 }, () => random.int(300)).join('.')
      expect([text, ipv4Bytes(text) !== undefined]).toEqual([text, isIPv4(text)])
    }
  })
})

// RFC 5952 section 4.
test.each([
  ['::'],
  ['::1'],
  ['1::'],
  ['1:2:3:4:5:6:7:8'],
  ['1:0:3:4:5:6:7:8'],
  ['1:0:0:4::7:8', '1::4:0:0:7:8'],
  ['1:0:0:4:0:0:0:8', '1:0:0:4::8'],
  ['2001:0DB8::0001', '2001:db8::1'],
])('ipv6Text(%s)', (text, canonical = text) => {
  expect(ipv6Text(ipv6Bytes(text)!)).toBe(canonical)
})

test('ipv6Text writes any address as the host of a URL is written', () => {
  const random = createRandom(4)
  for (let i = 0; i < 5000; i++) {
    const groups = Array.from({ length: 8 }, () => {
      return random.int(2) === 0 ? 0 : random.int(0x10000) >>> (4 * random.int(4))
    })
    const bytes = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]))
    const host = groups.map((group) => group.toString(16)).join(':')
    expect(`[${ipv6Text(bytes)}]`).toBe(new URL(`http://[${host}]`).hostname)
  }
})
