// Objects that several end-to-end tests apply.
import type { KubeObject } from '../support/kube-client.ts'

/** A ClusterSetIP import in provider-ns. */
export function serviceImport(name: string, ip: string): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: { name, namespace: 'provider-ns' },
    spec: { type: 'ClusterSetIP', ips: [ip], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  }
}
