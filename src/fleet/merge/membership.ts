// How a cluster stands in the clusterset, beyond what can be heard of it right now: whether it has left, and how
// long it has been silent.
import type { LeasePhase } from '../api/types.ts'

export interface Membership {
  /** Ids of the clusters that have left: nothing of theirs counts any more, and nothing of ours stays there. */
  readonly left: ReadonlySet<string>
  /** Ids of all clusters on record that have not left, whether there is a member for them or not. */
  readonly recorded: ReadonlySet<string>
  phase(id: string): LeasePhase
  /**
   * False until this leader has reached the cluster itself. Only asked where a former leader has found it expired;
   * everything is looked at again when it is reached.
   */
  hasReached(id: string): boolean
}

/** A clusterset of which nothing is on record. */
export const noRecords: Membership = {
  left: new Set(),
  recorded: new Set(),
  phase: () => 'fresh',
  hasReached: () => true,
}
