// Bin packing of endpoints, as in Kubernetes' EndpointSlice controller: endpoints stay in their slice, and gaps are
// filled in slices that are written anyway. The remaining endpoints go into a slice with room for all of them, else
// into a new slice. No other endpoint moves, and slices are not compacted.
import type { EndpointView, ExistingSlice } from '../api/types.ts'
import { groupKey, type SliceGroup } from './desired-slices.ts'
import { endpointKey } from './endpoints.ts'

/** Maximum number of endpoints in a slice (default of Kubernetes' EndpointSlice controller). */
export const SLICE_MAX_ENDPOINTS = 100

/** A slice of the plan: an existing or a new one. A slice without endpoints is not needed. */
export interface Bin {
  readonly existing: ExistingSlice | undefined
  readonly endpoints: readonly EndpointView[]
  /** False when the existing slice needs no write. */
  readonly changed: boolean
}

/** Packs the endpoints of `group` into `slices`; a slice for which `isStale` is true counts as changed. */
export function fillBins(
  group: SliceGroup,
  slices: readonly ExistingSlice[],
  isStale: (slice: ExistingSlice) => boolean,
): readonly Bin[] {
  const unplaced = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  const bins = slices.map((slice) =>
    keepDesired(slice, unplaced, isStale(slice) || groupKey(slice) !== groupKey(group)),
  )
  let remaining = [...unplaced.values()]
  const fill = (index: number): void => {
    const { existing, endpoints } = bins[index]!
    const room = SLICE_MAX_ENDPOINTS - endpoints.length
    const added = [...endpoints, ...remaining.slice(0, room)]
    bins[index] = { existing, endpoints: added, changed: true }
    remaining = remaining.slice(room)
  }
  for (const [index, bin] of bins.entries()) {
    if (bin.changed) fill(index)
  }
  while (remaining.length > 0) {
    const index = fullestThatFits(bins, remaining.length)
    if (index < 0) bins.push({ existing: undefined, endpoints: [], changed: true })
    fill(index < 0 ? bins.length - 1 : index)
  }
  return bins
}

/** The slice with those of its endpoints that are still desired; they are removed from `unplaced`. */
function keepDesired(
  existing: ExistingSlice,
  unplaced: Map<string, EndpointView>,
  stale: boolean,
): Bin {
  const endpoints: EndpointView[] = []
  let changed = stale
  for (const old of existing.endpoints) {
    const key = endpointKey(old)
    const endpoint = endpoints.length < SLICE_MAX_ENDPOINTS ? unplaced.get(key) : undefined
    if (endpoint === undefined || !sameEndpoint(old, endpoint)) changed = true
    if (endpoint === undefined) continue
    unplaced.delete(key)
    endpoints.push(endpoint)
  }
  return { existing, endpoints, changed }
}

/** Index of the fullest slice with room for `count` endpoints, so that large gaps remain; -1 when there is none. */
function fullestThatFits(bins: readonly Bin[], count: number): number {
  let best = -1
  for (const [index, { endpoints }] of bins.entries()) {
    if (endpoints.length + count > SLICE_MAX_ENDPOINTS) continue
    if (best < 0 || endpoints.length > bins[best]!.endpoints.length) best = index
  }
  return best
}

function sameEndpoint(a: EndpointView, b: EndpointView): boolean {
  return (
    a.hostname === b.hostname &&
    a.zone === b.zone &&
    a.conditions.ready === b.conditions.ready &&
    a.conditions.serving === b.conditions.serving &&
    a.conditions.terminating === b.conditions.terminating &&
    a.forZones.join() === b.forZones.join()
  )
}
