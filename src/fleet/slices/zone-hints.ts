// Topology hints of an import with a trafficDistribution: each endpoint is hinted for its own zone, as Kubernetes'
// EndpointSlice controller does. kube-proxy uses hints only when every endpoint of the Service has one, so they are
// computed for all sources together.
import type { SliceView } from '../api/types.ts'
import type { ImportedSlices, SliceGroup } from './desired-slices.ts'

/**
 * The sources' slices with a zone hint for each endpoint if every endpoint has a zone; else without hints. `others` are
 * slices of the import that are kept unchanged.
 */
export function withZoneHints(
  sources: readonly ImportedSlices[],
  others: readonly Pick<SliceView, 'endpoints'>[] = [],
): readonly ImportedSlices[] {
  const slices = [...sources.flatMap(({ groups }) => groups), ...others]
  const endpoints = slices.flatMap((slice) => slice.endpoints)
  if (endpoints.some(({ zone }) => zone === '')) return sources
  return sources.map((source) => ({ ...source, groups: source.groups.map(withHints) }))
}

function withHints(group: SliceGroup): SliceGroup {
  const endpoints = group.endpoints.map((endpoint) => ({ ...endpoint, forZones: [endpoint.zone] }))
  return { ...group, endpoints }
}
