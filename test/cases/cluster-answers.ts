// What CoreDNS' own tests of `kubernetes` assert, one row for each question (plugin/kubernetes/handler_test.go,
// handler_pod_*_test.go, handler_ignore_emptyservice_test.go, kubernetes_apex_test.go, ns_test.go, reverse_test.go,
// zonal_test.go), and rows for the rules that no upstream test has.
//
// Names are relative to cluster.local. unless they end with a dot. In records `@` is the question's name, and TTLs of
// 5 s and the class are left out.
import { SERIAL } from '../support/cluster-zones.ts'

export interface ClusterAnswer {
  readonly qname: string
  readonly qtype: string
  /** The reply as `replyLines` returns it. */
  readonly lines: readonly string[]
}

const ZONE = 'cluster.local.'

function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.${ZONE}`
}

/** "NAME TYPE" with the records "NAME TYPE DATA" of the answer section; "+" before those of the additional section. */
export function has(question: string, ...records: readonly string[]): ClusterAnswer {
  const [name = '', qtype = ''] = question.split(' ')
  const qname = absolute(name)
  const lines = records.map((text) => {
    const isAdditional = text.startsWith('+ ')
    const [owner = '', type = '', ...data] = text.replace('+ ', '').split(' ')
    const target = ['SRV', 'CNAME', 'NS', 'PTR'].includes(type) ? absolute(data.pop()!) : data.pop()
    const line = [owner === '@' ? qname : absolute(owner), 5, 'IN', type, ...data, target].join(' ')
    return isAdditional ? `additional ${line}` : line
  })
  return { qname, qtype, lines: ['NOERROR', ...lines] }
}

function negative(rcode: string, question: string, zone: string, ttl: number): ClusterAnswer {
  const [name = '', qtype = ''] = question.split(' ')
  const soa = `ns.dns.${zone} hostmaster.${zone} ${SERIAL} 7200 1800 86400 5`
  return {
    qname: absolute(name),
    qtype,
    lines: [rcode, `authority ${zone} ${ttl} IN SOA ${soa}`],
  }
}

/** The name exists without records of the type. */
export const nodata = (question: string, zone = ZONE) => negative('NOERROR', question, zone, 5)
/** The name does not exist. */
export const nxdomain = (question: string, zone = ZONE) => negative('NXDOMAIN', question, zone, 5)
/** As the two above, for a name that may get addresses soon. */
export const nodataNow = (question: string) => negative('NOERROR', question, ZONE, 1)
export const nxdomainNow = (question: string) => negative('NXDOMAIN', question, ZONE, 1)
export const servfail = (question: string) => negative('SERVFAIL', question, ZONE, 5)

const svc1 = 'svc1.testns.svc'
const dual = 'svc-dual-stack.testns.svc'
const hdls1 = 'hdls1.testns.svc'

const headlessSrv = [
  `@ SRV 0 16 80 172-0-0-2.${hdls1}`,
  `@ SRV 0 16 80 172-0-0-3.${hdls1}`,
  `@ SRV 0 16 80 dup-name.${hdls1}`,
  `@ SRV 0 16 80 5678-abcd--1.${hdls1}`,
  `@ SRV 0 16 80 5678-abcd--2.${hdls1}`,
  `+ 172-0-0-2.${hdls1} A 172.0.0.2`,
  `+ 172-0-0-3.${hdls1} A 172.0.0.3`,
  `+ dup-name.${hdls1} A 172.0.0.4`,
  `+ dup-name.${hdls1} A 172.0.0.5`,
  `+ 5678-abcd--1.${hdls1} AAAA 5678:abcd::1`,
  `+ 5678-abcd--2.${hdls1} AAAA 5678:abcd::2`,
]

/** With only the namespace testns exposed. */
export const SERVICES: readonly ClusterAnswer[] = [
  has(`${svc1} A`, '@ A 10.0.0.1'),
  has('svcempty.testns.svc A', '@ A 10.0.0.1'),
  has(`${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  has('svcempty.testns.svc SRV', '@ SRV 0 100 80 svcempty.testns.svc', '+ @ A 10.0.0.1'),
  has('svc6.testns.svc SRV', '@ SRV 0 100 80 svc6.testns.svc', '+ @ AAAA 1234:abcd::1'),
  has(`_http._tcp.${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  has(
    '_http._tcp.svcempty.testns.svc SRV',
    '@ SRV 0 100 80 svcempty.testns.svc',
    '+ svcempty.testns.svc A 10.0.0.1',
  ),
  has(`${hdls1} A`, '@ A 172.0.0.2', '@ A 172.0.0.3', '@ A 172.0.0.4', '@ A 172.0.0.5'),
  has(`${hdls1} AAAA`, '@ AAAA 5678:abcd::1', '@ AAAA 5678:abcd::2'),
  has(`${hdls1} SRV`, ...headlessSrv),
  has(`_http._tcp.${hdls1} SRV`, ...headlessSrv),
  has('hdlsprtls.testns.svc A', '@ A 172.0.0.20'),
  nodata('hdlsprtls.testns.svc SRV'),
  nodata('hdlsprtls.testns.svc AAAA'),
  nodata(`${svc1} AAAA`),
  nodata(`${svc1} TXT`),
  nodata(`${svc1} SOA`),
  nodata(`${svc1} PTR`),
  nodata(`${svc1} CNAME`),
  nodata(`${svc1} NS`),
  nxdomain('svc0.testns.svc A'),
  nxdomain('svc0.testns.svc AAAA'),
  nxdomain('svc0.svc-nons.svc A'),
  nxdomain('svc0.svc-nons.svc TXT'),
  nxdomain(`bogusendpoint.${hdls1} A`),
  nxdomain('bogusendpoint.svc0.testns.svc A'),
  has('svc6.testns.svc AAAA', '@ AAAA 1234:abcd::1'),
  has(
    '_http._tcp.svc6.testns.svc SRV',
    '@ SRV 0 100 80 svc6.testns.svc',
    '+ svc6.testns.svc AAAA 1234:abcd::1',
  ),
  has(`${dual} A`, '@ A 10.0.0.3'),
  has(`${dual} AAAA`, '@ AAAA 10::3'),
  has(`${dual} SRV`, `@ SRV 0 50 80 ${dual}`, '+ @ A 10.0.0.3', '+ @ AAAA 10::3'),
  has(`5678-abcd--2.${hdls1} AAAA`, '@ AAAA 5678:abcd::2'),
  has(`5678-abcd--1.${hdls1} AAAA`, '@ AAAA 5678:abcd::1'),
  has('172-0-0-20.hdlsprtls.testns.svc A', '@ A 172.0.0.20'),
  has(`172-0-0-2.${hdls1} A`, '@ A 172.0.0.2'),
  has(`172-0-0-3.${hdls1} A`, '@ A 172.0.0.3'),
  has(`dup-name.${hdls1} A`, '@ A 172.0.0.4', '@ A 172.0.0.5'),
  has(
    `dup-name.${hdls1} SRV`,
    `@ SRV 0 50 80 dup-name.${hdls1}`,
    '+ @ A 172.0.0.4',
    '+ @ A 172.0.0.5',
  ),
  // The endpoints of a ClusterIP Service have names, too.
  has(`ep1a.${svc1} A`, '@ A 172.0.0.1'),
  has(`ep1a.${svc1} SRV`, `@ SRV 0 100 80 ep1a.${svc1}`, '+ @ A 172.0.0.1'),
  nxdomain(`172-0-0-1.${svc1} A`),
  has('external.testns.svc CNAME', '@ CNAME ext.interwebs.test.'),
  has('external-to-service.testns.svc CNAME', `@ CNAME ${svc1}`),
  has('external-to-service.testns.svc A', `@ CNAME ${svc1}`, `${svc1} A 10.0.0.1`),
  nodata('external.testns.svc TXT'),
  nodata('external.testns.svc SRV'),
  nodata('external.testns.svc MX'),
  nodata('external.testns.svc HTTPS'),
  nxdomain('endpoint.external.testns.svc CNAME'),
  nxdomain('subdomain.subdomain.external.testns.svc CNAME'),
  nodata('svc A'),
  nodata('svc NS'),
  nodata('svc TXT'),
  nodata('pod A'),
  nodata('pod TXT'),
  nodata('testns.svc A'),
  nodata('testns.svc NS'),
  nxdomain('foo NS'),
  nxdomain('foo.svc NS'),
  nxdomain('svc1.nsnoexist.svc A'),
  nxdomain('svc1.unexposedns.svc A'),
  nxdomain('unexposedns.svc A'),
  nxdomain('webs.testns.pood A'),
  nxdomain('example.org PTR'),
  nxdomain('100.0.0.10 PTR'),
  nxdomain('too.long.for.svc1.testns.svc A'),
  // Names between others exist while these do (RFC 8020).
  nodata(`_tcp.${svc1} A`),
  nodata('dns A'),
  nxdomain(`_udp.${svc1} A`),
]

/** Port names that are written without underscores, or with wildcards. */
export const SPELLINGS: readonly ClusterAnswer[] = [
  has(`http.tcp.${svc1} A`, '@ A 10.0.0.1'),
  has(`http.tcp.${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  has(`_http.tcp.${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  has(`http._tcp.${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  has(`http.tcp.${hdls1} SRV`, ...headlessSrv),
  has(`_http._.${hdls1} SRV`, ...headlessSrv),
  has(`_._.${hdls1} SRV`, ...headlessSrv),
  has(`_._.${hdls1} AAAA`, '@ AAAA 5678:abcd::1', '@ AAAA 5678:abcd::2'),
  has(`http._.${svc1} A`, '@ A 10.0.0.1'),
  has(`_._.${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  has('_._.external.testns.svc CNAME', '@ CNAME ext.interwebs.test.'),
  has('_._.external-to-service.testns.svc A', `@ CNAME ${svc1}`, `${svc1} A 10.0.0.1`),
  nodata(`http.tcp.${svc1} AAAA`),
  nodata(`http.tcp.${svc1} TXT`),
  nodata(`_http._.${svc1} TXT`),
  nxdomain(`http.udp.${svc1} SRV`),
  nxdomain(`https.tcp.${svc1} A`),
  nxdomain(`https._.${svc1} A`),
  nxdomain(`_._tcp.${svc1} SRV`),
  nxdomain('http.tcp.svc0.testns.svc SRV'),
  nxdomain('http.tcp.external.testns.svc SRV'),
]

export const IGNORE_EMPTY: readonly ClusterAnswer[] = [
  nxdomainNow('svcempty.testns.svc A'),
  nxdomainNow('_http._tcp.svcempty.testns.svc SRV'),
  nxdomainNow('svc6.testns.svc AAAA'),
  has(`${svc1} A`, '@ A 10.0.0.1'),
  has('external.testns.svc CNAME', '@ CNAME ext.interwebs.test.'),
  has('hdlsprtls.testns.svc A', '@ A 172.0.0.20'),
]

export const NO_ENDPOINTS: readonly ClusterAnswer[] = [
  has(`${svc1} A`, '@ A 10.0.0.1'),
  has(`_http._tcp.${svc1} SRV`, `@ SRV 0 100 80 ${svc1}`, `+ ${svc1} A 10.0.0.1`),
  nxdomain(`ep1a.${svc1} A`),
  nxdomain(`${hdls1} A`),
  nxdomain(`172-0-0-2.${hdls1} A`),
]

export const PODS_DISABLED: readonly ClusterAnswer[] = [
  nxdomain('10-240-0-1.podns.pod A'),
  nxdomain('172-0-0-2.podns.pod A'),
  nxdomain('podns.pod A'),
  nodata('podns.svc A'),
]

export const PODS_INSECURE: readonly ClusterAnswer[] = [
  has('10-240-0-1.podns.pod A', '@ A 10.240.0.1'),
  has('172-0-0-2.podns.pod A', '@ A 172.0.0.2'),
  nodata('172-0-0-2.podns.pod AAAA'),
  nodata('172-0-0-2.podns.pod SRV'),
  has('1234-abcd--1.podns.pod AAAA', '@ AAAA 1234:abcd::1'),
  has('1234-ABCD-0-0-0-0-0-1.podns.pod AAAA', '@ AAAA 1234:abcd::1'),
  has('y.10-240-0-1.podns.pod A', '@ A 10.240.0.1'),
  has('z.y.10-240-0-1.podns.pod A', '@ A 10.240.0.1'),
  nxdomain('x.z.y.10-240-0-1.podns.pod A'),
  nxdomain('blah.podns.pod A'),
  nxdomain('blah.podns.pod AAAA'),
  nxdomain('blah.podns.pod HINFO'),
  nxdomain('10-240-0-256.podns.pod A'),
  nxdomain('10-240-0-01.podns.pod A'),
  nxdomain('blah.pod-nons.pod A'),
  nxdomain('10-240-0-1.pod-nons.pod A'),
  nodata('podns.pod A'),
  nxdomain('pod-nons.pod A'),
]

/** With the Pods 10.240.0.1 and 1234:abcd::1 in podns. */
export const PODS_VERIFIED: readonly ClusterAnswer[] = [
  has('10-240-0-1.podns.pod A', '@ A 10.240.0.1'),
  has('1234-abcd--1.podns.pod AAAA', '@ AAAA 1234:abcd::1'),
  nxdomain('1234-abcd-0-0-0-0-0-1.podns.pod AAAA'),
  has('y.10-240-0-1.podns.pod A', '@ A 10.240.0.1'),
  has('z.y.10-240-0-1.podns.pod A', '@ A 10.240.0.1'),
  nxdomain('x.z.y.10-240-0-1.podns.pod A'),
  nxdomain('y.172-0-0-2.podns.pod A'),
  nodata('10-240-0-1.podns.pod AAAA'),
  nodata('podns.pod A'),
  nodata('svcns.svc A'),
  nxdomain('pod-nons.pod A'),
  nxdomain('172-0-0-2.podns.pod A'),
  nxdomain('10-240-0-1.svcns.pod A'),
]

export const ZONAL: readonly ClusterAnswer[] = [
  has('us-west-2a.pin._zone.hdls.testns.svc A', '@ A 172.0.0.1'),
  has('us-west-2b.pin._zone.hdls.testns.svc A', '@ A 172.0.0.2', '@ A 172.0.0.3'),
  nodata('us-west-2c.pin._zone.hdls.testns.svc A'),
  has('us-west-2a.prefer._zone.hdls.testns.svc A', '@ A 172.0.0.1'),
  has(
    'us-west-2c.prefer._zone.hdls.testns.svc A',
    '@ A 172.0.0.1',
    '@ A 172.0.0.2',
    '@ A 172.0.0.3',
  ),
  nxdomain('us-west-2a.pin._zone.ghost.testns.svc A'),
  nxdomain('us-west-2a.florp._zone.hdls.testns.svc A'),
  nxdomain('us-west-2a.pin._zone.clstr.testns.svc A'),
  nxdomain('us-west-2a.pin._zone.hdls.testns.pod A'),
  nodata('us-west-2c.pin._zone.hdls.testns.svc TXT'),
  has(
    'us-west-2c.prefer._zone.hdls.testns.svc SRV',
    '@ SRV 0 33 80 172-0-0-1.hdls.testns.svc',
    '@ SRV 0 33 80 172-0-0-2.hdls.testns.svc',
    '@ SRV 0 33 80 172-0-0-3.hdls.testns.svc',
    '+ 172-0-0-1.hdls.testns.svc A 172.0.0.1',
    '+ 172-0-0-2.hdls.testns.svc A 172.0.0.2',
    '+ 172-0-0-3.hdls.testns.svc A 172.0.0.3',
  ),
  nodata('us-west-2c.prefer._zone.hdls.testns.svc TXT'),
  has(
    'us-west-2b.pin._zone.hdls.testns.svc SRV',
    '@ SRV 0 50 80 172-0-0-2.hdls.testns.svc',
    '@ SRV 0 50 80 172-0-0-3.hdls.testns.svc',
    '+ 172-0-0-2.hdls.testns.svc A 172.0.0.2',
    '+ 172-0-0-3.hdls.testns.svc A 172.0.0.3',
  ),
  // The name of a zone may have dots.
  has('corp.example.com.pin._zone.dotted.testns.svc A', '@ A 172.0.0.7'),
  has('example.com.pin._zone.dotted.testns.svc A', '@ A 172.0.0.8'),
  nodata('com.pin._zone.dotted.testns.svc A'),
  nodata('other.com.pin._zone.dotted.testns.svc A'),
  nodata('pin._zone.hdls.testns.svc A'),
  nodata('_zone.hdls.testns.svc A'),
  // A headless Service without endpoints.
  nxdomainNow('drained.testns.svc A'),
  nodataNow('pin._zone.drained.testns.svc A'),
  nodata('us-west-2a.pin._zone.drained.testns.svc A'),
  nodata('us-west-2a.prefer._zone.drained.testns.svc A'),
]

export const APEX: readonly ClusterAnswer[] = [
  {
    qname: ZONE,
    qtype: 'SOA',
    lines: [
      'NOERROR',
      `${ZONE} 5 IN SOA ns.dns.${ZONE} hostmaster.${ZONE} ${SERIAL} 7200 1800 86400 5`,
    ],
  },
  {
    qname: 'dns-version.cluster.local.',
    qtype: 'TXT',
    lines: ['NOERROR', 'dns-version.cluster.local. 28800 IN TXT "1.1.0"'],
  },
  has(`${ZONE} NS`, '@ NS ns.dns', '+ ns.dns A 127.0.0.1'),
  has('ns.dns A', '@ A 127.0.0.1'),
  nodata('ns.dns AAAA'),
  nodata(`${ZONE} HINFO`),
  nodata(`${ZONE} A`),
  nodata(`${ZONE} AAAA`),
  nodata(`${ZONE} SRV`),
  nodata(`${ZONE} TXT`),
  nodata('dns-version A'),
]

const v6Zone = '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa.'
const fd00Zone = '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.7.7.0.0.0.0.d.f.ip6.arpa.'

export const REVERSE: readonly ClusterAnswer[] = [
  has('100.0.0.10.in-addr.arpa. PTR', '@ PTR ep1a.svc1.testns.svc'),
  has('100.1.168.192.in-addr.arpa. PTR', '@ PTR svc1.testns.svc'),
  has('101.1.168.192.in-addr.arpa. PTR', '@ PTR svc2.testns.svc'),
  has(`1.0.0.0.0.0.0.0.${v6Zone} PTR`, '@ PTR ep1b.svc1.testns.svc'),
  has(`a.0.0.0.0.${fd00Zone} PTR`, '@ PTR ip6svc1ex.svc1.testns.svc'),
  has(
    '6.a.b.9.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.7.7.0.0.0.0.d.f.ip6.arpa. PTR',
    '@ PTR ip6svc1in.svc1.testns.svc',
  ),
  has(
    '0.0.1.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.7.7.0.0.0.0.d.f.ip6.arpa. PTR',
    '@ PTR svc1.testns.svc',
  ),
  has(
    '99.0.0.10.in-addr.arpa. PTR',
    '@ PTR double-ep.svc1.testns.svc',
    '@ PTR double-ep.svc2.testns.svc',
  ),
  // Other types of a name that exists.
  nodata('100.0.0.10.in-addr.arpa. A', '0.10.in-addr.arpa.'),
  nodata('100.0.0.10.in-addr.arpa. TXT', '0.10.in-addr.arpa.'),
  // Names between the zone and an address, while it has a name.
  nodata('0.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nodata('1.168.192.in-addr.arpa. A', '168.192.in-addr.arpa.'),
  nxdomain('1.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nodata(`0.${fd00Zone} PTR`, fd00Zone),
  nodata(`0.0.0.0.${v6Zone} PTR`, v6Zone),
  nxdomain(`g.${v6Zone} PTR`, v6Zone),
  nxdomain(`00.${v6Zone} PTR`, v6Zone),
  nxdomain('256.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nxdomain('00.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nxdomain('101.0.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nxdomain('0100.0.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nxdomain('x.100.0.0.10.in-addr.arpa. PTR', '0.10.in-addr.arpa.'),
  nxdomain(`0.0.0.0.0.0.0.0.${v6Zone} PTR`, v6Zone),
  nxdomain('svc1.testns.svc.0.10.in-addr.arpa. A', '0.10.in-addr.arpa.'),
  nxdomain('example.org.cluster.local. PTR'),
  nxdomain('100.0.0.10.cluster.local. PTR'),
  nodata('svc1.testns.svc.cluster.local. PTR'),
]
