// Zones, ports, schemes and CIDR notation in the keys of server blocks.
import type { Case } from './case.ts'

export const keys: readonly Case[] = [
  {
    name: 'an unknown scheme is part of the name',
    corefile: 'foo://a.org {\n whoami\n}\n',
    zones: ['foo://a.org.:0'],
  },
  { name: 'the scheme dns', corefile: 'dns://a.org:0 {\n whoami\n}\n', zones: ['a.org.:0'] },
  {
    name: 'a colon without a port',
    corefile: '.: {\n whoami\n}\n',
    error: 'error inspecting server blocks: expecting data after last colon: ".:"',
  },
  {
    name: 'a port without a zone',
    corefile: ':53 {\n whoami\n}\n',
    error: 'error inspecting server blocks: zone is not a valid domain name: ',
  },
  {
    name: 'an empty label',
    corefile: 'a..org {\n whoami\n}\n',
    error: 'error inspecting server blocks: zone is not a valid domain name: a..org',
  },
  {
    name: 'a label that is too long',
    corefile: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org {
 whoami
}
`,
    error:
      'error inspecting server blocks: zone is not a valid domain name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org',
  },
  {
    name: 'a zone that is too long',
    corefile: `abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef.abcdef {
 whoami
}
`,
    error: 'error inspecting server blocks: specified zone is too long: 349 > 255',
  },
  {
    name: 'a port out of range',
    corefile: '.:65536 {\n whoami\n}\n',
    error: 'address 65536: invalid port',
  },
  { name: 'a negative port', corefile: '.:-1 {\n whoami\n}\n', error: 'address -1: invalid port' },
  { name: 'a port with leading zeros', corefile: '.:00 {\n whoami\n}\n', zones: ['.:0'] },
  {
    name: 'a port that is not a number is part of the name',
    corefile: 'a.org:dns {\n whoami\n}\n',
    zones: ['a.org:dns.:0'],
  },
  { name: 'upper case', corefile: 'EXAMPLE.Org {\n whoami\n}\n', zones: ['example.org.:0'] },
  { name: 'a zone with a final dot', corefile: 'a.org. {\n whoami\n}\n', zones: ['a.org.:0'] },
  {
    name: 'IPv4 on a boundary',
    corefile: '10.0.0.0/24 {\n whoami\n}\n',
    zones: ['0.0.10.in-addr.arpa.:0'],
  },
  {
    name: 'IPv4 between boundaries',
    corefile: '10.0.0.0/15 {\n whoami\n}\n',
    zones: ['0.10.in-addr.arpa.:0', '1.10.in-addr.arpa.:0'],
  },
  {
    name: 'IPv4 with host bits',
    corefile: '10.1.2.3/22 {\n whoami\n}\n',
    zones: [
      '0.1.10.in-addr.arpa.:0',
      '1.1.10.in-addr.arpa.:0',
      '2.1.10.in-addr.arpa.:0',
      '3.1.10.in-addr.arpa.:0',
    ],
  },
  { name: 'IPv4 /27 is 32 zones', corefile: '10.1.2.33/27 {\n whoami\n}\n' },
  {
    name: 'IPv4 /32',
    corefile: '10.1.2.3/32 {\n whoami\n}\n',
    zones: ['3.2.1.10.in-addr.arpa.:0'],
  },
  { name: 'IPv4 /0', corefile: '0.0.0.0/0 {\n whoami\n}\n', zones: ['in-addr.arpa.:0'] },
  { name: 'IPv4 /1', corefile: '128.0.0.0/1 {\n whoami\n}\n' },
  {
    name: 'IPv4 /33 is a name',
    corefile: '10.0.0.0/33 {\n whoami\n}\n',
    zones: ['10.0.0.0/33.:0'],
  },
  { name: 'an address is a name', corefile: '10.0.0.1 {\n whoami\n}\n', zones: ['10.0.0.1.:0'] },
  {
    name: 'IPv6 on a boundary',
    corefile: '2001:db8::/32 {\n whoami\n}\n',
    zones: ['8.b.d.0.1.0.0.2.ip6.arpa.:0'],
  },
  {
    name: 'IPv6 between boundaries',
    corefile: '2001:db8::/31 {\n whoami\n}\n',
    zones: ['8.b.d.0.1.0.0.2.ip6.arpa.:0', '9.b.d.0.1.0.0.2.ip6.arpa.:0'],
  },
  { name: 'IPv6 with a port', corefile: '2001:db8::/33:0 {\n whoami\n}\n' },
  {
    name: 'IPv6 that starts with a colon',
    corefile: '::/8 {\n whoami\n}\n',
    error: 'error inspecting server blocks: invalid CIDR ::/8',
  },
  {
    name: 'IPv6 that starts with a zero',
    corefile: '0::/8 {\n whoami\n}\n',
    error: 'error inspecting server blocks: invalid CIDR 0::/8',
  },
  {
    name: 'CIDR among other keys',
    corefile: 'a.org 10.0.0.0/15 b.org {\n whoami\n}\n',
    zones: ['0.10.in-addr.arpa.:0', '1.10.in-addr.arpa.:0', 'a.org.:0', 'b.org.:0'],
  },
  {
    name: 'a CIDR with a zero mask',
    corefile: '10.0.0.0/08 {\n whoami\n}\n',
    zones: ['10.in-addr.arpa.:0'],
  },
  { name: 'a name with escapes', corefile: 'a\\.b.org {\n whoami\n}\n', zones: ['a\\.b.org.:0'] },
  {
    name: 'a name that ends in a backslash',
    corefile: 'a\\ {\n whoami\n}\n',
    error: 'error inspecting server blocks: zone is not a valid domain name: a\\',
  },
]
