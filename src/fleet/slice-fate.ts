// What becomes of a lost cluster's endpoints in an import. Only its slices may go, and only once it has
// expired: ports, addresses and the Service stay, since the cluster may be back in a minute.
import type { LeasePhase } from './lease-state.ts'
import type { TextMap } from './model.ts'
import { ON_EXPIRY_ANNOTATION } from './names.ts'

export type SliceFate = 'keep' | 'drop'

/** Another source of the same import. */
export interface OtherSource {
  readonly phase: LeasePhase
  /** How many of its endpoints in the import are ready. */
  readonly readyEndpoints: number
}

/**
 * Keep or drop the slices of a source that has expired. The import's annotation decides; without it, or with a
 * value that is none, they go only when another cluster in contact still has ready endpoints, so that the
 * last ones are never thrown away on suspicion. An explicit `drop` drops even those.
 */
export function sliceFate(annotations: TextMap, others: readonly OtherSource[]): SliceFate {
  const chosen = annotations[ON_EXPIRY_ANNOTATION]
  if (chosen === 'keep' || chosen === 'drop') return chosen
  const replaced = others.some((one) => one.phase === 'fresh' && one.readyEndpoints > 0)
  return replaced ? 'drop' : 'keep'
}
