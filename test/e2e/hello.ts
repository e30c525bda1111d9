// The objects of the MCS conformance suite (mcs-api/conformance): the Service `hello`, its ServiceExport and its Pods.
import type { KubeObject } from '../support/kube-client.ts'

type Spec = Readonly<Record<string, unknown>>

export const helloPorts = [
  { name: 'tcp', port: 42, protocol: 'TCP' },
  { name: 'udp', port: 42, protocol: 'UDP' },
]

export function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** The Service; its labels and annotations must not be exported. */
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

/** The workload of the Service `hello`; Pods of a StatefulSet have host names. */
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

/** A manual EndpointSlice of a Service without a selector. */
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
