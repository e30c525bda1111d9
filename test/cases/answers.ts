// What the multicluster zone answers: one row a rule, over the objects in objects.ts. Engine-neutral: the rows
// are run through the packet path, through sockets, and (but for those that say `differs`) through CoreDNS.
//
// In an expected record `@` is the name as it was asked and `~` is `svc.clusterset.local.`; the SOA's serial is
// written SERIAL. Records of a section are a set.

/** `multicluster` with these lines in its block. */
export type Variant = 'default' | 'noendpoints' | 'ttl 0' | 'ttl 30' | 'ttl 3600'

export interface AnswerCase {
  readonly name: string
  readonly variant: Variant
  readonly qname: string
  readonly qtype: string
  readonly rcode: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** Header flags; a query has RD. */
  readonly flags: string
  /** The rule of docs/compatibility.md by which CoreDNS answers otherwise. */
  readonly differs?: string
}

export const ZONE = 'clusterset.local.'
/** Addresses that the listener is reached at where the rows about NS are run. */
export const LOCAL_ADDRESSES: readonly string[] = ['192.0.2.53', 'fd00:53::1']

const SOA = `${ZONE} 5 IN SOA ns.dns.${ZONE} hostmaster.${ZONE} SERIAL 7200 1800 86400 5`

type Extra = Partial<Omit<AnswerCase, 'name' | 'qname'>>

function row(name: string, question: string, rcode: string, extra: Extra): AnswerCase {
  const [qname = '', qtype = ''] = question.split(' ')
  const full = qname.replace(/~$/, `svc.${ZONE}`)
  const expand = (lines: readonly string[] = []) =>
    lines.map((line) => line.replace(/^@/, full).replace('~', `svc.${ZONE}`))
  return {
    name: `${name}: ${question}`,
    variant: 'default',
    flags: 'qr aa rd',
    ...extra,
    qname: full,
    qtype,
    rcode,
    answer: expand(extra.answer),
    authority: expand(extra.authority),
    additional: expand(extra.additional),
  }
}

/** One row whose answer section is these records. */
function has(
  name: string,
  question: string,
  answer: readonly string[],
  additional: readonly string[] = [],
  extra: Extra = {},
): AnswerCase[] {
  return [row(name, question, 'NOERROR', { answer, additional, ...extra })]
}

function negative(rcode: string) {
  return (name: string, qname: string, types: string, extra: Extra = {}): AnswerCase[] =>
    types
      .split(' ')
      .map((type) => row(name, `${qname} ${type}`, rcode, { authority: [SOA], ...extra }))
}

/** A name that exists, without records of these types. */
const nodata = negative('NOERROR')
/** A name that does not exist. */
const nxdomain = negative('NXDOMAIN')

const OTHER_TYPES = 'NS SOA ANY MX PTR CNAME HINFO HTTPS SVCB DS TYPE0 TYPE65280'

