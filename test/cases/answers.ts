// The answers of the multicluster zone for the objects in objects.ts, one row for each rule. The rows are independent
// of the server: tests run them through the packet path, through sockets, and (except rows with `differs`) through
// CoreDNS.
//
// In an expected record `@` is the query name and `~` is `svc.clusterset.local.`; SERIAL is the serial of the SOA. The
// records of a section are a set.

/** The options in the block of `multicluster`. */
type Variant = 'default' | 'noendpoints' | 'ttl 0' | 'ttl 30' | 'ttl 3600'

export interface AnswerCase {
  readonly name: string
  readonly variant: Variant
  readonly qname: string
  readonly qtype: string
  readonly rcode: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
  /** The header flags of the reply to a query with RD. */
  readonly flags: string
  /** The id of the rule in docs/compatibility.md if CoreDNS answers differently. */
  readonly differs?: string
}

export const ZONE = 'clusterset.local.'
/** The addresses of the listener for the rows about NS. */
export const LOCAL_ADDRESSES: readonly string[] = ['192.0.2.53', 'fd00:53::1']

const SOA_DATA = `IN SOA ns.dns.${ZONE} hostmaster.${ZONE} SERIAL 7200 1800 86400 5`
const SOA = `${ZONE} 5 ${SOA_DATA}`

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

/** One row with these records in the answer section. */
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

/** One row for each type: the name exists, but has no records of the type. */
const nodata = negative('NOERROR')
/** One row for each type: the name does not exist. */
const nxdomain = negative('NXDOMAIN')

/** One row for each type: the name exists only because a name below it exists. */
const between: typeof nodata = (name, qname, types, extra = {}) =>
  nodata(name, qname, types, { differs: 'empty-non-terminal', ...extra })

/** A name without addresses yet: caches keep its negative reply for at most a second. */
const pending: Extra = { authority: [`${ZONE} 1 ${SOA_DATA}`], differs: 'pending-negative-ttl' }

const OTHER_TYPES = 'NS SOA ANY MX PTR CNAME HINFO HTTPS SVCB DS TYPE0 TYPE65280'

