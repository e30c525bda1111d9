// Hints of an import with a trafficDistribution: each endpoint is for its own zone, as the EndpointSlice controller
// says it of a Service's. kube-proxy heeds hints only where every endpoint of the Service has one, so they are a
// matter of all sources together.
import type { SliceView } from '../api/types.ts'
import type { ImportedSlices, SliceGroup } from './desired-slices.ts'

/**
 * What the sources contribute, with a hint for each endpoint if all of them have a zone; else without any. `others` are
 * slices of the import that stay as they are.
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