const clusterSetIp: readonly AnswerCase[] = [
  ...has('its address', 'vip.ns1.~ A', ['@ 5 IN A 10.0.0.1']),
  ...nodata('the other family', 'vip.ns1.~', 'AAAA'),
  ...nodata('every other type', 'vip.ns1.~', `TXT ${OTHER_TYPES}`),
  ...has('the same name in another namespace', 'vip.ns2.~ A', ['@ 5 IN A 10.0.1.1']),
  ...has('dual stack', 'dual.ns1.~ A', ['@ 5 IN A 10.0.0.2']),
  ...has('dual stack', 'dual.ns1.~ AAAA', ['@ 5 IN AAAA fd00::2']),
  ...has(
    'dual stack: the weight counts both families',
    'dual.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 80 dual.ns1.~'],
    ['dual.ns1.~ 5 IN A 10.0.0.2', 'dual.ns1.~ 5 IN AAAA fd00::2'],
  ),
  ...has('IPv6 only', 'vip6.ns1.~ AAAA', ['@ 5 IN AAAA fd00::6']),
  ...nodata('IPv6 only', 'vip6.ns1.~', 'A'),
  ...nodata('no address yet', 'no-ips.ns1.~', 'A AAAA SRV'),
  ...nodata('no address yet', 'no-ips.ns1.~', 'TXT', { differs: 'txt-nodata' }),
  ...has('no ports', 'no-ports.ns1.~ A', ['@ 5 IN A 10.0.0.3'], [], {
    differs: 'import-without-ports',
  }),
  ...nodata('no ports', 'no-ports.ns1.~', 'AAAA SRV TXT', { differs: 'import-without-ports' }),
  ...has(
    'SRV of the service: every port',
    'vip.ns1.~ SRV',
    [
      '@ 5 IN SRV 0 33 80 vip.ns1.~',
      '@ 5 IN SRV 0 33 443 vip.ns1.~',
      '@ 5 IN SRV 0 33 53 vip.ns1.~',
    ],
    ['vip.ns1.~ 5 IN A 10.0.0.1'],
  ),
  ...has(
    'SRV of a port',
    '_https._tcp.vip.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 443 vip.ns1.~'],
    ['vip.ns1.~ 5 IN A 10.0.0.1'],
  ),
  ...has('addresses of a port', '_https._tcp.vip.ns1.~ A', ['@ 5 IN A 10.0.0.1']),
  ...nodata('other types of a port', '_https._tcp.vip.ns1.~', 'AAAA TXT SOA ANY'),
  ...nxdomain('a port it does not have', '_smtp._tcp.vip.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('a port with another protocol', '_http._udp.vip.ns1.~', 'SRV'),
  ...nxdomain('a protocol without port', '_tcp.vip.ns1.~', 'A SRV'),
  ...nxdomain('half an underscore', 'http._tcp.vip.ns1.~', 'SRV', { differs: 'half-underscore' }),
  ...nxdomain('half an underscore', '_http.tcp.vip.ns1.~', 'SRV', { differs: 'half-underscore' }),
  ...nxdomain('no underscore', 'http.tcp.vip.ns1.~', 'SRV'),
  ...nxdomain('an empty port', '_._tcp.vip.ns1.~', 'SRV', { differs: 'half-underscore' }),
  ...has(
    'an unnamed port is in the SRV of the service only',
    'unnamed.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 8080 unnamed.ns1.~'],
    ['unnamed.ns1.~ 5 IN A 10.0.0.4'],
  ),
  ...nxdomain('an unnamed port has no name', '_8080._tcp.unnamed.ns1.~', 'SRV'),
  ...has(
    'a port without protocol is TCP',
    '_plain._tcp.plain.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 7000 plain.ns1.~'],
    ['plain.ns1.~ 5 IN A 10.0.0.5'],
    { differs: 'port-without-protocol' },
  ),
  ...has('an address twice is one record', 'same-ip.ns1.~ A', ['@ 5 IN A 10.0.0.6']),
  ...has(
    'an address twice counts twice in the weight',
    'same-ip.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 80 same-ip.ns1.~'],
    ['same-ip.ns1.~ 5 IN A 10.0.0.6'],
  ),
  ...has(
    'one number for two ports is one record',
    'same-port.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 42 same-port.ns1.~'],
    ['same-port.ns1.~ 5 IN A 10.0.0.7'],
  ),
  ...has(
    'one number for two ports has two names',
    '_udp._udp.same-port.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 42 same-port.ns1.~'],
    ['same-port.ns1.~ 5 IN A 10.0.0.7'],
  ),
  ...has('endpoints do not change its address', 'backed.ns1.~ A', ['@ 5 IN A 10.0.0.10']),
  ...has(
    'endpoints do not change its port',
    'backed.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 80 backed.ns1.~'],
    ['backed.ns1.~ 5 IN A 10.0.0.10'],
  ),
  ...has('its endpoints have names', 'named.c1.backed.ns1.~ A', ['@ 5 IN A 10.1.0.2']),
  ...has('its endpoints have names', '10-1-0-1.c1.backed.ns1.~ A', ['@ 5 IN A 10.1.0.1']),
  ...has(
    'its endpoints have the port of the slice',
    'named.c1.backed.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 8080 named.c1.backed.ns1.~'],
    ['named.c1.backed.ns1.~ 5 IN A 10.1.0.2'],
  ),
  ...nxdomain('a cluster is no name', 'c1.backed.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('a host without cluster is no name', 'named.backed.ns1.~', 'A SRV'),
]

