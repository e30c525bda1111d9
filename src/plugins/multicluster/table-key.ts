// Keys for sources and tables. Zones share a table if their answers are the same bytes from the same objects.

import type { RequestLimits } from '../../kube/request-gate.ts'
import type { SourceSpec } from '../../kube/source-spec.ts'
import type { MulticlusterConfig } from './options.ts'

/** The key of a source with a label selector and limits; equal ones have equal keys. */
export function sourceKey(source: SourceSpec, labels: string, requests: RequestLimits): string {
  const { qps, burst, maxInflight } = requests
  return JSON.stringify([specKey(source), labels, qps, burst, maxInflight])
}

/** True if both specs name the same objects to read. */
export function isSameServer(one: SourceSpec, other: SourceSpec): boolean {
  return JSON.stringify(specKey(one)) === JSON.stringify(specKey(other))
}

function specKey(source: SourceSpec): readonly unknown[] {
  switch (source.kind) {
    case 'in-cluster':
      return ['in-cluster']
    case 'kubeconfig':
      return ['kubeconfig', source.file, source.context ?? null]
    case 'endpoint':
      return ['endpoint', source.url, source.tls ?? null]
    case 'manifests':
      return ['manifests', source.directory]
  }
}

/** The key of the table for `zone` (lower-case FQDN) with the options of `config`. */
export function tableKey(config: MulticlusterConfig, zone: string): string {
  const { source, labels, requests, exposed, ttl, endpoints, limits } = config
  const from = sourceKey(source, labels, requests)
  return JSON.stringify([from, zone, exposed, ttl, endpoints, limits])
}
