// What `forward` reads from a Corefile. The vectors are those of coredns plugin/forward/setup_test.go,
// setup_policy_test.go and resolve_test.go, and of plugin/pkg/parse/host_test.go.
import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Dispenser } from '../../../src/corefile/dispenser.ts'
import { CorefileError } from '../../../src/corefile/error.ts'
import { lex } from '../../../src/corefile/lexer.ts'
import type { ForwardOptions, Target } from '../../../src/plugins/forward/options.ts'
import { forward } from '../../../src/plugins/forward/setup.ts'
import { nameservers } from '../../../src/plugins/forward/targets.ts'

const FILES: Readonly<Record<string, string>> = {
  '/etc/resolv.conf': 'search a.org\nnameserver 10.10.255.252\n nameserver\t10.10.255.253 # b\n',
  'resolv.conf': 'nameserver 127.0.0.1\n',
  'scope.conf': 'nameserver fe80::1%eth0\n',
  'empty.conf': '# nameserver 1.1.1.1\n; nameserver 1.0.0.1\n',
  'null.conf': '',
}

function setUp(text: string) {
  const warnings: string[] = []
  const config = forward.setup({
    tokens: new Dispenser('Corefile', lex(text)),
    zones: ['.'],
    interfaces: {},
    parallelism: 1,
    claims: new Map(),
    fileKind: () => 'missing',
    readFile(path) {
      const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined
      if (file === undefined) throw new Error(`open ${path}: no such file or directory`)
      return file
    },
    warn: (message) => warnings.push(message),
  })
  return { config, warnings, first: config.forwards[0]! }
}

/** One directive with these lines in its block. */
const block = (...lines: readonly string[]) => `forward . 127.0.0.1 {\n${lines.join('\n')}\n}\n`