const headV4 = ['10.2.0.1', '10.2.0.2', '10.2.0.4', '10.2.0.9', '10.3.0.1']
const headV6 = ['fd00:2::3', 'fd00:2::', 'fd00:2::1:0:0:5']

const headless: readonly AnswerCase[] = [
  ...has(
    'ready addresses of all clusters, each once',
    'head.ns1.~ A',
    headV4.map((address) => `@ 5 IN A ${address}`),
  ),
  ...has(
    'ready addresses of all clusters',
    'head.ns1.~ AAAA',
    headV6.map((address) => `@ 5 IN AAAA ${address}`),
  ),
  ...nodata('every other type', 'head.ns1.~', `TXT ${OTHER_TYPES}`),
  ...has(
    'addresses of a port',
    '_http._tcp.head.ns1.~ A',
    headV4.map((address) => `@ 5 IN A ${address}`),
  ),
  ...nxdomain('a port it does not have', '_dns._udp.head.ns1.~', 'A SRV TXT'),
  ...has('a host', 'web-0.c1.head.ns1.~ A', ['@ 5 IN A 10.2.0.1']),
  ...nodata('a host of one family', 'web-0.c1.head.ns1.~', 'AAAA TXT'),
  ...has('the same host name in another cluster', 'web-0.c2.head.ns1.~ A', ['@ 5 IN A 10.3.0.1']),
  ...has(
    'SRV of a host: the addresses of both families',
    'web-0.c2.head.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 8080 web-0.c2.head.ns1.~'],
    ['web-0.c2.head.ns1.~ 5 IN A 10.3.0.1', 'web-0.c2.head.ns1.~ 5 IN AAAA fd00:2::3'],
  ),
  ...has('a host named by its address', '10-2-0-4.c1.head.ns1.~ A', ['@ 5 IN A 10.2.0.4']),
  ...has('an address in two clusters', '10-2-0-9.c2.head.ns1.~ A', ['@ 5 IN A 10.2.0.9']),
  ...has('a host named by an IPv6 address', 'fd00-2--1-0-0-5.c2.head.ns1.~ AAAA', [
    '@ 5 IN AAAA fd00:2::1:0:0:5',
  ]),
  ...has('an address that ends in ::', 'fd00-2--0.c2.head.ns1.~ AAAA', ['@ 5 IN AAAA fd00:2::']),
  ...nxdomain('an address that ends in ::', 'fd00-2--.c2.head.ns1.~', 'AAAA'),
  ...nxdomain('a host with a name has no address name', '10-2-0-1.c1.head.ns1.~', 'A'),
  ...nxdomain('a host that is not ready', 'web-2.c1.head.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('a host of another cluster', 'web-1.c2.head.ns1.~', 'A'),
  ...nxdomain('an unknown cluster', 'web-0.c3.head.ns1.~', 'A'),
  ...nxdomain('a cluster is no name', 'c1.head.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('a host without cluster is no name', 'web-0.head.ns1.~', 'A SRV'),
  ...nxdomain('below a host', 'x.web-0.c1.head.ns1.~', 'A'),
  ...nxdomain('a port of a host', '_http._tcp.web-0.c1.head.ns1.~', 'SRV'),
  ...has(
    'SRV of the service: each port of each endpoint',
    'ports.ns1.~ SRV',
    [
      '@ 5 IN SRV 0 25 8080 a.c1.ports.ns1.~',
      '@ 5 IN SRV 0 25 53 a.c1.ports.ns1.~',
      '@ 5 IN SRV 0 25 99 a.c1.ports.ns1.~',
      '@ 5 IN SRV 0 25 8081 b.c2.ports.ns1.~',
    ],
    ['a.c1.ports.ns1.~ 5 IN A 10.4.0.1', 'b.c2.ports.ns1.~ 5 IN A 10.4.0.2'],
  ),
  ...has(
    'SRV of a port: each endpoint that has it',
    '_http._tcp.ports.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 8080 a.c1.ports.ns1.~', '@ 5 IN SRV 0 50 8081 b.c2.ports.ns1.~'],
    ['a.c1.ports.ns1.~ 5 IN A 10.4.0.1', 'b.c2.ports.ns1.~ 5 IN A 10.4.0.2'],
  ),
  ...has(
    'SRV of a port: only the endpoints that have it',
    '_dns._udp.ports.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 53 a.c1.ports.ns1.~'],
    ['a.c1.ports.ns1.~ 5 IN A 10.4.0.1'],
  ),
  ...has('addresses of a port: only the endpoints that have it', '_dns._udp.ports.ns1.~ A', [
    '@ 5 IN A 10.4.0.1',
  ]),
  ...has(
    'one host name in two slices',
    'same-host.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 8080 web-0.c1.same-host.ns1.~'],
    ['web-0.c1.same-host.ns1.~ 5 IN A 10.5.0.1', 'web-0.c1.same-host.ns1.~ 5 IN A 10.5.0.2'],
  ),
  ...has('one host name in two slices', 'web-0.c1.same-host.ns1.~ A', [
    '@ 5 IN A 10.5.0.1',
    '@ 5 IN A 10.5.0.2',
  ]),
  ...nxdomain('no slices', 'no-slices.ns1.~', 'A AAAA SRV TXT ANY'),
  ...nodata('SOA even there', 'no-slices.ns1.~', 'SOA'),
  ...nxdomain('no ready endpoint', 'not-ready.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('no ready endpoint', 'web-0.c1.not-ready.ns1.~', 'A'),
  ...has('a slice without ports', 'portless.ns1.~ A', ['@ 5 IN A 10.5.2.1']),
  ...nodata('a slice without ports', 'portless.ns1.~', 'SRV'),
  ...has('a slice without ports', 'web-0.c1.portless.ns1.~ A', ['@ 5 IN A 10.5.2.1']),
  ...nodata('a slice without ports', 'web-0.c1.portless.ns1.~', 'SRV'),
  ...nxdomain('a slice without import', 'orphan.ns1.~', 'A SRV'),
  ...nxdomain('a slice without import', 'web-0.c1.orphan.ns1.~', 'A'),
]

