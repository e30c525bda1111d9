// Where traffic of an import may go: ordinary networks, or the ranges that the operator of the hub names.
import { describe, expect, test } from 'vitest'
import { parseCidr } from '../../../src/fleet/api/address-ranges.ts'
import { canonicalAddress } from '../../../src/fleet/api/addresses.ts'
import {
  anyEndpoint,
  endpointPolicy,
  refusalOf,
  withTranslated,
} from '../../../src/fleet/api/endpoint-addresses.ts'

const refusal = (address: string, ...cidrs: readonly string[]) => {
  const policy =
    cidrs.length === 0 ? anyEndpoint : endpointPolicy(cidrs.map((text) => parseCidr(text)!))
  return refusalOf(canonicalAddress(address)!, policy) ?? ''
}

describe('without ranges of the operator', () => {
  test.each([
    ['private use', '10.1.2.3 172.16.0.1 192.168.1.1 fd00::1 fc12::1'],
    ['shared address space', '100.64.0.1 100.127.255.254'],
    ['public', '8.8.8.8 1.1.1.1 2600::1 2a00:1450::1 223.255.255.254'],
    ['benchmarking, which clouds use for pods', '198.18.0.1 198.19.255.254'],
    ['documentation, which labs use', '192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1'],
    [
      'next to a refused one',
      '1.0.0.0 191.255.255.255 192.0.1.0 2001:200::1 2003::1 5eff::1 200::1',
    ],
  ])('%s addresses are allowed', (_, addresses) => {
    expect(addresses.split(' ').map((one) => refusal(one))).toEqual(
      addresses.split(' ').map(() => ''),
    )
  })

  test.each([
    [
      'which no endpoint may have',
      '127.0.0.1 169.254.169.254 0.0.0.0 ::1 :: fe80::1 ff02::1 224.0.0.5',
    ],
    ['special-purpose address: this network', '0.1.2.3 0.255.255.255'],
    ['special-purpose address: IETF', '192.0.0.8 192.0.0.170 192.0.0.192 2001::1 2001:1ff::1'],
    ['special-purpose address: 6to4', '192.88.99.1 2002:a01:203::1'],
    ['special-purpose address: multicast', '224.0.1.1 239.1.2.3 ff05::1 ff0e::1'],
    ['special-purpose address: reserved', '240.0.0.1 255.255.255.255'],
    ['embedded IPv4 address', '64:ff9b::a01:203 64:ff9b:1::a01:203 ::a01:203 ::ffff:0:a01:203'],
    ['special-purpose address: discard-only', '100::1 100:0:0:1::1'],
    ['special-purpose address: segment routing', '5f00::1'],
    ['metadata address of a cloud', '100.100.100.200 168.63.129.16'],
    ['metadata address of a cloud', 'fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:42::42'],
    ['metadata address of a cloud', 'fd00:c1::a9fe:a9fe'],
    ['which no endpoint may have', '64:ff9b::a9fe:a9fe 2002:7f00:1:: ::7f00:1 64:ff9b::7f00:1'],
  ])('refused, as %s: %s', (why, addresses) => {
    const found = addresses.split(' ').map((one) => refusal(one))
    expect(found).toEqual(addresses.split(' ').map(() => expect.stringContaining(why)))
  })
})

describe('with ranges of the operator', () => {
  test.each([
    ['an address within is allowed', '10.1.2.3', ['10.1.0.0/16'], ''],
    ['any of several ranges is enough', 'fd00:1::5', ['10.1.0.0/16', 'fd00:1::/64'], ''],
    ['any other address is refused', '10.2.0.1', ['10.1.0.0/16'], 'outside the endpointCIDRs'],
    ['so is one of a family without a range', 'fd00::1', ['10.1.0.0/16'], 'outside the endpoint'],
    ['special-purpose addresses within are allowed', '240.1.2.3', ['240.0.0.0/4'], ''],
    ['NAT64 addresses within are allowed', '64:ff9b::a01:203', ['64:ff9b::/96'], ''],
    [
      'addresses that no endpoint may have are not',
      '127.0.0.1',
      ['127.0.0.0/8'],
      'no endpoint may',
    ],
    ['nor in IPv6', '64:ff9b::7f00:1', ['64:ff9b::/96'], 'no endpoint may have'],
    ['metadata addresses are not', '100.100.100.200', ['100.64.0.0/10'], 'metadata address'],
    ['nor in IPv6, translated', '64:ff9b::a83f:8110', ['64:ff9b::/96'], 'metadata address'],
    ['unless the range is that address alone', '100.100.100.200', ['100.100.100.200/32'], ''],
    ['also without a length', 'fd00:ec2::254', ['fd00:ec2:0::254'], ''],
  ])('%s: %s', (_, address, cidrs, why) => {
    if (why === '') expect(refusal(address, ...cidrs)).toBe('')
    else expect(refusal(address, ...cidrs)).toContain(why)
  })

  test('without any range no address is allowed', () => {
    expect(refusalOf(canonicalAddress('10.1.2.3')!, endpointPolicy([]))).toContain('outside')
  })
})

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['fd00::1', 'fd00::1'],
  ['64:ff9b::10.1.2.3', '64:ff9b::a01:203 10.1.2.3'],
  ['::10.1.2.3', '::a01:203 10.1.2.3'],
  ['2002:a01:203:5::1', '2002:a01:203:5::1 10.1.2.3'],
])('%s reaches %s', (address, wanted) => {
  const forms = withTranslated(canonicalAddress(address)!)
  expect(forms.map(({ text }) => text).join(' ')).toBe(wanted)
})

test.each([
  ['10.1.0.0/16', '10.1.0.0', 16],
  ['010.1.0.1', '10.1.0.1', 32],
  ['FD00:1::/64', 'fd00:1::', 64],
  ['::/0', '::', 0],
])('%s is a range', (text, base, length) => {
  expect(parseCidr(text)).toMatchObject({ base: { text: base }, length })
})

test.each([
  '',
  '10.1.0.0/33',
  '10.1.0.0/',
  '10.1.0.0/8/8',
  '10.1.0.0/-1',
  '10.1/16',
  'x/8',
  '::ffff:0.0.0.0/96',
  7,
])('%j is no range', (text) => {
  expect(parseCidr(text)).toBeUndefined()
})