const clusterSetIp: readonly AnswerCase[] = [
  ...has('the address', 'vip.ns1.~ A', ['@ 5 IN A 10.0.0.1']),
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
  ...nodata('no address yet', 'no-ips.ns1.~', 'A AAAA SRV TXT', pending),
  ...nodata('no address yet', 'no-ips.ns1.~', 'SOA'),
  ...has('no ports', 'no-ports.ns1.~ A', ['@ 5 IN A 10.0.0.3'], [], {
    differs: 'import-without-ports',
  }),
  ...nodata('no ports', 'no-ports.ns1.~', 'AAAA SRV TXT', { differs: 'import-without-ports' }),
  ...has(
    'SRV of the Service: every port',
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
  ...nxdomain('an unknown port', '_smtp._tcp.vip.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('a port with another protocol', '_http._udp.vip.ns1.~', 'SRV'),
  ...between('the protocol of a port', '_tcp.vip.ns1.~', 'A AAAA SRV TXT NS'),
  ...between('the protocol of a port', '_udp.vip.ns1.~', 'A SRV'),
  ...nxdomain('a protocol without a port', '_sctp.vip.ns1.~', 'A SRV TXT'),
  ...nxdomain('a protocol without a port', '_tcp.no-ports.ns1.~', 'A SRV'),
  ...between('the protocol of a port without addresses', '_tcp.no-ips.ns1.~', 'A SRV'),
  ...nxdomain('only one underscore', 'http._tcp.vip.ns1.~', 'SRV', { differs: 'half-underscore' }),
  ...nxdomain('only one underscore', '_http.tcp.vip.ns1.~', 'SRV', { differs: 'half-underscore' }),
  ...nxdomain('no underscore', 'http.tcp.vip.ns1.~', 'SRV'),
  ...nxdomain('an empty port', '_._tcp.vip.ns1.~', 'SRV', { differs: 'half-underscore' }),
  ...has(
    'an unnamed port is only in the SRV of the Service',
    'unnamed.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 8080 unnamed.ns1.~'],
    ['unnamed.ns1.~ 5 IN A 10.0.0.4'],
  ),
  ...nxdomain('an unnamed port has no DNS name', '_8080._tcp.unnamed.ns1.~', 'SRV'),
  ...has(
    'a port without protocol is TCP',
    '_plain._tcp.plain.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 7000 plain.ns1.~'],
    ['plain.ns1.~ 5 IN A 10.0.0.5'],
    { differs: 'port-without-protocol' },
  ),
  ...has('a duplicate address is one record', 'same-ip.ns1.~ A', ['@ 5 IN A 10.0.0.6']),
  ...has(
    'a duplicate address counts twice in the weight',
    'same-ip.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 80 same-ip.ns1.~'],
    ['same-ip.ns1.~ 5 IN A 10.0.0.6'],
  ),
  ...has(
    'two ports with one number are one record',
    'same-port.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 42 same-port.ns1.~'],
    ['same-port.ns1.~ 5 IN A 10.0.0.7'],
  ),
  ...has(
    'two ports with one number have two names',
    '_udp._udp.same-port.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 42 same-port.ns1.~'],
    ['same-port.ns1.~ 5 IN A 10.0.0.7'],
  ),
  ...has('endpoints do not change the address', 'backed.ns1.~ A', ['@ 5 IN A 10.0.0.10']),
  ...has(
    'endpoints do not change the port',
    'backed.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 80 backed.ns1.~'],
    ['backed.ns1.~ 5 IN A 10.0.0.10'],
  ),
  ...has('endpoints have names', 'named.c1.backed.ns1.~ A', ['@ 5 IN A 10.1.0.2']),
  ...has('endpoints have names', '10-1-0-1.c1.backed.ns1.~ A', ['@ 5 IN A 10.1.0.1']),
  ...has(
    'endpoints have the port of the EndpointSlice',
    'named.c1.backed.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 8080 named.c1.backed.ns1.~'],
    ['named.c1.backed.ns1.~ 5 IN A 10.1.0.2'],
  ),
  ...nxdomain('the protocol of a port without a name', '_tcp.unnamed.ns1.~', 'SRV'),
  ...between('the cluster of endpoints', 'c1.backed.ns1.~', 'A AAAA SRV TXT NS'),
  ...nxdomain('a cluster without endpoints', 'c2.backed.ns1.~', 'A'),
  ...nxdomain('a cluster of a Service without endpoints', 'c1.vip.ns1.~', 'A'),
  ...nxdomain('a host without a cluster is not a name', 'named.backed.ns1.~', 'A SRV'),
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
  ...nxdomain('an unknown port', '_dns._udp.head.ns1.~', 'A SRV TXT'),
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
  ...nxdomain('a host with a hostname has no address name', '10-2-0-1.c1.head.ns1.~', 'A'),
  ...nxdomain('a host that is not ready', 'web-2.c1.head.ns1.~', 'A AAAA SRV TXT'),
  ...nxdomain('a host of another cluster', 'web-1.c2.head.ns1.~', 'A'),
  ...nxdomain('an unknown cluster', 'web-0.c3.head.ns1.~', 'A'),
  ...between('the cluster of hosts', 'c1.head.ns1.~', 'A AAAA SRV TXT'),
  ...between('the cluster of hosts', 'c2.head.ns1.~', 'A AAAA'),
  ...nxdomain('a cluster without hosts', 'c3.head.ns1.~', 'A'),
  ...nxdomain('a cluster without ready hosts', 'c1.not-ready.ns1.~', 'A'),
  ...between('the protocol of a port', '_tcp.head.ns1.~', 'A SRV'),
  ...nxdomain('a protocol without a port', '_udp.head.ns1.~', 'A SRV'),
  ...nxdomain('a host without a cluster is not a name', 'web-0.head.ns1.~', 'A SRV'),
  ...nxdomain('below a host', 'x.web-0.c1.head.ns1.~', 'A'),
  ...nxdomain('a port of a host', '_http._tcp.web-0.c1.head.ns1.~', 'SRV'),
  ...has(
    'SRV of the Service: each port of each endpoint',
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
    'one host name in two EndpointSlices',
    'same-host.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 8080 web-0.c1.same-host.ns1.~'],
    ['web-0.c1.same-host.ns1.~ 5 IN A 10.5.0.1', 'web-0.c1.same-host.ns1.~ 5 IN A 10.5.0.2'],
  ),
  ...has('one host name in two EndpointSlices', 'web-0.c1.same-host.ns1.~ A', [
    '@ 5 IN A 10.5.0.1',
    '@ 5 IN A 10.5.0.2',
  ]),
  ...nxdomain('no EndpointSlices', 'no-slices.ns1.~', 'A AAAA SRV TXT ANY', pending),
  ...nodata('SOA of a Service without EndpointSlices', 'no-slices.ns1.~', 'SOA'),
  ...nxdomain('no ready endpoint', 'not-ready.ns1.~', 'A AAAA SRV TXT', pending),
  ...nxdomain('no ready endpoint', 'web-0.c1.not-ready.ns1.~', 'A'),
  ...has('an EndpointSlice without ports', 'portless.ns1.~ A', ['@ 5 IN A 10.5.2.1']),
  ...nodata('an EndpointSlice without ports', 'portless.ns1.~', 'SRV'),
  ...has('an EndpointSlice without ports', 'web-0.c1.portless.ns1.~ A', ['@ 5 IN A 10.5.2.1']),
  ...nodata('an EndpointSlice without ports', 'web-0.c1.portless.ns1.~', 'SRV'),
  ...nxdomain('an EndpointSlice without a ServiceImport', 'orphan.ns1.~', 'A SRV'),
  ...nxdomain('an EndpointSlice without a ServiceImport', 'web-0.c1.orphan.ns1.~', 'A'),
]

