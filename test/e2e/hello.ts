// The objects of the MCS conformance suite (mcs-api/conformance): the Service `hello`, its export and its pods. They
// are changed as a spec needs it.
import type { KubeObject } from '../support/kube-client.ts'

type Spec = Readonly<Record<string, unknown>>

export const helloPorts = [
  { name: 'tcp', port: 42, protocol: 'TCP' },
  { name: 'udp', port: 42, protocol: 'UDP' },
]

export function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** The Service; what its metadata carries must not reach another cluster. */
export function helloService(namespace: string, spec: Spec = {}, name = 'hello'): KubeObject {
  const dummy = { 'dummy-svc': 'dummy' }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: dummy, annotations: dummy },
    spec: {
      selector: { app: name },
      ports: helloPorts,
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } },
      ipFamilyPolicy: 'PreferDualStack',
      ...spec,
    },
  }
}

export function helloExport(namespace: string, spec?: Spec, name = 'hello'): KubeObject {
  const dummy = { 'dummy-svcexport': 'dummy' }
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: { name, namespace, labels: dummy, annotations: dummy },
    ...(spec === undefined ? {} : { spec }),
  }
}

/** The pods of the Service `hello`. A StatefulSet's have host names. */
export function helloPods(
  kind: 'Deployment' | 'StatefulSet',
  namespace: string,
  replicas: number,
): KubeObject {
  const labels = { app: 'hello' }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: kind === 'Deployment' ? 'hello' : 'hello-ss', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'hello', image: 'hello' }] },
      },
      ...(kind === 'Deployment' ? {} : { serviceName: 'hello', podManagementPolicy: 'Parallel' }),
    },
  }
}

/** Endpoints that no selector found: a slice of the Service `hello` by hand. */
export function helloSlice(
  namespace: string,
  ports: readonly object[],
  addresses: readonly string[],
  name = 'hello',
): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
    ports,
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  }
}
