// The membership of clusters in the clusterset, independent of their current state: which clusters left, and for
// how long others have been unreachable.
import type { LeasePhase } from '../api/types.ts'

/** The clusters of the clusterset, as recorded in the hub and observed by the leader. */
export interface Membership {
  /** Ids of the clusters that left: their exports are ignored, and the fleet's objects there are removed. */
  readonly left: ReadonlySet<string>
  /** Ids of all recorded clusters that have not left, whether they are configured as members or not. */
  readonly recorded: ReadonlySet<string>
  /** When the cluster was created, RFC 3339; '' when unknown. */
  created(id: string): string
  /** Reachability of the cluster as this leader observed it. */
  phase(id: string): LeasePhase
  /**
   * False until this leader has reached the cluster. Called only for sources that a former leader recorded as
   * expired; all services are reconciled again when the cluster is reached.
   */
  hasReached(id: string): boolean
}

/** A clusterset without recorded clusters. */
export const noRecords: Membership = {
  left: new Set(),
  recorded: new Set(),
  created: () => '',
  phase: () => 'fresh',
  hasReached: () => true,
}
