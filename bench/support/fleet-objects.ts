// The objects of users and of Kubernetes in an exporting cluster: Services, EndpointSlices and ServiceExports. Names
// and endpoints are those of `benchService`.
import type { KubeObject } from '../../test/support/kube-client.ts'
import { type BenchService, benchService, NAMESPACES } from './objects.ts'

export const MCS_API = '/apis/multicluster.x-k8s.io/v1alpha1'
export const SLICE_API = '/apis/discovery.k8s.io/v1'

/** The namespaces of `count` Services. */
export function namespacesOf(count: number): readonly KubeObject[] {
  return Array.from({ length: Math.min(count, NAMESPACES) }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `ns-${i}` },
  }))
}

/** The Service and its EndpointSlice with three endpoints. */
export function providerObjects(index: number, headless: boolean): readonly KubeObject[] {
  const { namespace, name } = benchService(index)
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      ...(headless ? { clusterIP: 'None' } : {}),
      selector: { 'app.kubernetes.io/name': name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }],
    },
  }
  return [service, providerSlice(benchService(index))]
}

/** The EndpointSlice as the EndpointSlice controller writes it. */
export function providerSlice(service: BenchService): KubeObject {
  const { namespace, name } = service
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace,
      name: `${name}-abcde`,
      labels: {
        'app.kubernetes.io/name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: endpointsOf(service),
  }
}

export function endpointsOf({ namespace, name, endpoints }: BenchService) {
  return endpoints.map(({ address }, pod) => ({
    addresses: [address],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: `node-${pod}`,
    zone: `zone-${pod}`,
    targetRef: {
      kind: 'Pod',
      namespace,
      name: `${name}-7d4b9c6f5d-${pod}`,
      uid: `uid-${name}-${pod}`,
    },
  }))
}

export function exportOf(index: number): KubeObject {
  const { namespace, name } = benchService(index)
  const apiVersion = 'multicluster.x-k8s.io/v1alpha1'
  return { apiVersion, kind: 'ServiceExport', metadata: { namespace, name } }
}
