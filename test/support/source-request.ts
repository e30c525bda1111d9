// What tests read of a source.
import type { SourceSpec } from '../../src/kube/source-spec.ts'
import type { Converted } from '../../src/sources/convert.ts'
import { type Slices, slicesFromObject } from '../../src/sources/convert-slice.ts'
import type { EndpointSlice } from '../../src/sources/objects.ts'
import type { Resource } from '../../src/sources/source.ts'
import type { Reads, SourceRequest } from '../../src/sources/source-request.ts'

/** Nothing but Namespaces. */
export const NOTHING: Reads = {
  imports: false,
  services: false,
  endpoints: false,
  podNames: false,
  zones: false,
  pods: false,
  namespaceLabels: false,
}

/** What a multicluster zone needs. */
export const IMPORTS: Reads = { ...NOTHING, imports: true }

/** Everything that can be read. */
export const EVERYTHING: Reads = {
  imports: true,
  services: true,
  endpoints: true,
  podNames: true,
  zones: true,
  pods: true,
  namespaceLabels: true,
}

export const IMPORT_RESOURCES: readonly Resource[] = [
  'serviceimports',
  'endpointslices',
  'namespaces',
]

/** A request without a selector and limits. */
export function requestOf(spec: SourceSpec, reads: Reads = IMPORTS): SourceRequest {
  return { spec, labels: '', limits: { qps: 0, burst: 0, maxInflight: 0 }, reads }
}

/** The slice of an imported Service. */
export function importedSlice(raw: unknown): Converted<EndpointSlice> {
  const { object, ...rest } = slicesFromObject(raw, IMPORTS)
  return { ...rest, object: object?.imported }
}

/** A slice of an imported Service, as the store takes it. */
export function ofImport(imported: EndpointSlice): Slices {
  return { imported, local: undefined, triggeredAt: undefined }
}
