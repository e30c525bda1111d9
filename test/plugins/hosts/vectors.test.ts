// The vectors of coredns plugin/hosts: hosts_test.go, hostsfile_test.go and wildcard_test.go.
import { describe, expect, test } from 'vitest'
import type { HostsConfig } from '../../../src/plugins/hosts/options.ts'
import { hostsRig } from './hosts-rig.ts'

/** The data of the answer. */
async function lookUp(text: string, questions: readonly (readonly [string, string])[]) {
  const { ask } = await hostsRig(text)
  return questions.map(([name, type]) => ask(name, type)?.answers.map(({ data }) => data) ?? [])
}

describe('hosts_test.go', () => {
  const text = `
127.0.0.1 localhost localhost.domain
::1 localhost localhost.domain
10.0.0.1 example.org
::FFFF:10.0.0.2 example.com
10.0.0.3 fallthrough-example.org
1.2.3.4 aa.example.com
5.6.7.8 *.apps.example.com
reload 5s
timeout 3600
`
  test.each([
    ['example.org.', 'A', ['example.org. 3600 IN A 10.0.0.1']],
    ['example.com.', 'A', ['example.com. 3600 IN A 10.0.0.2']],
    ['localhost.', 'AAAA', ['localhost. 3600 IN AAAA ::1']],
    ['1.0.0.10.in-addr.arpa.', 'PTR', ['1.0.0.10.in-addr.arpa. 3600 IN PTR example.org.']],
    ['2.0.0.10.in-addr.arpa.', 'PTR', ['2.0.0.10.in-addr.arpa. 3600 IN PTR example.com.']],
    [
      '1.0.0.127.in-addr.arpa.',
      'PTR',
      [
        '1.0.0.127.in-addr.arpa. 3600 IN PTR localhost.',
        '1.0.0.127.in-addr.arpa. 3600 IN PTR localhost.domain.',
      ],
    ],
    ['example.org.', 'AAAA', 'NOERROR'],
    ['example.org.', 'MX', 'NOERROR'],
    ['aa.example.com.', 'A', ['aa.example.com. 3600 IN A 1.2.3.4']],
    // Upstream asks for apps.example.com, which has no answer, and takes this for a pass.
    ['a.apps.example.com.', 'A', ['a.apps.example.com. 3600 IN A 5.6.7.8']],
    ['apps.example.com.', 'A', 'SERVFAIL'],
    ['a.b.apps.example.com.', 'A', 'SERVFAIL'],
    ['8.7.6.5.in-addr.arpa.', 'PTR', 'next'],
  ])('%s %s', async (name, type, expected) => {
    expect((await hostsRig(text)).answer(name, type)).toEqual(expected)
  })

  test('the reply to a name that exists has AA and no SOA', async () => {
    const reply = (await hostsRig(text)).ask('example.org', 'TXT')
    expect(reply).toMatchObject({ rcode: 'NOERROR', answers: [], authority: [], additional: [] })
    expect(reply!.flags.aa).toBe(true)
  })

  const all = { fallthrough: ['.'] }
  const unsupported = { ...all, fallthroughUnsupported: true }
  const elsewhere = { fallthrough: ['example.net.'], fallthroughUnsupported: true }
  test.each<[string, string, string, Partial<HostsConfig>, string]>([
    ['an existing name is NODATA', 'example.org', 'TXT', all, 'NOERROR'],
    ['with fallthrough_unsupported it falls through', 'example.org', 'TXT', unsupported, 'next'],
    ['but not in other zones', 'example.org', 'TXT', elsewhere, 'NOERROR'],
    ['a missing name falls through', 'missing.example.org', 'TXT', all, 'next'],
    ['but not in other zones', 'missing.example.org', 'A', elsewhere, 'SERVFAIL'],
    ['fallthrough_unsupported is not for addresses', 'example.org', 'AAAA', unsupported, 'NOERROR'],
    ['a missing address name falls through', 'fallthrough.org', 'AAAA', all, 'next'],
  ])('%s: %s %s', async (_, name, type, changes, expected) => {
    expect((await hostsRig(text, changes)).answer(name, type)).toBe(expected)
  })
})

const HOSTS = `255.255.255.255	broadcasthost
	127.0.0.2	odin
	127.0.0.3	odin  # inline comment
	::2             odin
	127.1.1.1	thor
	# aliases
	127.1.1.2	ullr ullrhost
	fe80::1%lo0	localhost
	# Bogus entries that must be ignored.
	123.123.123	loki
	321.321.321.321`