const noCluster = { differs: 'no-source-cluster' }

const clusterLabels: readonly AnswerCase[] = [
  ...has('no cluster label: an address of the Service', 'no-label.ns1.~ A', [
    '@ 5 IN A 10.6.0.1',
    '@ 5 IN A 10.6.0.2',
  ]),
  ...has(
    'no cluster label: the Service is the SRV target',
    'no-label.ns1.~ SRV',
    ['@ 5 IN SRV 0 50 8080 no-label.ns1.~', '@ 5 IN SRV 0 50 8080 web-1.c1.no-label.ns1.~'],
    ['no-label.ns1.~ 5 IN A 10.6.0.1', 'web-1.c1.no-label.ns1.~ 5 IN A 10.6.0.2'],
    noCluster,
  ),
  ...nxdomain(
    'no cluster label: the endpoint has no name',
    'web-0.no-label.ns1.~',
    'A SRV',
    noCluster,
  ),
  ...has('a dotted cluster label: an address of the Service', 'dotted.ns1.~ A', [
    '@ 5 IN A 10.6.1.1',
  ]),
  ...has(
    'a dotted cluster label: the Service is the SRV target',
    'dotted.ns1.~ SRV',
    ['@ 5 IN SRV 0 100 8080 dotted.ns1.~'],
    ['dotted.ns1.~ 5 IN A 10.6.1.1'],
    noCluster,
  ),
  ...nxdomain(
    'a dotted cluster label: the endpoint has no name',
    'web-0.eu.west.dotted.ns1.~',
    'A SRV',
  ),
  ...has('an upper-case cluster label', 'web-0.cluster-a.upper.ns1.~ A', ['@ 5 IN A 10.6.2.1']),
  ...has('an upper-case cluster label', 'web-0.Cluster-A.upper.ns1.~ A', ['@ 5 IN A 10.6.2.1']),
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
  ...has('the name server', `ns.dns.${ZONE} A`, ['@ 5 IN A 192.0.2.53'], [], {
    differs: 'apex-ns-addresses',
  }),
  ...has('the name server', `ns.dns.${ZONE} AAAA`, ['@ 5 IN AAAA fd00:53::1'], [], {
    differs: 'apex-ns-addresses',
  }),
  ...nodata('the name server', `ns.dns.${ZONE}`, 'SRV MX SOA NS'),
  ...nodata('the name server', `ns.dns.${ZONE}`, 'TXT', { differs: 'txt-nodata' }),
  ...between('the parent of the name server', `dns.${ZONE}`, 'A NS TXT'),
  ...nxdomain('beside the name server', `x.dns.${ZONE}`, 'A'),
  ...nxdomain('below the name server', `x.ns.dns.${ZONE}`, 'A'),
  ...has('the schema version', `dns-version.${ZONE} TXT`, ['@ 28800 IN TXT "1.0.0"'], [], {
    differs: 'dns-version',
  }),
  ...nodata('the schema version', `dns-version.${ZONE}`, 'A AAAA ANY SRV NS', {
    differs: 'dns-version-nodata',
  }),
  ...nodata('the schema version', `dns-version.${ZONE}`, 'SOA'),
  ...nxdomain('below the schema version', `x.dns-version.${ZONE}`, 'TXT'),
  ...['svc', 'pod', 'ns1.svc', 'ns2.svc', 'empty.svc'].flatMap((name) => [
    ...nodata('an empty non-terminal', `${name}.${ZONE}`, 'A AAAA SRV NS SOA ANY MX HTTPS DS'),
    ...nodata('an empty non-terminal', `${name}.${ZONE}`, 'TXT', { differs: 'txt-nodata' }),
  ]),
  ...nxdomain('an unknown namespace', 'ns3.~', 'A TXT SRV'),
  ...nodata('SOA of an unknown name', 'ns3.~', 'SOA'),
  ...nxdomain('an unknown Service', 'missing.ns1.~', 'A AAAA SRV TXT ANY MX'),
  ...nxdomain('a Service of another namespace', 'dual.ns2.~', 'A'),
  ...nxdomain('a Service of an unknown namespace', 'vip.ns3.~', 'A'),
  ...nxdomain('more labels than defined', 'a.b.c.vip.ns1.~', 'A SRV'),
  ...nxdomain('pods', `ns1.pod.${ZONE}`, 'A'),
  ...nxdomain('pods', `10-2-0-1.ns1.pod.${ZONE}`, 'A'),
  ...nxdomain('an unknown first label', `foo.${ZONE}`, 'A'),
  ...nxdomain('an unknown first label', `vip.ns1.svcx.${ZONE}`, 'A'),
  ...[ZONE, 'vip.ns1.~', 'missing.ns1.~'].flatMap((name) =>
    ['AXFR', 'IXFR'].map((type) =>
      row('no zone transfer', `${name} ${type}`, 'REFUSED', { flags: 'qr rd' }),
    ),
  ),
]

