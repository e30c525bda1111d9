// The objects and the questions of the DNS fault tests.
import type { Question } from './asking.ts'

const MCS = 'multicluster.kubernetes.io'
const NAMESPACE = 'app'
const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
const inApp = (name: string, labels: object = {}) => ({ name, namespace: NAMESPACE, labels })

/** A ServiceImport of type ClusterSetIP. */
export const imported = (name: string, ip: string) => ({
  resource: 'serviceimports',
  metadata: inApp(name),
  spec: { type: 'ClusterSetIP', ips: [ip], ports },
  status: { clusters: [{ cluster: 'one' }] },
})

/** A Service of the cluster. */
export const service = (name: string, clusterIP: string) => ({
  resource: 'services',
  metadata: inApp(name),
  spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports },
})

/** The endpoint of a headless import. */
const slice = {
  resource: 'endpointslices',
  metadata: inApp('pods-one', {
    'kubernetes.io/service-name': 'amcs-pods',
    [`${MCS}/service-name`]: 'pods',
    [`${MCS}/source-cluster`]: 'one',
  }),
  addressType: 'IPv4',
  ports,
  endpoints: [{ addresses: ['10.20.0.1'], hostname: 'pod-1', conditions: { ready: true } }],
}

export const OBJECTS = [
  { resource: 'namespaces', metadata: { name: NAMESPACE } },
  imported('web', '10.10.0.1'),
  { ...imported('pods', ''), spec: { type: 'Headless', ports } },
  slice,
  service('local', '10.30.0.1'),
]

/** The names of an import and of a Service. */
export const importName = (name: string) => `${name}.${NAMESPACE}.svc.clusterset.local.`
export const serviceName = (name: string) => `${name}.${NAMESPACE}.svc.cluster.local.`

const of = (
  kind: string,
  name: string,
  right: readonly string[],
  more: Partial<Question> = {},
): Question => ({
  kind,
  name,
  type: 'A',
  over: 'udp',
  everyMs: 10,
  rcode: 'NOERROR',
  right,
  ...more,
})

/** What the server knows: tables and cache, by UDP and TCP. A fault may cost nothing of these. */
export const KNOWN: readonly Question[] = [
  of('import', importName('web'), ['10.10.0.1']),
  of('headless import', importName('pods'), ['10.20.0.1']),
  of('service', serviceName('local'), ['10.30.0.1']),
  of('absent', importName('absent'), [], { rcode: 'NXDOMAIN' }),
  of('cached', 'ttl-3600.cached.upstream.test.', []),
  of('import, tcp', importName('web'), ['10.10.0.1'], { over: 'tcp', everyMs: 50 }),
  of('import, kept tcp', importName('web'), ['10.10.0.1'], { over: 'kept tcp', everyMs: 20 }),
  of('cached, tcp', 'ttl-3600.cached.upstream.test.', [], { over: 'tcp', everyMs: 100 }),
]

/** What an upstream must be asked for each time. */
export const UPSTREAM: readonly Question[] = [
  of('upstream', 'n-*.upstream.test.', []),
  of('upstream, tcp', 'n-*.upstream.test.', [], { over: 'tcp', everyMs: 100 }),
]
