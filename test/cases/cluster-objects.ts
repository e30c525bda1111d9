// The objects of CoreDNS' own tests of `kubernetes` (plugin/kubernetes/handler_test.go, reverse_test.go, zonal_test.go),
// as facts: the same names and addresses.
import type {
  ClusterService,
  Endpoint,
  EndpointSlice,
  LocalService,
  ServicePort,
} from '../../src/sources/objects.ts'

export const HTTP: ServicePort = { name: 'http', protocol: 'tcp', port: 80 }

/** An endpoint "ADDRESS [HOSTNAME]" without Pod and zone. */
export function endpoint(text: string, more: Partial<Endpoint> = {}): Endpoint {
  const [address = '', hostname = ''] = text.split(' ')
  return { addresses: [address], hostname, podName: '', zone: '', ...more }
}

/** An EndpointSlice of `service` ("namespace/name"). */
export function slice(
  service: string,
  name: string,
  endpoints: readonly Endpoint[],
  ports: readonly ServicePort[] = [HTTP],
): EndpointSlice {
  const [namespace = '', serviceName = ''] = service.split('/')
  const isIPv6 = endpoints.some(({ addresses }) => addresses[0]?.includes(':'))
  const addressType = isIPv6 ? 'IPv6' : 'IPv4'
  return { namespace, name, service: serviceName, cluster: '', addressType, ports, endpoints }
}

/** A Service ("namespace/name") with its slices. */
export function service(
  key: string,
  fields: Partial<ClusterService>,
  slices: readonly EndpointSlice[] = [],
): LocalService {
  const [namespace = '', name = ''] = key.split('/')
  const kind = fields.kind ?? 'ClusterIP'
  const ports = kind === 'ClusterIP' ? [HTTP] : []
  const base = { namespace, name, kind, ips: [], ports, externalName: '' }
  return { service: { ...base, ...fields }, slices }
}

const v4 = ['172.0.0.2', '172.0.0.3', '172.0.0.4 dup-name', '172.0.0.5 dup-name']
const v6 = ['5678:abcd::1', '5678:abcd::2']

export const HANDLER_OBJECTS: readonly LocalService[] = [
  service('testns/svc1', { ips: ['10.0.0.1'] }, [
    slice('testns/svc1', 'svc1-slice1', [endpoint('172.0.0.1 ep1a')]),
  ]),
  service('testns/svcempty', { ips: ['10.0.0.1'] }, [slice('testns/svcempty', 'svcempty-1', [])]),
  service('testns/svc6', { ips: ['1234:abcd::1'] }),
  service('testns/svc-dual-stack', { ips: ['10.0.0.3', '10::3'] }),
  service('testns/hdls1', { kind: 'Headless' }, [
    slice(
      'testns/hdls1',
      'hdls1-slice1',
      v4.map((text) => endpoint(text)),
    ),
    slice(
      'testns/hdls1',
      'hdls1-slice2',
      v6.map((text) => endpoint(text)),
    ),
  ]),
  service('testns/hdlsprtls', { kind: 'Headless' }, [
    slice('testns/hdlsprtls', 'hdlsprtls-slice1', [endpoint('172.0.0.20')], []),
  ]),
  service('testns/external', { kind: 'ExternalName', externalName: 'ext.interwebs.test' }),
  service('testns/external-to-service', {
    kind: 'ExternalName',
    externalName: 'svc1.testns.svc.cluster.local.',
  }),
  service('unexposedns/svc1', { ips: ['10.0.0.2'] }),
  service('kube-system/kubedns', {
    ips: ['10.0.0.10'],
    ports: [{ name: 'dns', protocol: 'udp', port: 53 }],
  }),
]

const svc1 = 'testns/svc1'
const doubleEndpoint = endpoint('10.0.0.99 double-ep')

export const REVERSE_OBJECTS: readonly LocalService[] = [
  service(svc1, { ips: ['192.168.1.100', 'fd00:77:30::1:100'] }, [
    slice(svc1, 'svc1-ccccc', [endpoint('10.0.0.100 ep1a')]),
    slice(svc1, 'svc1-slice1', [endpoint('10.0.0.100 ep1a'), doubleEndpoint]),
    slice(svc1, 'svc1-slice2', [
      endpoint('1234:abcd::1 ep1b'),
      endpoint('fd00:77:30::a ip6svc1ex'),
      endpoint('fd00:77:30::2:9ba6 ip6svc1in'),
    ]),
  ]),
  service('testns/svc2', { ips: ['192.168.1.101'] }, [
    slice('testns/svc2', 'svc2-slice1', [doubleEndpoint]),
  ]),
]

export const REVERSE_ZONES: readonly string[] = [
  '0.10.in-addr.arpa.',
  '168.192.in-addr.arpa.',
  '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa.',
  '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.0.0.7.7.0.0.0.0.d.f.ip6.arpa.',
]

const west = (last: number, zone: string) => endpoint(`172.0.0.${last}`, { zone })

export const ZONAL_OBJECTS: readonly LocalService[] = [
  service('testns/hdls', { kind: 'Headless' }, [
    slice('testns/hdls', 'hdls-slice', [
      west(1, 'us-west-2a'),
      west(2, 'us-west-2b'),
      west(3, 'US-West-2b'),
    ]),
  ]),
  service('testns/clstr', { ips: ['10.0.0.10'] }),
  service('testns/drained', { kind: 'Headless' }),
  service('testns/dotted', { kind: 'Headless' }, [
    slice('testns/dotted', 'dotted-1', [west(7, 'corp.example.com'), west(8, 'example.com')]),
  ]),
]
