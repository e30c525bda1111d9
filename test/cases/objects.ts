// The API objects for answers.ts: one namespace with a Service for each rule, one with another Service of the same
// name, and an empty one. Unit tests convert them into a store, end-to-end tests apply them to an API server.
import type { KubeObject } from '../support/kube-client.ts'

export interface Port {
  readonly name?: string
  readonly port: number
  readonly protocol?: string
}

interface SliceEndpoint {
  readonly addresses: readonly string[]
  readonly hostname?: string
  readonly ready?: boolean
}

interface SliceSpec {
  readonly ports?: readonly Port[]
  /** The source-cluster label; by default there is none. */
  readonly cluster?: string
  readonly namespace?: string
}

export const HTTP: Port = { name: 'http', port: 80, protocol: 'TCP' }
export const DNS: Port = { name: 'dns', port: 53, protocol: 'UDP' }

export function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** A ServiceImport of type ClusterSetIP, or Headless without `ips`. */
export function serviceImport(
  name: string,
  spec: { ips?: readonly string[]; ports?: readonly Port[]; namespace?: string },
): KubeObject {
  const { ips, ports = [HTTP], namespace: ns = 'ns1' } = spec
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: { name, namespace: ns },
    spec: ips === undefined ? { type: 'Headless', ports } : { type: 'ClusterSetIP', ips, ports },
  }
}

/** An EndpointSlice of `service`, with the address type of the first address. */
export function slice(
  service: string,
  name: string,
  endpoints: readonly SliceEndpoint[],
  spec: SliceSpec = {},
): KubeObject {
  const { ports = [{ ...HTTP, port: 8080 }], namespace: ns = 'ns1' } = spec
  const labels = {
    'multicluster.kubernetes.io/service-name': service,
    ...(spec.cluster === undefined
      ? {}
      : { 'multicluster.kubernetes.io/source-cluster': spec.cluster }),
  }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-${name}`, namespace: ns, labels },
    addressType: endpoints[0]?.addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
    ports,
    endpoints: endpoints.map(({ addresses, hostname, ready }) => ({
      addresses,
      ...(hostname === undefined ? {} : { hostname }),
      ...(ready === undefined ? {} : { conditions: { ready } }),
    })),
  }
}

const clusterSetIp: readonly KubeObject[] = [
  serviceImport('vip', {
    ips: ['10.0.0.1'],
    ports: [HTTP, { ...HTTP, name: 'https', port: 443 }, DNS],
  }),
  serviceImport('dual', { ips: ['10.0.0.2', 'fd00::2'] }),
  serviceImport('vip6', { ips: ['fd00::6'] }),
  serviceImport('no-ips', { ips: [] }),
  serviceImport('no-ports', { ips: ['10.0.0.3'], ports: [] }),
  serviceImport('unnamed', { ips: ['10.0.0.4'], ports: [{ port: 8080, protocol: 'TCP' }] }),
  serviceImport('plain', { ips: ['10.0.0.5'], ports: [{ name: 'plain', port: 7000 }] }),
  serviceImport('same-ip', { ips: ['10.0.0.6', '10.0.0.6'] }),
  serviceImport('same-port', {
    ips: ['10.0.0.7'],
    ports: [
      { name: 'tcp', port: 42, protocol: 'TCP' },
      { name: 'udp', port: 42, protocol: 'UDP' },
    ],
  }),
  // A ClusterSetIP Service with endpoints.
  serviceImport('backed', { ips: ['10.0.0.10'] }),
  slice(
    'backed',
    'c1',
    [{ addresses: ['10.1.0.1'] }, { addresses: ['10.1.0.2'], hostname: 'named' }],
    {
      cluster: 'c1',
    },
  ),
  serviceImport('vip', { ips: ['10.0.1.1'], namespace: 'ns2' }),
]

const headless: readonly KubeObject[] = [
  serviceImport('head', {}),
  slice(
    'head',
    'c1',
    [
      { addresses: ['10.2.0.1'], hostname: 'web-0' },
      { addresses: ['10.2.0.2'], hostname: 'web-1', ready: true },
      { addresses: ['10.2.0.3'], hostname: 'web-2', ready: false },
      { addresses: ['10.2.0.4'] },
      { addresses: ['10.2.0.9'] },
    ],
    { cluster: 'c1' },
  ),
  slice(
    'head',
    'c2',
    [{ addresses: ['10.3.0.1'], hostname: 'web-0' }, { addresses: ['10.2.0.9'] }],
    {
      cluster: 'c2',
    },
  ),
  slice(
    'head',
    'c2-v6',
    [
      { addresses: ['fd00:2::3'], hostname: 'web-0' },
      { addresses: ['fd00:2::'] },
      { addresses: ['fd00:2::1:0:0:5'] },
    ],
    { cluster: 'c2' },
  ),
  serviceImport('ports', { ports: [HTTP, DNS] }),
  slice('ports', 'c1', [{ addresses: ['10.4.0.1'], hostname: 'a' }], {
    cluster: 'c1',
    ports: [{ ...HTTP, port: 8080 }, DNS, { port: 99, protocol: 'TCP' }],
  }),
  slice('ports', 'c2', [{ addresses: ['10.4.0.2'], hostname: 'b' }], {
    cluster: 'c2',
    ports: [{ ...HTTP, port: 8081 }],
  }),
  serviceImport('same-host', {}),
  slice('same-host', '1', [{ addresses: ['10.5.0.1'], hostname: 'web-0' }], { cluster: 'c1' }),
  slice('same-host', '2', [{ addresses: ['10.5.0.2'], hostname: 'web-0' }], { cluster: 'c1' }),
  serviceImport('no-slices', {}),
  serviceImport('not-ready', {}),
  slice('not-ready', 'c1', [{ addresses: ['10.5.1.1'], hostname: 'web-0', ready: false }], {
    cluster: 'c1',
  }),
  serviceImport('portless', {}),
  slice('portless', 'c1', [{ addresses: ['10.5.2.1'], hostname: 'web-0' }], {
    cluster: 'c1',
    ports: [],
  }),
]

const odd: readonly KubeObject[] = [
  serviceImport('no-label', {}),
  slice('no-label', '1', [{ addresses: ['10.6.0.1'], hostname: 'web-0' }]),
  slice('no-label', '2', [{ addresses: ['10.6.0.2'], hostname: 'web-1' }], { cluster: 'c1' }),
  serviceImport('dotted', {}),
  slice('dotted', '1', [{ addresses: ['10.6.1.1'], hostname: 'web-0' }], { cluster: 'eu.west' }),
  serviceImport('upper', {}),
  slice('upper', '1', [{ addresses: ['10.6.2.1'], hostname: 'web-0' }], { cluster: 'Cluster-A' }),
  slice('orphan', '1', [{ addresses: ['10.6.3.1'], hostname: 'web-0' }], { cluster: 'c1' }),
]

/** All objects. CoreDNS does not answer for those of `no-source-cluster`, so they have Services of their own. */
export const objects: readonly KubeObject[] = [
  namespace('ns1'),
  namespace('ns2'),
  namespace('empty'),
  ...clusterSetIp,
  ...headless,
  ...odd,
]