const noCluster = { differs: 'no-source-cluster' }

const clusterLabels: readonly AnswerCase[] = [
  ...has('no label: an address of the service', 'no-label.ns1.~ A', [
    '@ 5 IN A 10.6.0.1',
    '@ 5 IN A 10.6.0.2',
  ]),
  ...has(
    'no label: the service is the SRV target',
    'no-label.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 8080 no-label.ns1.~', '@ 5 IN SRV 0 50 8080 web-1.c1.no-label.ns1.~'],
    ['no-label.ns1.~ 5 IN A 10.6.0.1', 'web-1.c1.no-label.ns1.~ 5 IN A 10.6.0.2'],
    noCluster,
  ),
  ...nxdomain('no label: no name of its own', 'web-0.no-label.ns1.~', 'A SRV', noCluster),
  ...has('a dotted label: an address of the service', 'dotted.ns1.~ A', ['@ 5 IN A 10.6.1.1']),
  ...has(
    'a dotted label: the service is the SRV target',
    'dotted.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 8080 dotted.ns1.~'],
    ['dotted.ns1.~ 5 IN A 10.6.1.1'],
    noCluster,
  ),
  ...nxdomain('a dotted label: no name of its own', 'web-0.eu.west.dotted.ns1.~', 'A SRV'),
  ...has('an upper-case label', 'web-0.cluster-a.upper.ns1.~ A', ['@ 5 IN A 10.6.2.1']),
  ...has('an upper-case label', 'web-0.Cluster-A.upper.ns1.~ A', ['@ 5 IN A 10.6.2.1']),
]

