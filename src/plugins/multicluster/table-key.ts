// Keys for sources and tables. Zones share a table if their answers are the same bytes from the same objects.
import type { SourceSpec } from '../../kube/source-spec.ts'
import type { MulticlusterConfig } from './options.ts'

/** The key of a source; equal specs have equal keys. */
export function sourceKey(source: SourceSpec): string {
  switch (source.kind) {
    case 'in-cluster':
      return 'in-cluster'
    case 'kubeconfig':
      return JSON.stringify(['kubeconfig', source.file, source.context ?? null])
    case 'endpoint':
      return JSON.stringify(['endpoint', source.url, source.tls ?? null])
    case 'manifests':
      return JSON.stringify(['manifests', source.directory])
  }
}

/** The key of the table for `zone` (lower-case FQDN) with the options of `config`. */
export function tableKey(config: MulticlusterConfig, zone: string): string {
  const { source, ttl, endpoints, limits } = config
  return JSON.stringify([sourceKey(source), zone, ttl, endpoints, limits])
}
