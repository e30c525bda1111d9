import { describe, expect, test } from 'vitest'
import { addressOf, encodeSockaddr, isIpv6, networkOf, portOf } from '../../src/udp/sockaddr.ts'

describe('a socket address', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', false],
    ['255.1.2.3', '255.1.2.3', false],
    ['::1', '::1', true],
    ['2001:DB8::A', '2001:db8::a', true],
    ['::ffff:192.0.2.1', '192.0.2.1', false],
    ['fe80::1%7', 'fe80::1', true],
  ])('of %s is decoded as %s', (address, text, v6) => {
    const bytes = Uint8Array.of(0xaa, 0xbb, ...encodeSockaddr(address, 5353)!)
    expect([addressOf(bytes, 2), portOf(bytes, 2), isIpv6(bytes, 2)]).toEqual([text, 5353, v6])
  })

  test('has the scope id of a link-local address', () => {
    expect(encodeSockaddr('fe80::1%7', 53)?.[24]).toBe(7)
    expect(encodeSockaddr('fe80::1%nosuch0', 53)?.[24]).toBe(0)
  })

  test.each([
    ['192.0.2.129', 24, 56, '::ffff:192.0.2.0'],
    ['192.0.2.129', 32, 56, '::ffff:192.0.2.129'],
    ['192.0.2.129', 1, 56, '::ffff:128.0.0.0'],
    ['::ffff:192.0.2.129', 25, 1, '::ffff:192.0.2.128'],
    ['2001:db8:1234:5678::1', 24, 56, '2001:db8:1234:5600::'],
    ['2001:db8:1234:5678::1', 24, 64, '2001:db8:1234:5678::'],
    ['2001:db8:1234:5678::1', 24, 128, '2001:db8:1234:5678::1'],
    ['ffff::1', 24, 1, '8000::'],
  ])('of %s is in the network of %s and %s bits %s', (address, ipv4Bits, ipv6Bits, network) => {
    const words = new Int32Array(4)
    networkOf(encodeSockaddr(address, 53)!, 0, ipv4Bits, ipv6Bits, words)
    const expected = new DataView(encodeSockaddr(network, 0)!.buffer, 8)
    const bytes = network.startsWith('::ffff')
      ? [0, 0, 0xffff, new DataView(encodeSockaddr(network.slice(7), 0)!.buffer).getInt32(4)]
      : [0, 4, 8, 12].map((at) => expected.getInt32(at))
    expect([...words]).toEqual(bytes)
  })

  test.each(['', 'localhost', '1.2.3', 'x::1'])('is undefined for "%s"', (text) => {
    expect(encodeSockaddr(text, 53)).toBeUndefined()
  })
})
