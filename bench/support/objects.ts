// The clusterset of all benchmarks. Service `i` is the same for any number of Services. One of ten is Headless with
// named Pods; the others are ClusterSetIP, and one of twenty has an IPv6 address, too. Each has one EndpointSlice with
// three endpoints, and metadata of realistic size.
import type { KubeObject } from '../../test/support/kube-client.ts'

export const ZONE = 'clusterset.local'
export const CLUSTER = 'cluster-a'
export const NAMESPACES = 100
const ENDPOINTS = 3

export interface BenchService {
  readonly index: number
  readonly namespace: string
  readonly name: string
  readonly headless: boolean
  /** The addresses of the ServiceImport; a change moves the last byte of the IPv4 address. */
  readonly ips: readonly string[]
  readonly endpoints: readonly { readonly address: string; readonly hostname: string }[]
}

/** Service `index` after `version` changes; each change moves an address. */
export function benchService(index: number, version = 0): BenchService {
  const headless = index % 10 === 0
  const high = (index >> 14) & 63
  const middle = (index >> 6) & 255
  const low = index & 63
  const ips = [`10.${64 + high}.${middle}.${low * 4 + (version % 4)}`]
  if (index % 20 === 1) ips.push(`fd00:96::${(index >> 16) + 1}:${(index & 0xffff).toString(16)}`)
  return {
    index,
    namespace: `ns-${index % NAMESPACES}`,
    name: `svc-${index}`,
    headless,
    ips: headless ? [] : ips,
    endpoints: Array.from({ length: ENDPOINTS }, (_, pod) => ({
      address: `10.${128 + high}.${middle}.${low * 4 + ((pod + version) % 4)}`,
      hostname: headless ? `pod-${pod}` : '',
    })),
  }
}

/** About 700 bytes, as `kubectl apply` and controllers add them to every object. */
const managedFields = [
  {
    manager: 'fleet-controller',
    operation: 'Update',
    apiVersion: 'discovery.k8s.io/v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:addressType': {},
      'f:endpoints': {},
      'f:metadata': {
        'f:annotations': { '.': {}, 'f:endpoints.kubernetes.io/last-change-trigger-time': {} },
        'f:generateName': {},
        'f:labels': {
          '.': {},
          'f:endpointslice.kubernetes.io/managed-by': {},
          'f:kubernetes.io/service-name': {},
          'f:multicluster.kubernetes.io/service-name': {},
          'f:multicluster.kubernetes.io/source-cluster': {},
        },
        'f:ownerReferences': {
          '.': {},
          'k:{"uid":"00000000-0000-4000-8000-000000000000"}': {},
        },
      },
      'f:ports': {},
    },
  },
]

function metadata(service: BenchService, suffix: string, resourceVersion: number) {
  const id = String(service.index).padStart(12, '0')
  return {
    name: `${service.name}${suffix}`,
    namespace: service.namespace,
    uid: `0b5c2f6e-0000-4000-8000-${id}`,
    resourceVersion: String(resourceVersion),
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    managedFields,
  }
}

export function importObject(service: BenchService, resourceVersion: number): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: metadata(service, '', resourceVersion),
    spec: {
      type: service.headless ? 'Headless' : 'ClusterSetIP',
      ips: service.ips,
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    },
    status: { clusters: [{ cluster: CLUSTER }] },
  }
}

/** Endpoints as an EndpointSlice has them. */
export function endpointObjects(endpoints: BenchService['endpoints']) {
  return endpoints.map(({ address, hostname }) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    ...(hostname === '' ? {} : { hostname }),
    nodeName: 'node-1',
    zone: 'zone-a',
  }))
}

export function sliceObject(service: BenchService, resourceVersion: number): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata(service, '-abcde', resourceVersion),
      generateName: `${service.name}-`,
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'clusterset-dns.io',
        'kubernetes.io/service-name': `amcs-${service.name}`,
        'multicluster.kubernetes.io/service-name': service.name,
        'multicluster.kubernetes.io/source-cluster': CLUSTER,
      },
    },
    addressType: 'IPv4',
    endpoints: endpointObjects(service.endpoints),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

export function namespaceObject(index: number): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `ns-${index}`, resourceVersion: '1', uid: `ns-${index}` },
  }
}