function errorOf(text: string): string {
  try {
    setUp(text)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

test('the defaults are those of CoreDNS', () => {
  expect(setUp('forward . 127.0.0.1').first).toEqual({
    from: '.',
    except: [],
    to: [{ kind: 'address', transport: 'dns', address: '127.0.0.1', port: 53 }],
    forceTcp: false,
    preferUdp: false,
    expireMs: 10_000,
    maxAgeMs: 0,
    maxIdleConnections: 0,
    readTimeoutMs: 2000,
    maxFails: 2,
    healthCheck: { intervalMs: 500, recursionDesired: true, domain: '.' },
    tls: {},
    policy: 'random',
    maxConcurrent: 0,
    next: [],
    nextOnNodata: false,
    failover: [],
    failfast: false,
    dohMethod: 'POST',
    resolvers: [],
  })
})

describe('options', () => {
  const health = (more: Partial<ForwardOptions['healthCheck']>) => ({
    healthCheck: { intervalMs: 500, recursionDesired: true, domain: '.', ...more },
  })
  const ROWS: readonly (readonly [lines: readonly string[], expected: Partial<ForwardOptions>])[] =
    [
      [['except miek.nl'], { except: ['miek.nl.'] }],
      [
        ['except A.org b.org.', 'except 10.0.0.0/8'],
        { except: ['a.org.', 'b.org.', '10.in-addr.arpa.'] },
      ],
      [['except 10.0.0.0/15'], { except: ['0.10.in-addr.arpa.', '1.10.in-addr.arpa.'] }],
      [['force_tcp'], { forceTcp: true }],
      [['prefer_udp'], { preferUdp: true }],
      [['force_tcp', 'prefer_udp'], { forceTcp: true, preferUdp: true }],
      [['expire 30s'], { expireMs: 30_000 }],
      [['expire 0s'], { expireMs: 0 }],
      [['max_age 30s'], { maxAgeMs: 30_000 }],
      [['expire 10s', 'max_age 10s'], { maxAgeMs: 10_000 }],
      [['max_age 0s'], { maxAgeMs: 0 }],
      [['max_idle_conns 10'], { maxIdleConnections: 10 }],
      [['max_idle_conns 0'], { maxIdleConnections: 0 }],
      [['read_timeout 5s'], { readTimeoutMs: 5000 }],
      [['read_timeout 500ms'], { readTimeoutMs: 500 }],
      [['max_fails 3'], { maxFails: 3 }],
      [['max_fails 0'], { maxFails: 0 }],
      [['max_connect_attempts 0'], { maxConnectAttempts: 0 }],
      [['max_connect_attempts 5'], { maxConnectAttempts: 5 }],
      [['health_check 0.5s'], health({})],
      [['health_check 0.5s no_rec'], health({ recursionDesired: false })],
      [
        ['health_check 0.5s no_rec domain example.org'],
        health({ recursionDesired: false, domain: 'example.org.' }),
      ],
      [
        ['health_check 2s domain Example.org'],
        health({ intervalMs: 2000, domain: 'example.org.' }),
      ],
      [['health_check 0.5s domain .'], health({})],
      [['health_check 0.5s domain example.org.'], health({ domain: 'example.org.' })],
      [['tls'], { tls: {} }],
      [['tls ca.pem'], { tls: { ca: 'ca.pem' } }],
      [['tls cert.pem key.pem'], { tls: { cert: 'cert.pem', key: 'key.pem' } }],
      [
        ['tls cert.pem key.pem ca.pem'],
        { tls: { cert: 'cert.pem', key: 'key.pem', ca: 'ca.pem' } },
      ],
      [['tls_servername dns'], { tlsServername: 'dns' }],
      [['policy random'], { policy: 'random' }],
      [['policy round_robin'], { policy: 'round_robin' }],
      [['policy sequential'], { policy: 'sequential' }],
      [['max_concurrent 1000'], { maxConcurrent: 1000 }],
      [['next NXDOMAIN'], { next: [3] }],
      [['next NXDOMAIN SERVFAIL REFUSED'], { next: [3, 2, 5] }],
      [['next noerror', 'next notimpl'], { next: [0, 4] }],
      [['next_on_nodata'], { nextOnNodata: true }],
      [['failover ServFail Refused'], { failover: [2, 5] }],
      [['failfast_all_unhealthy_upstreams'], { failfast: true }],
      [['doh_method GET'], { dohMethod: 'GET' }],
      [['doh_method POST'], { dohMethod: 'POST' }],
      [['resolver 10.96.0.10'], { resolvers: ['10.96.0.10'] }],
      [['resolver 10.96.0.10 10.96.0.11:5353'], { resolvers: ['10.96.0.10', '10.96.0.11:5353'] }],
      [['resolver ::1 [::1]:53'], { resolvers: ['::1', '[::1]:53'] }],
      [['source_address 192.0.2.1'], { sourceAddress: '192.0.2.1' }],
      [
        ['source_address 2001:0db8:85a3:0000:1319:8a2e:0370:7344'],
        { sourceAddress: '2001:db8:85a3:0:1319:8a2e:370:7344' },
      ],
      [['source_address ::ffff:192.0.2.1'], { sourceAddress: '192.0.2.1' }],
    ]

  test.each(ROWS)('%j', (lines, expected) => {
    expect(setUp(block(...lines)).first).toMatchObject(expected)
  })

  test('max_connect_attempts is undefined without the option', () => {
    expect(setUp(block()).first).not.toHaveProperty('maxConnectAttempts')
  })
})

describe('errors of options', () => {
  const at = (line: number, message: string) =>
    `Corefile:${line} - Error during parsing: ${message}`
  const count = (value: string) =>
    at(2, `Wrong argument count or unexpected line ending after '${value}'`)
  const ROWS: readonly (readonly [line: string, message: string])[] = [
    ['blaatl', at(2, "unknown property 'blaatl'")],
    ['max_fails 2 3', at(2, "unknown property '3'")],
    ['except', count('except')],
    ['except a\\.b', at(3, 'escapes in zone a\\.b. is known to CoreDNS, not yet supported here')],
    ['force_tcp yes', count('yes')],
    ['prefer_udp yes', count('yes')],
    ['next_on_nodata yes', count('yes')],
    ['failfast_all_unhealthy_upstreams false', count('false')],
    ['expire', count('expire')],
    ['expire many', 'time: invalid duration "many"'],
    ['expire -1s', "expire can't be negative: -1s"],
    ['max_age -1s', "max_age can't be negative: -1s"],
    ['max_age invalid', 'time: invalid duration "invalid"'],
    ['max_age 5s', 'max_age (5s) must not be less than expire (10s)'],
    ['max_idle_conns many', 'strconv.Atoi: parsing "many": invalid syntax'],
    ['max_idle_conns -1', "max_idle_conns can't be negative: -1"],
    ['read_timeout 0s', 'read_timeout must be positive: 0s'],
    ['read_timeout -1s', 'read_timeout must be positive: -1s'],
    ['read_timeout invalid', 'time: invalid duration "invalid"'],
    ['read_timeout', count('read_timeout')],
    ['max_fails many', 'strconv.ParseUint: parsing "many": invalid syntax'],
    ['max_fails 4294967296', 'strconv.ParseUint: parsing "4294967296": value out of range'],
    ['max_connect_attempts many', 'strconv.ParseUint: parsing "many": invalid syntax'],
    ['max_connect_attempts -4', 'strconv.ParseUint: parsing "-4": invalid syntax'],
    ['health_check', count('health_check')],
    ['health_check no_rec', 'time: invalid duration "no_rec"'],
    ['health_check domain example.org', 'time: invalid duration "domain"'],
    ['health_check -1s', "health_check can't be negative: -1000000000"],
    ['health_check 0.5s rec', 'health_check: unknown option rec'],
    ['health_check 0.5s domain', count('domain')],
    ['health_check 0.5s domain example..org', 'health_check: invalid domain name example..org'],
    ['tls a b c d', count('d')],
    ['tls_servername', count('tls_servername')],
    ['policy', count('policy')],
    ['policy random2', at(2, "unknown policy 'random2'")],
    ['max_concurrent many', 'strconv.Atoi: parsing "many": invalid syntax'],
    ['max_concurrent -4', "max_concurrent can't be negative: -4"],
    ['next', count('next')],
    ['next INVALID', 'INVALID is not a valid rcode'],
    ['next NXDOMAIN INVALID', 'INVALID is not a valid rcode'],
    ['failover', count('failover')],
    ['failover NOERROR', 'NoError cannot be used in failover'],
    ['failover NOT_A_VALID_RCODE', 'NOT_A_VALID_RCODE is not a valid rcode'],
    ['doh_method PUT', 'doh_method must be either POST or GET'],
    ['resolver', count('resolver')],
    ['resolver dns.example.com', 'resolver must be an IP address or IP:port: "dns.example.com"'],
    ['source_address', count('source_address')],
    ['source_address not-an-ip', at(2, 'invalid IP address: not-an-ip')],
  ]

  test.each(ROWS)('%s', (line, message) => {
    expect(errorOf(block(line))).toBe(message)
  })
})

describe('FROM', () => {
  test.each([
    ['forward . 127.0.0.1', '.'],
    ['forward Example.org 127.0.0.1', 'example.org.'],
    ['forward 10.9.3.0/18 127.0.0.1', '0.9.10.in-addr.arpa.'],
  ])('%s', (text, from) => {
    expect(setUp(text).first.from).toBe(from)
  })

  test('a network between two label boundaries is its first zone, with a warning', () => {
    expect(setUp('forward 10.9.3.0/18 127.0.0.1').warnings).toEqual([
      "Unsupported CIDR notation: '10.9.3.0/18' expands to multiple zones. Using only '0.9.10.in-addr.arpa.'.",
    ])
  })

  const long = 'x'.repeat(64)
  test.each([
    [
      'forward',
      "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after 'forward'",
    ],
    [
      'forward .',
      "Corefile:1 - Error during parsing: Wrong argument count or unexpected line ending after '.'",
    ],
    [`forward ${long} 127.0.0.1`, `unable to normalize '${long}'`],
  ])('error of %s', (text, message) => {
    expect(errorOf(text)).toBe(message)
  })
})

describe('TO', () => {
  const address = (host: string, port = 53): Target => {
    return { kind: 'address', transport: 'dns', address: host, port }
  }
  const tls = (host: string, port: number, tlsServerName?: string): Target => ({
    kind: 'address',
    transport: 'tls',
    address: host,
    port,
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
  })
  const host = (transport: Target['transport'], name: string, port: number): Target => {
    return { kind: 'host', transport, host: name, port }
  }
  const ROWS: readonly (readonly [to: string, ...targets: readonly Target[]])[] = [
    ['8.8.8.8', address('8.8.8.8')],
    ['127.0.0.1:8080', address('127.0.0.1', 8080)],
    ['dns://127.0.0.1', address('127.0.0.1')],
    ['::1', address('::1')],
    ['[::1]', address('::1')],
    ['[2003::1]:53', address('2003::1')],
    ['[2003:0::1]:53', address('2003::1')],
    ['::ffff:192.0.2.1', address('192.0.2.1')],
    ['fe80::1%ens3', address('fe80::1')],
    ['[fd01::1%ens3]:153', address('fd01::1', 153)],
    ['tls://127.0.0.1', tls('127.0.0.1', 853)],
    ['tls://127.0.0.1%example.net', tls('127.0.0.1', 853, 'example.net')],
    ['tls://127.0.0.1%example.net:854', tls('127.0.0.1', 854, 'example.net')],
    ['tls://fe80::1%example.com', tls('fe80::1', 853, 'example.com')],
    ['tls://[::1%example.net]:853', tls('::1', 853, 'example.net')],
    ['tls://[2400:3200::1%dns.alidns.com]:853', tls('2400:3200::1', 853, 'dns.alidns.com')],
    ['https://127.0.0.1', { kind: 'address', transport: 'https', address: '127.0.0.1', port: 443 }],
    [
      'https://[::1%example.net]:444',
      { kind: 'address', transport: 'https', address: '::1', port: 444 },
    ],
    ['dns.example.com', host('dns', 'dns.example.com', 53)],
    ['dns.example.com:5353', host('dns', 'dns.example.com', 5353)],
    ['tls://dns.example.com', host('tls', 'dns.example.com', 853)],
    ['tls://dns.example.com:8853', host('tls', 'dns.example.com', 8853)],
    [
      'tls://dns.example.com%servername.example.com',
      {
        kind: 'host',
        transport: 'tls',
        host: 'dns.example.com',
        port: 853,
        tlsServerName: 'servername.example.com',
      },
    ],
    ['https://dns.example.com', host('https', 'dns.example.com', 443)],
    ['https://dns.example.com:8443', host('https', 'dns.example.com', 8443)],
    ['https://dns.example.com%x.example.com', host('https', 'dns.example.com', 443)],
    ['rbldnsd.rbldnsd.svc.cluster.local', host('dns', 'rbldnsd.rbldnsd.svc.cluster.local', 53)],
    ['a27.0.0.1', host('dns', 'a27.0.0.1', 53)],
    ['8.9.1043', host('dns', '8.9.1043', 53)],
    ['/etc/resolv.conf', { kind: 'file', transport: 'dns', path: '/etc/resolv.conf' }],
    ['resolv.conf', { kind: 'file', transport: 'dns', path: 'resolv.conf' }],
    ['scope.conf', { kind: 'file', transport: 'dns', path: 'scope.conf' }],
    [
      'empty.conf 127.0.0.1',
      { kind: 'file', transport: 'dns', path: 'empty.conf' },
      address('127.0.0.1'),
    ],
    [
      'dns.example.com 127.0.0.1 other.example.com',
      host('dns', 'dns.example.com', 53),
      address('127.0.0.1'),
      host('dns', 'other.example.com', 53),
    ],
  ]

  test.each(ROWS)('%s', (to, ...targets) => {
    expect(setUp(`forward . ${to}`).first.to).toEqual(targets)
  })

  const sixteen = Array.from({ length: 16 }, (_, i) => `10.0.0.${i}`).join(' ')
  test.each([
    [sixteen, 'more than 15 TOs configured: 16'],
    ['null.conf', 'no valid upstream addresses found'],
    ['empty.conf null.conf', 'no valid upstream addresses found'],
    [
      'https://1.1.1.1/',
      'paths are not allowed in HTTPS upstream addresses (the /dns-query path is used by default): https://1.1.1.1/',
    ],
    ['tls://', 'invalid address: "tls://"'],
    ['unix://', 'invalid address: "unix://"'],
    [
      'quic://1.1.1.1',
      "'quic' is not supported as a destination protocol in forward: quic://1.1.1.1",
    ],
    [
      'unix:///var/run/g.sock',
      "'unix' is not supported as a destination protocol in forward: unix:///var/run/g.sock",
    ],
    ['grpc://example.com', 'not an IP address, file, or valid domain: "grpc://example.com"'],
    ['a..b', 'not an IP address, file, or valid domain: "a..b"'],
    [
      '/etc/missing.conf',
      'failed to resolve "/etc/missing.conf": open /etc/missing.conf: no such file or directory',
    ],
    [
      '/etc/resolv.conf:53',
      'failed to resolve "/etc/resolv.conf": open /etc/resolv.conf:53: no such file or directory',
    ],
    ['8.8.8.8:0', 'invalid port in "8.8.8.8:0"; write a number from 1 to 65535'],
    ['8.8.8.8:', 'invalid port in "8.8.8.8:"; write a number from 1 to 65535'],
    ['dns.example:domain', 'invalid port in "dns.example:domain"; write a number from 1 to 65535'],
  ])('error of %s', (to, message) => {
    expect(errorOf(`forward . ${to}`)).toBe(message)
  })

  test.each([
    [
      'tls://127.0.0.1%example.net:854',
      "both forward ('foo') and proxy level ('example.net') TLS servernames are set for upstream proxy 'tls://127.0.0.1:854'",
    ],
    [
      'tls://[::1%example.net]',
      "both forward ('foo') and proxy level ('example.net') TLS servernames are set for upstream proxy 'tls://[::1]:853'",
    ],
  ])('tls_servername and the server name of %s are an error', (to, message) => {
    expect(errorOf(`forward . ${to} {\n tls_servername foo\n}`)).toBe(message)
  })

  test.each([
    ['forward . tls://127.0.0.1 {\n tls_servername dns\n}'],
    ['forward . 127.0.0.1 {\n tls_servername dns\n}'],
    ['forward . https://127.0.0.1%example.net {\n tls_servername dns\n}'],
  ])('tls_servername alone is none: %j', (text) => {
    expect(errorOf(text)).toBe('')
  })

  test('a file with a scheme for TLS is a warning', () => {
    expect(setUp('forward . tls://resolv.conf').warnings).toEqual([
      'tls://resolv.conf: the nameservers of a file are asked by plain DNS',
    ])
  })
})

describe('several directives', () => {
  const three =
    'forward 1st.example.org 10.0.0.1\nforward 2nd.example.org 10.0.0.2\nforward 3rd.example.org 10.0.0.3'

  test('stay in the order of the Corefile', () => {
    expect(setUp(three).config.forwards.map(({ from }) => from)).toEqual([
      '1st.example.org.',
      '2nd.example.org.',
      '3rd.example.org.',
    ])
  })

  test('are described one by one, with the zones that they are for', () => {
    const { config } = setUp(
      'forward a.org tls://1.1.1.1%one.one {\n except x.a.org\n policy sequential\n}\nforward . /etc/resolv.conf ::1',
    )
    expect(forward.describe(config)).toBe(
      'asks tls://1.1.1.1:853 for names in a.org. except those in x.a.org., policy sequential; asks the nameservers of /etc/resolv.conf and [::1]:53 for all names, policy random',
    )
    expect(forward.zones?.(config)).toEqual(['a.org.'])
  })
})

describe('any text', () => {
  const piece = fc.constantFrom(
    ...['tls://', 'https://', 'quic://', '127.0.0.1', '::1', '[', ']', '%', ':', '/', 'a.b', '.'],
    ...[
      '53',
      '65536',
      '\\',
      '{',
      '}',
      '\n',
      'policy',
      'next',
      'tls',
      'health_check',
      '-1s',
      '\u0000',
    ],
  )
  const words = fc.array(fc.oneof(piece, fc.string({ maxLength: 8 })), { maxLength: 12 })

  test('is a configuration or an error of the Corefile', () => {
    fc.assert(
      fc.property(words, fc.constantFrom('', ' '), (all, separator) => {
        try {
          const { first } = setUp(`forward . ${all.join(separator)}`)
          for (const target of first.to) {
            if (target.kind === 'address') expect(isIP(target.address)).toBeGreaterThan(0)
            if (target.kind !== 'file') expect(target.port).toBeGreaterThan(0)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(CorefileError)
        }
      }),
    )
  })

  test('in a file names IP addresses only', () => {
    const line = fc.array(fc.oneof(piece, fc.constantFrom('nameserver', ' ', '\t')), {
      maxLength: 9,
    })
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const text = lines.map((words) => words.join('')).join('\n')
        expect(nameservers(text).filter((address) => isIP(address) === 0)).toEqual([])
      }),
    )
  })
})
