// The types of a plan.
import type { CanonicalAddress } from '../api/addresses.ts'
import type { MemberPolicy } from '../api/member-policy.ts'
import type { ImportMode } from '../api/types.ts'
import type { ObjectNote, Write } from '../api/writes.ts'
import type { Refusals } from './refusals.ts'

/** The writes and warnings for one Service in one member cluster. */
export interface Plan {
  /** Steps are independent of each other; the writes of a step are done in order, until one fails. */
  readonly steps: readonly (readonly Write[])[]
  /** For the log and for Events; repeats are suppressed. */
  readonly warnings: readonly ObjectNote[]
  /** For the log only; repeats are suppressed. */
  readonly remarks?: readonly string[]
}

/** The inputs of a plan beside the snapshots. */
export interface PlanOptions {
  /** Import mode of namespaces without a valid annotation. */
  readonly mode: ImportMode
  /** What the operator of the hub allows this member. */
  readonly policy: MemberPolicy
  /** Current time, RFC 3339 in whole seconds. */
  readonly now: string
  /** Fields that the API server is known to drop, as "serviceimports spec.ipFamilies". */
  readonly pruned: ReadonlySet<string>
  /** How many addresses the cluster's CRD allows in `spec.ips` of a ServiceImport. */
  readonly ipLimit: number
  /** What the API server refused in earlier writes. */
  readonly refusals: Refusals
  /** True after the start until all members have synced or the wait is over: the merge may lack exports. */
  readonly isPartial: boolean
  /** True when the cluster has left the clusterset. */
  readonly left: boolean
  /** Why no other cluster may have an endpoint with this address: it is in the network of this cluster. */
  readonly ownAddress: (address: CanonicalAddress) => string | undefined
  /** Id of the cluster. */
  readonly cluster: string
  /** True if the namespace has an EndpointSlice of this name. */
  readonly hasSlice: (name: string) => boolean
}
