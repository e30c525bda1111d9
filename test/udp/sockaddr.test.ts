import { describe, expect, test } from 'vitest'
import { addressOf, encodeSockaddr, isIpv6, portOf } from '../../src/udp/sockaddr.ts'

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

  test.each(['', 'localhost', '1.2.3', 'x::1'])('is undefined for "%s"', (text) => {
    expect(encodeSockaddr(text, 53)).toBeUndefined()
  })
})