const IPV4 = `# See https://tools.ietf.org/html/rfc1123.
	#

	# internet address and host name
	127.0.0.1	localhost	# inline comment separated by tab
	127.0.0.2	localhost       # inline comment separated by space

	# internet address, host name and aliases
	127.0.0.3	localhost	localhost.localdomain`
const IPV6 = `# See https://tools.ietf.org/html/rfc5952, https://tools.ietf.org/html/rfc4007.

	# internet address and host name
	::1						localhost	# inline comment separated by tab
	fe80:0000:0000:0000:0000:0000:0000:0001		localhost       # inline comment separated by space

	# internet address with zone identifier and host name
	fe80:0000:0000:0000:0000:0000:0000:0002%lo0	localhost

	# internet address, host name and aliases
	fe80::3%lo0					localhost	localhost.localdomain`
const CASE = `127.0.0.1	PreserveMe	PreserveMe.local
		::1		PreserveMe	PreserveMe.local`

describe('hostsfile_test.go: addresses of', () => {
  test.each<[string, string, string[], string[]]>([
    [HOSTS, 'odin.', ['127.0.0.2', '127.0.0.3'], ['::2']],
    [HOSTS, 'thor.', ['127.1.1.1'], []],
    [HOSTS, 'ullr.', ['127.1.1.2'], []],
    [HOSTS, 'ullrhost.', ['127.1.1.2'], []],
    [HOSTS, 'localhost.', [], ['fe80::1']],
    [HOSTS, 'loki.', [], []],
    ['127.0.0.2  odin', 'odin.', ['127.0.0.2'], []],
    [IPV4, 'localhost.', ['127.0.0.1', '127.0.0.2', '127.0.0.3'], []],
    [IPV4, 'localhost.localdomain.', ['127.0.0.3'], []],
    [IPV6, 'localhost.', [], ['::1', 'fe80::1', 'fe80::2', 'fe80::3']],
    [IPV6, 'localhost.localdomain.', [], ['fe80::3']],
    [CASE, 'PreserveMe.', ['127.0.0.1'], ['::1']],
    [CASE, 'PRESERVEME.LOCAL.', ['127.0.0.1'], ['::1']],
  ])('%#: %s', async (text, name, v4, v6) => {
    expect(
      await lookUp(text, [
        [name, 'A'],
        [name, 'AAAA'],
      ]),
    ).toEqual([v4, v6])
  })
})

describe('hostsfile_test.go: names of', () => {
  const low = (digit: number, top = '0') =>
    `${digit}.${'0.'.repeat(top === '0' ? 31 : 27)}${top === '0' ? '' : '0.8.e.f.'}ip6.arpa.`
  const v4 = (address: string) => `${address.split('.').reverse().join('.')}.in-addr.arpa.`
  test.each<[string, string, string[]]>([
    [HOSTS, v4('255.255.255.255'), ['broadcasthost.']],
    [HOSTS, v4('127.0.0.2'), ['odin.']],
    [HOSTS, v4('127.0.0.3'), ['odin.']],
    [HOSTS, low(2), ['odin.']],
    [HOSTS, v4('127.1.1.2'), ['ullr.', 'ullrhost.']],
    [HOSTS, low(1, 'fe80'), ['localhost.']],
    [IPV4, v4('127.0.0.3'), ['localhost.', 'localhost.localdomain.']],
    [IPV6, low(1), ['localhost.']],
    [IPV6, low(2, 'fe80'), ['localhost.']],
    [IPV6, low(3, 'fe80'), ['localhost.', 'localhost.localdomain.']],
    [CASE, v4('127.0.0.1'), ['preserveme.', 'preserveme.local.']],
    [CASE, low(1), ['preserveme.', 'preserveme.local.']],
  ])('%#: %s', async (text, name, expected) => {
    expect(await lookUp(text, [[name, 'PTR']])).toEqual([expected])
  })
})

describe('wildcard_test.go', () => {
  const text = `
127.0.0.53 *.example.org
127.0.1.52 *.intern.example.org
127.0.0.54 foo.example.org
192.168.33.10 *.example.com
192.168.33.11 a.example.com
192.168.33.12 b.example.com
`
  test.each([
    ['foo.example.org.', ['127.0.0.54']],
    ['bar.example.org.', ['127.0.0.53']],
    ['bar.intern.example.org.', ['127.0.1.52']],
    ['a.example.com.', ['192.168.33.11']],
    ['b.example.com.', ['192.168.33.12']],
    ['c.example.com.', ['192.168.33.10']],
    ['example.com.', []],
    ['deep.foo.example.org.', []],
  ])('%s', async (name, expected) => {
    expect(await lookUp(text, [[name, 'A']])).toEqual([expected])
  })
})
