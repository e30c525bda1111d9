// The cluster behind cluster.local in the benchmarks: a Service, an EndpointSlice of three Pods and a Pod for each index.
// One Service of ten is headless with named Pods. All have metadata of realistic size.
import type { KubeObject } from '../../test/support/kube-client.ts'
import { type BenchService, endpointObjects, NAMESPACES } from './objects.ts'

const ENDPOINTS = 3

export interface LocalService {
  readonly name: string
  readonly namespace: string
  readonly headless: boolean
  readonly ip: string
  readonly endpoints: BenchService['endpoints']
}

/** Service `index`, below 2^18. */
export function localService(index: number): LocalService {
  const headless = index % 10 === 0
  const address = (pod: number) => {
    const number = index * ENDPOINTS + pod
    return `10.${192 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
  }
  return {
    name: `app-${index}`,
    namespace: `ns-${index % NAMESPACES}`,
    headless,
    ip: `172.${20 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    endpoints: Array.from({ length: ENDPOINTS }, (_, pod) => ({
      address: address(pod),
      hostname: headless ? `pod-${pod}` : '',
    })),
  }
}

function metadata(index: number, name: string, resourceVersion: number) {
  const { namespace } = localService(index)
  const uid = `0b5c2f6e-1111-4000-8000-${String(index).padStart(12, '0')}`
  return { name, namespace, uid, resourceVersion: String(resourceVersion) }
}

/** A Service with one TCP port, http. */
export function serviceObject(index: number, resourceVersion: number): KubeObject {
  const { name, headless, ip } = localService(index)
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata(index, name, resourceVersion), labels: { app: name } },
    spec: {
      type: 'ClusterIP',
      clusterIP: headless ? 'None' : ip,
      clusterIPs: [headless ? 'None' : ip],
      ipFamilies: ['IPv4'],
      selector: { app: name },
      sessionAffinity: 'None',
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
    },
  }
}

/** The EndpointSlice of a Service. */
export function localSliceObject(index: number, resourceVersion: number): KubeObject {
  const { name, endpoints } = localService(index)
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata(index, `${name}-x7k2p`, resourceVersion),
      labels: {
        app: name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
    },
    addressType: 'IPv4',
    endpoints: endpointObjects(endpoints),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  }
}

/** A Headless Service `large` in ns-0 with `endpoints` named Pods, and its EndpointSlice. */
export function largeService(endpoints: number): readonly [service: KubeObject, slice: KubeObject] {
  const [service, slice] = [serviceObject(0, 5), localSliceObject(0, 5)] as const
  const rename = (object: KubeObject, name: string, labels: Readonly<Record<string, string>>) => ({
    ...object,
    metadata: { ...object.metadata, name, uid: `0b5c2f6e-2222-4000-8000-${name}`, labels },
  })
  const pods = Array.from({ length: endpoints }, (_, i) => ({
    address: `10.250.${i >> 8}.${i & 255}`,
    hostname: `pod-${i}`,
  }))
  return [
    rename(service, 'large', { app: 'large' }),
    {
      ...rename(slice, 'large-x7k2p', {
        app: 'large',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'large',
      }),
      endpoints: endpointObjects(pods),
    },
  ]
}

/** The first Pod of a Service: about 3 KB, as a Deployment makes them. */
export function podObject(index: number, resourceVersion: number): KubeObject {
  const { name, endpoints } = localService(index)
  const env = Array.from({ length: 30 }, (_, i) => ({
    name: `SETTING_NUMBER_${i}`,
    value: `a value of some length for the setting ${i} of ${name}`,
  }))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata(index, `${name}-6d4b75cb6d-hx2kp`, resourceVersion),
      labels: { app: name, 'pod-template-hash': '6d4b75cb6d' },
    },
    spec: {
      nodeName: 'node-1',
      containers: [{ name: 'main', image: `registry/${name}:1.0`, env }],
    },
    status: { phase: 'Running', podIP: endpoints[0]!.address, hostIP: '10.0.0.1' },
  }
}
