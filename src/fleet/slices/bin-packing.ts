// Bin packing of endpoints, as in Kubernetes' EndpointSlice controller: endpoints stay in their slice, and gaps are
// filled in slices that are written anyway. The remaining endpoints go into a slice with room for all of them, else
// into a new slice. No other endpoint moves, and slices are not compacted. capacity.ts tells what fits into a slice.
import type { EndpointView, ExistingSlice } from '../api/types.ts'
import { endpointBytes, type SliceCapacity, sliceCapacity } from './capacity.ts'
import { groupKey, type SliceGroup } from './desired-slices.ts'
import { endpointKey } from './endpoints.ts'

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
  const capacity = sliceCapacity(group.ports)
  const key = groupKey(group)
  const unplaced = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
  const bins = slices.map((slice) => {
    const bin = new OpenBin(slice, capacity, isStale(slice) || groupKey(slice) !== key)
    bin.keepDesired(unplaced)
    return bin
  })
  const remaining = [...unplaced.values()].reverse()
  for (const bin of bins) if (bin.changed) bin.fill(remaining)
  while (remaining.length > 0) {
    let bin = fullestThatFits(bins, remaining)
    if (bin === undefined) {
      bin = new OpenBin(undefined, capacity, true)
      bins.push(bin)
    }
    bin.fill(remaining)
  }
  return bins
}

/** A slice that is being filled. */
class OpenBin implements Bin {
  readonly existing: ExistingSlice | undefined
  readonly endpoints: EndpointView[] = []
  changed: boolean
  readonly #capacity: SliceCapacity
  #bytes = 0

  constructor(existing: ExistingSlice | undefined, capacity: SliceCapacity, changed: boolean) {
    this.existing = existing
    this.#capacity = capacity
    this.changed = changed
  }

  /** True if there is room for so many more endpoints with so many bytes. */
  fits(endpoints: number, bytes: number): boolean {
    const { endpoints: most, bytes: mostBytes } = this.#capacity
    return this.endpoints.length + endpoints <= most && this.#bytes + bytes <= mostBytes
  }

  /** Keeps the endpoints of the existing slice that are still desired; they are removed from `unplaced`. */
  keepDesired(unplaced: Map<string, EndpointView>): void {
    for (const old of this.existing?.endpoints ?? []) {
      const key = endpointKey(old)
      const endpoint = unplaced.get(key)
      const isKept = endpoint !== undefined && this.#add(endpoint)
      if (!isKept || !sameEndpoint(old, endpoint)) this.changed = true
      if (isKept) unplaced.delete(key)
    }
  }

  /** Moves endpoints from the end of `remaining` here until the slice is full, and at least one into an empty slice. */
  fill(remaining: EndpointView[]): void {
    this.changed = true
    while (remaining.length > 0 && this.#add(remaining.at(-1)!)) remaining.pop()
  }

  #add(endpoint: EndpointView): boolean {
    const bytes = endpointBytes(endpoint)
    // Ports alone can exceed the bytes; the API server decides whether it takes such a slice.
    if (this.endpoints.length > 0 && !this.fits(1, bytes)) return false
    this.endpoints.push(endpoint)
    this.#bytes += bytes
    return true
  }
}

/** The fullest slice with room for all of `endpoints`, so that large gaps remain; undefined when there is none. */
function fullestThatFits(
  bins: readonly OpenBin[],
  endpoints: readonly EndpointView[],
): OpenBin | undefined {
  const bytes = endpoints.reduce((sum, endpoint) => sum + endpointBytes(endpoint), 0)
  let best: OpenBin | undefined
  for (const bin of bins) {
    if (!bin.fits(endpoints.length, bytes)) continue
    if (best === undefined || bin.endpoints.length > best.endpoints.length) best = bin
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