const zoneNames: readonly AnswerCase[] = [
  ...has('the apex', `${ZONE} SOA`, [SOA]),
  ...has(
    'the apex',
    `${ZONE} NS`,
    [`@ 5 IN NS ns.dns.${ZONE}`],
    [`ns.dns.${ZONE} 5 IN A 192.0.2.53`, `ns.dns.${ZONE} 5 IN AAAA fd00:53::1`],
    { differs: 'apex-ns-addresses' },
  ),
  ...nodata('the apex', ZONE, 'A AAAA SRV MX PTR CNAME HINFO ANY HTTPS DS'),
  ...nodata('the apex', ZONE, 'TXT', { differs: 'txt-nodata' }),
  ...has('the server', `ns.dns.${ZONE} A`, ['@ 5 IN A 192.0.2.53'], [], {
    differs: 'apex-ns-addresses',
  }),
  ...has('the server', `ns.dns.${ZONE} AAAA`, ['@ 5 IN AAAA fd00:53::1'], [], {
    differs: 'apex-ns-addresses',
  }),
  ...nodata('the server', `ns.dns.${ZONE}`, 'SRV MX SOA NS'),
  ...nodata('the server', `ns.dns.${ZONE}`, 'TXT', { differs: 'txt-nodata' }),
  ...nxdomain('between the server and the apex', `dns.${ZONE}`, 'A NS'),
  ...nxdomain('beside the server', `x.dns.${ZONE}`, 'A'),
  ...nxdomain('below the server', `x.ns.dns.${ZONE}`, 'A'),
  ...has('the schema version', `dns-version.${ZONE} TXT`, ['@ 28800 IN TXT "1.0.0"'], [], {
    differs: 'dns-version',
  }),
  ...nxdomain('the schema version', `dns-version.${ZONE}`, 'A AAAA ANY SRV NS'),
  ...nodata('the schema version', `dns-version.${ZONE}`, 'SOA'),
  ...nxdomain('below the schema version', `x.dns-version.${ZONE}`, 'TXT'),
  ...['svc', 'pod', 'ns1.svc', 'ns2.svc', 'empty.svc'].flatMap((name) => [
    ...nodata('an empty name', `${name}.${ZONE}`, 'A AAAA SRV NS SOA ANY MX HTTPS DS'),
    ...nodata('an empty name', `${name}.${ZONE}`, 'TXT', { differs: 'txt-nodata' }),
  ]),
  ...nxdomain('an unknown namespace', 'ns3.~', 'A TXT SRV'),
  ...nodata('SOA of an unknown name', 'ns3.~', 'SOA'),
  ...nxdomain('an unknown service', 'missing.ns1.~', 'A AAAA SRV TXT ANY MX'),
  ...nxdomain('a service of another namespace', 'dual.ns2.~', 'A'),
  ...nxdomain('a service of an unknown namespace', 'vip.ns3.~', 'A'),
  ...nxdomain('more labels than defined', 'a.b.c.vip.ns1.~', 'A SRV'),
  ...nxdomain('pods', `ns1.pod.${ZONE}`, 'A'),
  ...nxdomain('pods', `10-2-0-1.ns1.pod.${ZONE}`, 'A'),
  ...nxdomain('no such first label', `foo.${ZONE}`, 'A'),
  ...nxdomain('no such first label', `vip.ns1.svcx.${ZONE}`, 'A'),
  ...[ZONE, 'vip.ns1.~', 'missing.ns1.~'].flatMap((name) =>
    ['AXFR', 'IXFR'].map((type) =>
      row('no zone transfer', `${name} ${type}`, 'REFUSED', { flags: 'qr rd' }),
    ),
  ),
]

const mixedSoa = SOA.replaceAll(ZONE, 'ClusterSet.LOCAL.')

