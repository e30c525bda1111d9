// Opens the source that a Corefile names.
import type { ClientDeps } from '../kube/client-deps.ts'
import { openApiSource } from './api-source.ts'
import { openManifests } from './manifests.ts'
import type { Source } from './source.ts'
import type { SourceRequest } from './source-request.ts'

/** Opens a source; its store stays in sync until the source is closed. Throws CodedError MANIFEST for a bad folder. */
export function openSource({ spec, ...request }: SourceRequest, deps: ClientDeps): Source {
  if (spec.kind === 'manifests') return openManifests(spec.directory, request.reads, deps)
  return openApiSource(spec, request, deps)
}
