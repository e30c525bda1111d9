// Opens the source that a Corefile names.
import type { ClientDeps } from '../kube/client-deps.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { openApiSource } from './api-source.ts'
import { openManifests } from './manifests.ts'
import type { Source } from './source.ts'

/** Opens a source; its store stays in sync until the source is closed. Throws CodedError MANIFEST for a bad folder. */
export function openSource(spec: SourceSpec, deps: ClientDeps): Source {
  if (spec.kind === 'manifests') return openManifests(spec.directory, deps)
  return openApiSource(spec, deps)
}
