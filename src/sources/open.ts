// Opens the source of truth that a Corefile names.
import type { ClientDeps } from '../kube/source-deps.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { openApiSource } from './api-source.ts'
import { openManifests } from './manifests.ts'
import type { Source } from './source.ts'

/** Opens a source; it reads and follows its objects until it is closed. */
export function openSource(spec: SourceSpec, deps: ClientDeps): Source {
  if (spec.kind === 'manifests') return openManifests(spec.directory, deps)
  return openApiSource(spec, deps)
}
