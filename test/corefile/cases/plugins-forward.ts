// Corefiles with `forward` and `loop`. Options that CoreDNS has no error for are in test/plugins/forward/setup.test.ts.
import type { Case } from './case.ts'

/** A block that forwards with `rest` behind the directive's name. */
const forward = (rest: string) => `. {\n forward ${rest}\n}\n`

/** A block that forwards with one option. */
const option = (line: string) => forward(`. 127.0.0.1:1 {\n  ${line}\n }`)

/** The error of an option, without a position. */
const plain = (line: string, message: string): Case => ({
  name: `forward { ${line} }`,
  corefile: option(line),
  error: `plugin/forward: ${message}`,
})

/** The error of an option in line 3. */
const at = (line: string, message: string): Case => {
  return plain(line, `Corefile:3 - Error during parsing: ${message}`)
}

const count = (line: string, last = line.split(' ').at(-1)!) =>
  at(line, `Wrong argument count or unexpected line ending after '${last}'`)

const accepted = (rest: string, more: Partial<Case> = {}): Case => ({
  name: `forward ${rest}`,
  corefile: forward(rest),
  zones: ['.:0'],
  warnings: [],
  ...more,
})

const refused = (rest: string, message: string, more: Partial<Case> = {}): Case => ({
  name: `error of forward ${rest}`,
  corefile: forward(rest),
  error: `plugin/forward: ${message}`,
  ...more,
})

const long = 'x'.repeat(64)
const resolv = { files: { 'resolv.conf': 'nameserver 127.0.0.1\n', 'empty.conf': '# none\n' } }

export const forwardPlugins: readonly Case[] = [
  accepted('. 127.0.0.1:1'),
  accepted('. 127.0.0.1:1 [::1]:1 dns://127.0.0.2:1'),
  accepted('a.org tls://127.0.0.1%example.net tls://[::1%example.net]:853'),
  accepted('. https://127.0.0.1'),
  accepted('. resolv.conf', resolv),
  accepted('. empty.conf 127.0.0.1:1', resolv),
  accepted('. localhost:1'),
  accepted('10.9.3.0/18 127.0.0.1:1', {
    warnings: [
      "plugin/forward: Unsupported CIDR notation: '10.9.3.0/18' expands to multiple zones. Using only '0.9.10.in-addr.arpa.'.",
    ],
  }),
  {
    name: 'several forwards in a block',
    corefile: '. {\n forward a.org 127.0.0.1:1\n forward . 127.0.0.1:1\n}\n',
    zones: ['.:0'],
  },
  {
    name: 'forward with all options',
    corefile: forward(`. 127.0.0.1:1 {
  except a.org 10.0.0.0/8
  force_tcp
  prefer_udp
  expire 20s
  max_age 1m
  max_idle_conns 5
  read_timeout 1s
  max_fails 0
  max_connect_attempts 3
  health_check 5s no_rec domain a.org
  tls
  tls_servername dns.example
  policy round_robin
  max_concurrent 1000
  next NXDOMAIN refused
  next_on_nodata
  failover ServFail
  failfast_all_unhealthy_upstreams
  doh_method GET
  resolver 10.0.0.1 [::1]:53
  source_address 127.0.0.1
 }`),
    zones: ['.:0'],
  },
  refused(
    '',
    "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'forward'",
  ),
  refused(
    '.',
    "Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after '.'",
  ),
  refused(`${long} 127.0.0.1`, `unable to normalize '${long}'`),
  refused('. empty.conf', 'no valid upstream addresses found', resolv),
  refused(
    `. ${Array.from({ length: 16 }, (_, i) => `127.0.0.${i + 1}:1`).join(' ')}`,
    'more than 15 TOs configured: 16',
  ),
  refused('. tls://', 'invalid address: "tls://"'),
  refused(
    '. https://1.1.1.1/',
    'paths are not allowed in HTTPS upstream addresses (the /dns-query path is used by default): https://1.1.1.1/',
  ),
  refused(
    '. unix:///var/run/g.sock',
    "'unix' is not supported as a destination protocol in forward: unix:///var/run/g.sock",
  ),
  refused(
    '. quic://1.1.1.1:853',
    "'quic' is not supported as a destination protocol in forward: quic://1.1.1.1:853",
  ),
  refused('. grpc://a.org', 'not an IP address, file, or valid domain: "grpc://a.org"'),
  refused('. a..b', 'not an IP address, file, or valid domain: "a..b"'),
  refused(
    '. tls://127.0.0.1%a.org {\n  tls_servername b.org\n }',
    "both forward ('b.org') and proxy level ('a.org') TLS servernames are set for upstream proxy 'tls://127.0.0.1:853'",
  ),
  at('blaatl', "unknown property 'blaatl'"),
  at('max_fails 2 3', "unknown property '3'"),
  count('except'),
  count('force_tcp yes'),
  count('prefer_udp yes'),
  count('next_on_nodata yes'),
  count('failfast_all_unhealthy_upstreams yes'),
  count('expire'),
  count('read_timeout'),
  count('health_check'),
  count('health_check 0.5s domain'),
  count('tls a b c d'),
  count('tls_servername'),
  count('policy'),
  count('next'),
  count('failover'),
  count('resolver'),
  count('source_address'),
  plain('expire many', 'time: invalid duration "many"'),
  plain('expire -1s', "expire can't be negative: -1s"),
  plain('max_age -1500ms', "max_age can't be negative: -1.5s"),
  plain('max_age 5s', 'max_age (5s) must not be less than expire (10s)'),
  plain('read_timeout 0s', 'read_timeout must be positive: 0s'),
  plain('max_idle_conns many', 'strconv.Atoi: parsing "many": invalid syntax'),
  plain('max_idle_conns -1', "max_idle_conns can't be negative: -1"),
  plain('max_fails many', 'strconv.ParseUint: parsing "many": invalid syntax'),
  plain('max_fails 4294967296', 'strconv.ParseUint: parsing "4294967296": value out of range'),
  plain('max_connect_attempts -4', 'strconv.ParseUint: parsing "-4": invalid syntax'),
  plain('max_concurrent -4', "max_concurrent can't be negative: -4"),
  plain('health_check no_rec', 'time: invalid duration "no_rec"'),
  plain('health_check -1s', "health_check can't be negative: -1000000000"),
  plain('health_check 0.5s rec', 'health_check: unknown option rec'),
  plain('health_check 0.5s domain a..b', 'health_check: invalid domain name a..b'),
  at('policy fastest', "unknown policy 'fastest'"),
  plain('next INVALID', 'INVALID is not a valid rcode'),
  plain('next BADVERS', 'BADVERS is not a valid rcode'),
  plain('failover noerror', 'NoError cannot be used in failover'),
  plain('doh_method PUT', 'doh_method must be either POST or GET'),
  plain('resolver a.org', 'resolver must be an IP address or IP:port: "a.org"'),
  at('source_address a.org', 'invalid IP address: a.org'),
  { name: 'loop', corefile: '. {\n loop\n}\n', zones: ['.:0'], warnings: [] },
  {
    name: 'loop has no arguments',
    corefile: '. {\n loop x\n}\n',
    error:
      "plugin/loop: Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'x'",
  },
  {
    name: 'loop twice',
    corefile: '. {\n loop\n loop\n}\n',
    error: 'plugin/loop: this plugin can only be used once per Server Block',
  },
]
