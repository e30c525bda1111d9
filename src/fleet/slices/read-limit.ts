// How many existing slices of an import are read. The fleet writes few, but whoever may write EndpointSlices in the importing
// namespace can give any number of them our labels.
import type { SliceView } from '../api/types.ts'

/** Ports and endpoints that are read in any case: about 100 ms. The fleet's own slices have fewer by default. */
const MIN_ENTRIES = 50_000
/** Times the ports and endpoints that are wanted: slices that lost most of their endpoints are not full. */
const FACTOR = 4

/**
 * The first of `slices` with as many ports and endpoints as an import with `wanted` of them needs at most; the others are
 * not read. A slice is read when its ports or endpoints are (slice-index.ts).
 */
export function slicesWorthReading<S extends Pick<SliceView, 'ports' | 'endpoints'>>(
  slices: readonly S[],
  wanted: number,
): readonly S[] {
  let room = Math.max(MIN_ENTRIES, FACTOR * wanted)
  const end = slices.findIndex(({ ports, endpoints }) => {
    room -= ports.length + endpoints.length
    return room < 0
  })
  return end < 0 ? slices : slices.slice(0, end)
}
