import { describe, expect, test } from 'vitest'
import { clientOf } from '../src/client.ts'

describe('the client of an address', () => {
  test.each([
    ['an IPv4 address is a client', '10.1.2.3', '10.1.2.3'],
    ['an IPv4 client of a socket for both families, too', '::ffff:10.1.2.3', '10.1.2.3'],
    ['an IPv6 client is a /64', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['another address of this /64 is the same client', '2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['the next /64 is another client', '2001:db8:1:3::9', '2001:db8:1:3::/64'],
    ['a zone is no part of it', 'fe80::1%eth0', 'fe80::/64'],
    ['a connection that is gone has no address', '', ''],
  ])('%s', (_rule, address, client) => {
    expect(clientOf(address)).toBe(client)
  })
})
