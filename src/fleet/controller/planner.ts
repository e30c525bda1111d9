// Plans one Service for one cluster from the snapshots of all members. The workers own the queues and the writes; only
// the planner reads the state of several clusters.
import { type Clock, timestamp } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { ExportLimits } from '../api/export-limits.ts'
import { splitKey } from '../api/keys.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import type { MemberPolicy, QuotaLimits } from '../api/member-policy.ts'
import type { ImportMode } from '../api/types.ts'
import { type AggregatedService, aggregateExports } from '../merge/aggregate.ts'
import type { Membership } from '../merge/membership.ts'
import type { Plan } from '../plan/plan.ts'
import { reconcile } from '../plan/reconcile.ts'
import type { AggregationCache } from './aggregation-cache.ts'
import type { ClusterLimits } from './cluster-limits.ts'
import { OnceLog } from './once-log.ts'

/** Plans Services; the workers see no more of the fleet than this. */
export interface Planner {
  /** Plans the Service `key` ("namespace/name") for `member`, whose cluster has the given limits. */
  plan(key: string, member: MemberCluster, limits: ClusterLimits): Plan
}

interface FleetPlannerOptions {
  /** The current member clusters. */
  readonly members: () => Iterable<MemberCluster>
  readonly membership: () => Membership
  /** The policy of a member by its configured name. */
  readonly policyOf: (member: string) => MemberPolicy
  /** The limit that an export of a member exceeds. */
  readonly overQuota: (member: MemberCluster, key: string) => keyof QuotaLimits | undefined
  readonly cache: AggregationCache
  /** Import mode of namespaces without a valid annotation. */
  readonly mode: ImportMode
  readonly exportLimits: ExportLimits
  readonly clock: Clock
  readonly log: Log
  /** True until the initial sync is over. */
  readonly isPartial: () => boolean
}

/** The planner of a fleet. */
export class FleetPlanner implements Planner {
  readonly #options: FleetPlannerOptions
  readonly #warnings: OnceLog
  #plannedAt = Number.NEGATIVE_INFINITY

  constructor(options: FleetPlannerOptions) {
    this.#options = options
    this.#warnings = new OnceLog(options.log)
  }

  /** When it last planned, as Clock.now in milliseconds; -Infinity before the first plan. */
  get plannedAt(): number {
    return this.#plannedAt
  }

  plan(key: string, { reader, id, name }: MemberCluster, limits: ClusterLimits): Plan {
    const { clock, mode, isPartial, policyOf } = this.#options
    this.#plannedAt = clock.now()
    const aggregated = this.#aggregate(key)
    const policy = policyOf(name)
    const plan = reconcile(aggregated, reader.snapshot(key), {
      mode,
      policy,
      cluster: id ?? '',
      ownAddress: (address) =>
        reader.ownAddress(address) ??
        (policy.isOwn(address) ? 'in the ownCIDRs of this cluster' : undefined),
      now: timestamp(clock.wall()),
      pruned: limits.pruned,
      ipLimit: limits.ipLimit,
      refusals: limits.refusals(key),
      isPartial: isPartial(),
      left: id !== undefined && aggregated.membership.left.has(id),
      hasSlice: (slice) => reader.hasSlice(aggregated.namespace, slice),
    })
    for (const { message, resource, namespace, id: about, reason } of plan.warnings) {
      const fields = { cluster: name, resource, namespace, name: about.name, reason }
      this.#warnings.warning(`service ${key}: ${message}`, fields)
    }
    for (const remark of plan.remarks ?? []) {
      this.#warnings.warning(`cluster ${name}: ${remark}`, { cluster: name, ...splitKey(key) })
    }
    return plan
  }

  #aggregate(key: string): AggregatedService {
    const { cache, membership, policyOf, overQuota, exportLimits } = this.#options
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const members = [...this.#options.members()].map((member) => {
      const { id, name, synced, reader } = member
      const snapshot = reader.snapshot(key)
      return { id, synced, snapshot, policy: policyOf(name), overQuota: overQuota(member, key) }
    })
    const aggregated = aggregateExports(key, members, membership(), exportLimits)
    cache.set(key, aggregated)
    for (const source of aggregated.unreachable) this.#warnOfUnknownSource(source)
    return aggregated
  }

  /** Warns about a source cluster with neither a member nor a Lease: its Services would stay frozen forever. */
  #warnOfUnknownSource(source: string): void {
    const members = [...this.#options.members()]
    const isMember = members.some(({ id, name }) => (id ?? source) === source || name === source)
    if (isMember || this.#options.membership().recorded.has(source)) return
    this.#warnings.warning(
      `ServiceImports reference source cluster "${source}", which is not a member. Its endpoints are kept and merged ` +
        `fields are frozen. To remove it: clusterset-dns fleet leave ${source}`,
      { cluster: source },
    )
  }
}
