// What one member needs for one service, and what that depends on beside the snapshots.
import type { ImportMode } from '../api/types.ts'
import type { ObjectNote, Write } from '../api/writes.ts'

export interface Plan {
  readonly steps: readonly (readonly Write[])[]
  /** For the log and for Events, once each. */
  readonly warnings: readonly ObjectNote[]
  /** For the log alone, once each. */
  readonly remarks?: readonly string[]
}

export interface PlanOptions {
  /** What holds in namespaces that do not say. */
  readonly mode: ImportMode
  /** RFC 3339, whole seconds. */
  readonly now: string
  /** Fields that the cluster is known to drop, as "serviceimports spec.ipFamilies". */
  readonly pruned: ReadonlySet<string>
  /** How many ips the cluster's CRD allows an import. */
  readonly ipLimit: number
  /** Why the cluster refused the derived Service the last time; undefined when it did not. */
  readonly failure: string | undefined
  /** True at the very beginning, until all members were heard or waited for: the merge may be of a part only. */
  readonly isPartial: boolean
  /** True when the cluster has left the clusterset. */
  readonly left: boolean
  /** True for a name that some slice of the namespace has. */
  readonly hasSlice: (name: string) => boolean
}
