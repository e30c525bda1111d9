// The canonical form of endpoint addresses (KEP-4858, RFC 5952).
import { expect, test } from 'vitest'
import { canonicalAddress } from '../../../src/fleet/api/addresses.ts'

test.each([
  ['10.1.1.1', '10.1.1.1', 'IPv4'],
  ['0.0.0.0', '0.0.0.0', 'IPv4'],
  ['010.001.000.09', '10.1.0.9', 'IPv4'],
  ['100.10.20.30', '100.10.20.30', 'IPv4'],
  ['2001:DB8:0:0::1', '2001:db8::1', 'IPv6'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 'IPv6'],
  ['2001:0db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 'IPv6'],
  ['0:0:0:0:0:0:0:1', '::1', 'IPv6'],
  ['::10.1.1.1', '::a01:101', 'IPv6'],
  ['::ffff:10.1.1.1', '10.1.1.1', 'IPv4'],
  ['::FFFF:0a01:0101', '10.1.1.1', 'IPv4'],
])('%s is %s of the family %s', (address, text, family) => {
  expect(canonicalAddress(address)).toEqual({ text, family })
})

test.each([
  '',
  'example.com',
  '10.1.1',
  '10.1.1.256',
  '10.1.1.1.1',
  '10.1.1.',
  '+1.1.1.1',
  'fe80::1%eth0',
  '::g',
])('%j is no address', (address) => {
  expect(canonicalAddress(address)).toBeUndefined()
})