const mixedSoa = SOA.replaceAll(ZONE, 'ClusterSet.LOCAL.')

const letterCase: readonly AnswerCase[] = [
  ...has('the owner has the letter case of the question', 'VIP.ns1.SVC.ClusterSet.LOCAL. A', [
    '@ 5 IN A 10.0.0.1',
  ]),
  ...has(
    'targets are lower-case',
    '_HTTP._Tcp.Backed.NS1.~ SRV',
    ['@ 5 IN SRV 0 100 80 backed.ns1.~'],
    ['Backed.NS1.~ 5 IN A 10.0.0.10'],
    { differs: 'srv-target-case' },
  ),
  ...has('endpoints in any letter case', 'WEB-0.C1.Head.ns1.~ A', ['@ 5 IN A 10.2.0.1']),
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
  // The TTL of the SOA is at most five minutes.
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
// In CoreDNS `noendpoints` applies to cluster zones only, not to multicluster zones.
const noEndpoints: readonly AnswerCase[] = [
  ...has('noendpoints', 'backed.ns1.~ A', ['@ 5 IN A 10.0.0.10'], [], { variant }),
  ...nxdomain('noendpoints', 'named.c1.backed.ns1.~', 'A', { variant, differs: 'noendpoints' }),
  ...nxdomain('noendpoints', 'c1.backed.ns1.~', 'A', { variant }),
  ...nxdomain('noendpoints', '_tcp.head.ns1.~', 'A', { variant }),
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
