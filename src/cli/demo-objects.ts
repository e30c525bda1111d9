// What each embedded cluster has besides the manifests of its folder: the Service of its API server, as each real
// cluster has it.
import type { EmbeddedApi } from '../fleet/embedded/api.ts'

/** The first address of the Service range is that of the API server, as in a real cluster. */
const API_SERVICE_IP = '10.96.0.1'
const MANAGER = 'kube-apiserver'

/** Creates the Namespace default, and in it the Service and the EndpointSlice kubernetes. */
export function createApiService(api: EmbeddedApi): void {
  const metadata = { name: 'kubernetes', namespace: 'default' }
  api.create(
    'namespaces',
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } },
    MANAGER,
  )
  api.create(
    'services',
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        clusterIP: API_SERVICE_IP,
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      },
    },
    MANAGER,
  )
  api.create(
    'endpointslices',
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.2.255.1'], conditions: { ready: true } }],
    },
    MANAGER,
  )
}
