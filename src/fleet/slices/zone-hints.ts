// Topology hints of an import with a trafficDistribution: each endpoint is hinted for its own zone, as Kubernetes'
// EndpointSlice controller does. kube-proxy uses hints only when every endpoint of the Service has one, so they are
// computed for all sources together.
import type { SliceView } from '../api/types.ts'
import type { ImportedSlices, SliceGroup } from './desired-slices.ts'
import { slicesWorthReading } from './read-limit.ts'

/**
 * The sources' slices with a zone hint for each endpoint if every endpoint has a zone; else without hints. `others` are
 * slices of the import that are kept unchanged.
 */
export function withZoneHints(
  sources: readonly ImportedSlices[],
  others: readonly Pick<SliceView, 'ports' | 'endpoints'>[] = [],
): readonly ImportedSlices[] {
  const desired = sources.flatMap(({ groups }) => groups)
  const wanted = desired.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
  const kept = slicesWorthReading(others, wanted)
  // More than is worth reading is no work of the fleet, and without hints all endpoints get traffic.
  if (kept.length < others.length) return sources
  if ([...desired, ...kept].some(({ endpoints }) => endpoints.some(({ zone }) => zone === ''))) {
    return sources
  }
  return sources.map((source) => ({ ...source, groups: source.groups.map(withHints) }))
}

function withHints(group: SliceGroup): SliceGroup {
  const endpoints = group.endpoints.map((endpoint) => ({ ...endpoint, forZones: [endpoint.zone] }))
  return { ...group, endpoints }
}
