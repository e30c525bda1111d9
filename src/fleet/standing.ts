// How a cluster stands in the clusterset, beyond what can be heard of it right now: whether it has left, and how
// long it has been silent.
import type { LeasePhase } from './lease-state.ts'

export interface Standing {
  /** Ids of the clusters that have left: nothing of theirs counts any more, and nothing of ours stays there. */
  readonly left: ReadonlySet<string>
  /** Ids of all clusters on record that have not left, whether there is a member for them or not. */
  readonly recorded: ReadonlySet<string>
  phase(id: string): LeasePhase
}

/** A clusterset of which nothing is on record. */
export const noRecords: Standing = {
  left: new Set(),
  recorded: new Set(),
  phase: () => 'fresh',
}
