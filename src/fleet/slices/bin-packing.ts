// Bin packing of endpoints, as in Kubernetes' own EndpointSlice controller: endpoints stay in the slice in
// which they are, gaps are filled in slices that must be written anyway, the rest goes where it fits whole,
// else into a new slice. Nothing else moves, and slices are not compacted.
import type { EndpointView, ExistingSlice } from '../api/types.ts'
import { groupKey, type SliceGroup } from './desired-slices.ts'
import { endpointKey } from './endpoints.ts'

/** Endpoints in one slice at most. */
export const SLICE_MAX_ENDPOINTS = 100

/** A slice to be: an existing one, or a new one. Without endpoints it is not needed. */
export interface Bin {
  readonly existing: ExistingSlice | undefined
  readonly endpoints: readonly EndpointView[]
  /** False when the existing slice is right as it is. */
  readonly changed: boolean
}

/** Puts the endpoints of `group` into `slices`, all of which count as changed where `isStale`. */
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

/** The slice with what of it is still desired, which leaves `unplaced`. */
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

/** -1 for none. The fullest, so that the gaps which remain are large ones. */
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
