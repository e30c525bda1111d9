// Which zones share a table: those whose answers are the same bytes from the same objects.
import type { SourceSpec } from '../../kube/source-spec.ts'
import type { MulticlusterConfig } from './options.ts'

/** A name for a source that is equal for equal specs. */
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

/** A name for the table that answers `zone` (lower-case FQDN) as `config` says. */
export function tableKey(config: MulticlusterConfig, zone: string): string {
  return JSON.stringify([sourceKey(config.source), zone, config.ttl, config.endpoints])
}
