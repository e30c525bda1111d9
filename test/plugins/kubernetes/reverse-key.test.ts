// The keys of addresses and of the names above them, from the bytes of an address and from names.
import { describe, expect, test } from 'vitest'
import { ipv4Bytes, ipv6Bytes } from '../../../src/dns/address.ts'
import { relativeName } from '../../../src/dns/name.ts'
import {
  prefixKey,
  readIPv4Name,
  readIPv6Name,
  reverseKey,
} from '../../../src/plugins/kubernetes/reverse-key.ts'

/** The key of a name below in-addr.arpa or ip6.arpa; undefined for a name without one. */
function keyOf(read: typeof readIPv4Name, text: string): Uint8Array | undefined {
  const relative = relativeName(...text.split('.'))!
  const name = new Uint8Array(255).fill(1)
  name.set(relative)
  const key = new Uint8Array(20).fill(0xa5)
  const size = read(name, relative.length, key)
  return size === 0 ? undefined : key.slice(0, size)
}

const v4 = ipv4Bytes('10.20.30.40')!
const v6 = ipv6Bytes('fd00:1234:5678:9abc:def0::1')!
const digits = Buffer.from(v6).toString('hex')
/** The name of the first `count` digits. */
const nibbles = (count: number) => [...digits.slice(0, count)].reverse().join('.')

describe('IPv4', () => {
  test.each([
    ['40.30.20.10', reverseKey(v4)],
    ['30.20.10', prefixKey(v4, 24)],
    ['20.10', prefixKey(v4, 16)],
    ['10', prefixKey(v4, 8)],
    ['0', prefixKey(ipv4Bytes('0.0.0.0')!, 8)],
  ])('%s', (name, key) => {
    expect(keyOf(readIPv4Name, name)).toEqual(key)
  })

  test.each(['1.2.3.4.5', '256', '01', '00', 'x', '1x', '-1', '1000.1.1.1', '1.a.1.1'])(
    '%s is no address',
    (name) => {
      expect(keyOf(readIPv4Name, name)).toBeUndefined()
    },
  )
})

describe('IPv6', () => {
  test('all digits are the address', () => {
    expect(keyOf(readIPv6Name, nibbles(32))).toEqual(reverseKey(v6))
  })

  test.each([
    [1, 4],
    [2, 8],
    [3, 12],
    [4, 16],
    [5, 16],
    [7, 16],
    [8, 32],
    [11, 32],
    [12, 48],
    [15, 48],
    [16, 64],
    [17, 64],
    [31, 64],
  ])('%i digits are their /%i', (count, bits) => {
    expect(keyOf(readIPv6Name, nibbles(count))).toEqual(prefixKey(v6, bits))
  })

  test.each(['g', '00', `0.${nibbles(32)}`, '0.-', '0.A1'])('%s is no address', (name) => {
    expect(keyOf(readIPv6Name, name)).toBeUndefined()
  })
})

test('no two keys are equal', () => {
  const keys = [
    reverseKey(v4),
    reverseKey(v6),
    ...[8, 16, 24].map((bits) => prefixKey(v4, bits)),
    ...Array.from({ length: 16 }, (_, i) => prefixKey(v6, 4 * (i + 1))),
  ]
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(keys.length)
})