const letterCase: readonly AnswerCase[] = [
  ...has('the owner is the question as asked', 'VIP.ns1.SVC.ClusterSet.LOCAL. A', [
    '@ 5 IN A 10.0.0.1',
  ]),
  ...has(
    'targets are lower-case',
    '_HTTP._Tcp.Backed.NS1.~ SRV',
    ['@ 5 IN SRV 0 100 80 backed.ns1.~'],
    ['Backed.NS1.~ 5 IN A 10.0.0.10'],
    { differs: 'srv-target-case' },
  ),
  ...has('endpoints', 'WEB-0.C1.Head.ns1.~ A', ['@ 5 IN A 10.2.0.1']),
  ...nxdomain('NXDOMAIN', 'Missing.ns1.svc.ClusterSet.LOCAL.', 'A', { authority: [mixedSoa] }),
  ...nodata('NODATA', 'vip.ns1.svc.ClusterSet.LOCAL.', 'MX', { authority: [mixedSoa] }),
  ...has('the apex', 'ClusterSet.LOCAL. SOA', [mixedSoa]),
  ...has(
    'the schema version',
    'DNS-Version.ClusterSet.LOCAL. TXT',
    ['@ 28800 IN TXT "1.0.0"'],
    [],
    {
      differs: 'dns-version',
    },
  ),
  ...has(
    'the apex',
    'ClusterSet.LOCAL. NS',
    ['@ 5 IN NS ns.dns.ClusterSet.LOCAL.'],
    ['ns.dns.ClusterSet.LOCAL. 5 IN A 192.0.2.53', 'ns.dns.ClusterSet.LOCAL. 5 IN AAAA fd00:53::1'],
    { differs: 'apex-ns-case' },
  ),
]

function soa(ttl: number, minimum: number): string {
  return SOA.replace(' 5 IN', ` ${ttl} IN`).replace(/5$/, `${minimum}`)
}

const ttls: readonly AnswerCase[] = ([0, 30, 3600] as const).flatMap((ttl) => {
  const variant = `ttl ${ttl}` as const
  // The SOA itself is kept for five minutes at most.
  const authority = [soa(Math.min(ttl, 300), ttl)]
  return [
    ...has(variant, 'dual.ns1.~ A', [`@ ${ttl} IN A 10.0.0.2`], [], { variant }),
    ...has(
      variant,
      'vip6.ns1.~ SRV',
      [`@ ${ttl} IN SRV 0 100 80 vip6.ns1.~`],
      [`vip6.ns1.~ ${ttl} IN AAAA fd00::6`],
      { variant },
    ),
    ...nodata(variant, 'vip.ns1.~', 'AAAA', { variant, authority }),
    ...nxdomain(variant, 'missing.ns1.~', 'A', { variant, authority }),
    ...has(variant, `${ZONE} SOA`, authority, [], { variant }),
    ...has(variant, `dns-version.${ZONE} TXT`, ['@ 28800 IN TXT "1.0.0"'], [], {
      variant,
      differs: 'dns-version',
    }),
  ]
})

const variant = 'noendpoints'
// In CoreDNS `noendpoints` is about its cluster zones and does nothing to a multicluster zone.
const noEndpoints: readonly AnswerCase[] = [
  ...has('noendpoints', 'backed.ns1.~ A', ['@ 5 IN A 10.0.0.10'], [], { variant }),
  ...nxdomain('noendpoints', 'named.c1.backed.ns1.~', 'A', { variant, differs: 'noendpoints' }),
  ...nxdomain('noendpoints', 'head.ns1.~', 'A AAAA SRV', { variant, differs: 'noendpoints' }),
  ...nxdomain('noendpoints', 'web-0.c1.head.ns1.~', 'A', { variant, differs: 'noendpoints' }),
]

export const answerCases: readonly AnswerCase[] = [
  ...clusterSetIp,
  ...headless,
  ...clusterLabels,
  ...zoneNames,
  ...letterCase,
  ...ttls,
  ...noEndpoints,
]
