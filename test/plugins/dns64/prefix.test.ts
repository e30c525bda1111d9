// The addresses that stand for IPv4 addresses. The vectors are those of coredns plugin/dns64/dns64_test.go TestTo6, and RFC 6052
// section 2.4.
import { describe, expect, test } from 'vitest'
import { ipv4Bytes, ipv6Text } from '../../../src/dns/address.ts'
import { mappedAddress, parsePrefix, prefixText } from '../../../src/plugins/dns64/prefix.ts'

function mapped(prefix: string, address: string): string {
  const parsed = parsePrefix(prefix)
  if (!parsed.ok) throw new Error(parsed.message)
  return ipv6Text(mappedAddress(parsed.prefix, ipv4Bytes(address)!))
}

describe('upstream', () => {
  test.each([
    ['64:ff9b::/96', '64:ff9b::4040:4040'],
    ['64:ff9b::/64', '64:ff9b::40:4040:4000:0'],
    ['64:ff9b::/56', '64:ff9b:0:40:40:4040::'],
    ['64::/32', '64:0:4040:4040::'],
  ])('64.64.64.64 with %s', (prefix, address) => {
    expect(mapped(prefix, '64.64.64.64')).toBe(address)
  })
})

describe('RFC 6052', () => {
  test.each([
    ['2001:db8::/32', '2001:db8:c000:221::'],
    ['2001:db8:100::/40', '2001:db8:1c0:2:21::'],
    ['2001:db8:122::/48', '2001:db8:122:c000:2:2100::'],
    ['2001:db8:122:300::/56', '2001:db8:122:3c0:0:221::'],
    ['2001:db8:122:344::/64', '2001:db8:122:344:c0:2:2100:0'],
    ['2001:db8:122:344::/96', '2001:db8:122:344::c000:221'],
  ])('192.0.2.33 with %s', (prefix, address) => {
    expect(mapped(prefix, '192.0.2.33')).toBe(address)
  })
})

test.each([
  ['64:ff9b::1/96', '64:ff9b::/96'],
  ['2002:ac12:b083::/96', '2002:ac12:b083::/96'],
  ['2002:c0a8:a88a::/48', '2002:c0a8:a88a::/48'],
  ['64:ff9b::/72', '64:ff9b::/72'],
])('%s is the network %s', (text, network) => {
  const parsed = parsePrefix(text)
  expect(parsed.ok && prefixText(parsed.prefix)).toBe(network)
})

test.each([
  ['foobar', 'invalid CIDR address: foobar'],
  ['64:ff9b::', 'invalid CIDR address: 64:ff9b::'],
  ['64:ff9b::/129', 'invalid CIDR address: 64:ff9b::/129'],
  ['8.8.8.8/33', 'invalid CIDR address: 8.8.8.8/33'],
  ['8.8.8.8/24', 'invalid netmask 32 IPv6 address: "8.8.8.0/24"'],
  ['64:ff9b::/52', 'invalid prefix length "64:ff9b::/52"'],
  ['64:ff9b::/104', 'invalid prefix length "64:ff9b::/104"'],
  ['64:ff9b::1/24', 'invalid prefix length "64:ff00::/24"'],
])('%s is an error', (text, message) => {
  const parsed = parsePrefix(text)
  expect(parsed.ok ? undefined : parsed.message).toBe(message)
})
