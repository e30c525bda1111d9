// The fleet controller: receives the changes of all member clusters and queues the changed Services in the workers of
// the clusters that they concern. It has no persistent state: a new controller comes to the same result.

import { type Clock, systemClock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MetricFamily } from '../../metrics.ts'
import { defaultExportLimits, type ExportLimits } from '../api/export-limits.ts'
import { splitKey } from '../api/keys.ts'
import type { ClusterChange, MemberCluster } from '../api/member-cluster.ts'
import { type MemberPolicy, openPolicy } from '../api/member-policy.ts'
import type { ImportMode } from '../api/types.ts'
import { namedSources } from '../merge/aggregate.ts'
import { type Membership, noRecords } from '../merge/membership.ts'
import { AggregationCache } from './aggregation-cache.ts'
import { ExportQuota } from './export-quota.ts'
import { FleetMetrics } from './metrics.ts'
import { FleetPlanner } from './planner.ts'
import { defaultRateLimits, type RateLimits } from './rate-limiter.ts'
import { ClusterWorker, type WorkerOptions } from './worker.ts'

/** Options of a FleetController. */
export interface FleetControllerOptions {
  /** The initial members; `add` and `remove` change them. */
  readonly members?: readonly MemberCluster[]
  readonly log: Log
  /** Import mode of namespaces without a valid annotation; default manual. */
  readonly mode?: ImportMode
  /** How much one export may bring; default: defaultExportLimits. */
  readonly exportLimits?: ExportLimits
  readonly clock?: Clock
  readonly random?: () => number
  readonly writeLimits?: RateLimits
  readonly mayWrite?: () => boolean
  /** Called at each reconcile; call `resync` after it has changed. Default: no cluster has a Lease. */
  readonly membership?: () => Membership
  /** The policy of a member by its configured name; call `policiesChanged` after one has changed. */
  readonly policyOf?: (member: string) => MemberPolicy
  /** Sends a write; default: the member's own method. */
  readonly perform?: WorkerOptions['perform']
  /** Creates an Event; default: the member's own method. */
  readonly report?: WorkerOptions['report']
  /** Told of each Event that was created. */
  readonly onEvent?: WorkerOptions['onEvent']
  /** Name of this replica, for Events. */
  readonly replica?: string
}

/** Milliseconds to wait for all members to sync after the start, before imports are created from the synced ones. */
const INITIAL_SYNC_MS = 10_000

interface MemberEntry {
  readonly worker: ClusterWorker
  /** Which of its exports count; current while the member is synced. */
  quota: ExportQuota
  readonly unsubscribe: () => void
}

/** Routes the changes of the member clusters to their workers. */
export class FleetController {
  readonly #options: FleetControllerOptions
  readonly #log: Log
  readonly #clock: Clock
  readonly #membership: () => Membership
  readonly #policyOf: (member: string) => MemberPolicy
  readonly #metrics = new FleetMetrics()
  readonly #members = new Map<MemberCluster, MemberEntry>()
  readonly #synced = new Set<MemberCluster>()
  readonly #cache = new AggregationCache()
  readonly #planner: FleetPlanner
  #changedAt = Number.NEGATIVE_INFINITY
  /** Cancels the timeout of the initial sync; undefined when the initial sync is over. */
  #cancelInitialSync: (() => void) | undefined

  /** Starts at once. */
  constructor(options: FleetControllerOptions) {
    const { members = [], log, mode = 'manual', clock = systemClock } = options
    this.#options = options
    this.#log = log
    this.#clock = clock
    this.#membership = options.membership ?? (() => noRecords)
    this.#policyOf = options.policyOf ?? (() => openPolicy)
    this.#planner = new FleetPlanner({
      members: () => this.#members.keys(),
      membership: this.#membership,
      policyOf: this.#policyOf,
      overQuota: (member, key) => this.#members.get(member)!.quota.exceeded(key),
      cache: this.#cache,
      mode,
      exportLimits: options.exportLimits ?? defaultExportLimits,
      clock,
      log,
      isPartial: () => this.#cancelInitialSync !== undefined,
    })
    this.#cancelInitialSync = clock.after(INITIAL_SYNC_MS, () => {
      this.#cancelInitialSync = undefined
      this.resync()
    })
    for (const member of members) this.#startWorker(member)
    for (const member of members) if (member.synced) this.#markSynced(member)
  }

  /** Adds a member cluster. */
  add(member: MemberCluster): void {
    this.#startWorker(member)
    if (member.synced) this.#markSynced(member)
    else this.resync()
  }

  /** Removes a member cluster. What the other clusters imported from it stays, as from an unreachable cluster. */
  remove(member: MemberCluster): void {
    const { worker, unsubscribe } = this.#members.get(member)!
    unsubscribe()
    worker.close()
    this.#members.delete(member)
    this.#synced.delete(member)
    this.#metrics.removeCluster(member.name)
    this.resync()
  }

  /** True when all work queues are idle; Services may wait for retries. */
  get idle(): boolean {
    return [...this.#workers()].every(({ queue }) => queue.idle)
  }

  /** Milliseconds since the last plan or the last change; 0 while not idle. */
  get quietMs(): number {
    if (!this.idle) return 0
    return this.#clock.now() - Math.max(this.#changedAt, this.#planner.plannedAt)
  }

  /** Number of Services that wait for a retry, summed over all clusters. */
  get retrying(): number {
    return [...this.#workers()].reduce((sum, { queue }) => sum + queue.retrying, 0)
  }

  /** What waits in each cluster, by configured name: Services in the work queue, and those that wait for a retry. */
  get queues(): ReadonlyMap<string, { readonly queued: number; readonly retrying: number }> {
    const entries = [...this.#members].map(([{ name }, { worker }]) => {
      const { depth, retrying } = worker.queue
      return [name, { queued: depth, retrying }] as const
    })
    return new Map(entries)
  }

  /** Services that wait for a retry, at most `limit` in each cluster, with their last errors. */
  retries(limit: number) {
    return [...this.#members].flatMap(([{ name }, { worker }]) =>
      [...worker.retries().take(limit)].map((one) => ({ cluster: name, ...one })),
    )
  }

  /** How long endpoint changes took, for each pair of clusters. */
  propagation() {
    return this.#metrics.propagation()
  }

  /** The histograms of `propagation`, in the same order. */
  propagationBuckets() {
    return this.#metrics.propagationBuckets()
  }

  /** The slowest endpoint changes, one of each Service, the slowest first. */
  get slowest() {
    return this.#metrics.slowest
  }

  /** When the oldest endpoint change of the Service that waits in a cluster arrived, as Clock.now; undefined for none. */
  pendingSince(key: string): number | undefined {
    const times = [...this.#workers()].flatMap(({ propagation }) => propagation.since(key) ?? [])
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** The Services with endpoint changes that wait in a cluster. */
  get pending(): ReadonlySet<string> {
    return new Set([...this.#workers()].flatMap(({ propagation }) => [...propagation.keys()]))
  }

  /** The clusters in which endpoint changes wait: how many Services, and when the oldest one arrived (Clock.now). */
  get lags() {
    return [...this.#members].flatMap(([{ name }, { worker }]) => {
      const { waiting } = worker.propagation
      return waiting === undefined ? [] : [{ cluster: name, ...waiting }]
    })
  }

  /** The metrics; conflicts, frozen Services and exports over a limit are reported by the leader only. */
  families(): MetricFamily[] {
    return this.#metrics.families(
      [...this.#members].map(([member, { worker }]) => {
        const { depth, retrying } = worker.queue
        return { cluster: member.name, synced: member.synced, depth, retrying }
      }),
      this.#mayWrite() ? this.#cache.conflicts() : undefined,
      this.#mayWrite() ? this.#cache.frozenServices() : undefined,
      this.#mayWrite() ? this.#cache.overLimit() : undefined,
    )
  }

  /** Queues every Service in every cluster, for example when this replica becomes the leader. */
  resync(): void {
    const keys = this.#allKeys()
    this.#cache.reset(keys)
    for (const key of keys) for (const worker of this.#workers()) worker.add(key)
  }

  /** Applies the current policies of the members. */
  policiesChanged(): void {
    for (const [member, entry] of this.#members) entry.quota = this.#countExports(member)
    this.resync()
  }

  /** Stops the workers. The members stay open. */
  close(): void {
    this.#cancelInitialSync?.()
    for (const { worker, unsubscribe } of this.#members.values()) {
      unsubscribe()
      worker.close()
    }
  }

  #startWorker(member: MemberCluster): void {
    const { log, random, writeLimits, perform, report, onEvent, replica } = this.#options
    const worker = new ClusterWorker({
      member,
      planner: this.#planner,
      log,
      clock: this.#clock,
      random: random ?? Math.random,
      writeLimits: writeLimits ?? defaultRateLimits,
      metrics: this.#metrics,
      mayWrite: () => this.#mayWrite(),
      perform: perform ?? ((target, write, signal) => target.write(write, signal)),
      report: report ?? ((target, event, signal) => target.report(event, signal)),
      onEvent,
      replica: replica ?? '',
    })
    const unsubscribe = member.subscribe((change) => this.#handleChange(member, change))
    this.#members.set(member, { worker, quota: this.#countExports(member), unsubscribe })
  }

  #mayWrite(): boolean {
    return this.#options.mayWrite?.() ?? true
  }

  *#workers(): Iterable<ClusterWorker> {
    for (const { worker } of this.#members.values()) yield worker
  }

  #handleChange(member: MemberCluster, change: ClusterChange): void {
    const { keys, sources, namespaces, endpoints } = change
    this.#changedAt = this.#clock.now()
    if (member.synced && !this.#synced.has(member)) {
      this.#markSynced(member)
      return
    }
    if (!member.synced && this.#synced.delete(member)) {
      const text = `cluster ${member.name}: no longer in sync: ${member.lastError}`
      this.#log.warning(text, { cluster: member.name })
      this.resync()
      return
    }
    // Its cache is ignored until it is synced; then every Service is queued.
    if (!member.synced) return
    for (const [key, at] of endpoints) {
      for (const worker of this.#workers()) worker.endpointsChanged(key, member, at)
    }
    const { worker, quota } = this.#members.get(member)!
    const policy = this.#policyOf(member.name)
    for (const key of sources) {
      const others = quota.set(key, exportAge(member, key, policy))
      for (const other of others) this.#enqueueAll(other)
    }
    for (const key of keys) {
      if (sources.has(key) || this.#affectsOtherClusters(key, member)) this.#enqueueAll(key)
      else worker.add(key)
    }
    if (namespaces.size === 0) return
    // A new namespace gets imports of the Services that other clusters export there.
    for (const key of this.#allKeys()) {
      if (namespaces.has(splitKey(key).namespace)) worker.add(key)
    }
  }

  #countExports(member: MemberCluster): ExportQuota {
    const policy = this.#policyOf(member.name)
    const quota = new ExportQuota(policy.quota)
    for (const key of member.reader.keys()) quota.set(key, exportAge(member, key, policy))
    return quota
  }

  /**
   * True if a change of the importing side may freeze or unfreeze the Service in all clusters. Other changes of an
   * import do not affect other clusters. Reconciling everywhere after each write would be most of the work.
   */
  #affectsOtherClusters(key: string, { reader }: MemberCluster): boolean {
    if (this.#cache.isFrozen(key)) return true
    const { left } = this.#membership()
    const synced = new Set([...this.#synced].map(({ id }) => id))
    const isKnown = (source: string) => synced.has(source) || left.has(source)
    return !namedSources(reader.snapshot(key)).every(isKnown)
  }

  #markSynced(member: MemberCluster): void {
    this.#synced.add(member)
    this.#members.get(member)!.quota = this.#countExports(member)
    this.#log.info(`cluster ${member.name}: in sync, id ${member.id}`, { cluster: member.name })
    if (this.#synced.size === this.#members.size) {
      this.#cancelInitialSync?.()
      this.#cancelInitialSync = undefined
    }
    this.resync()
  }

  #enqueueAll(key: string): void {
    this.#cache.invalidate(key)
    for (const worker of this.#workers()) worker.add(key)
  }

  #allKeys(): ReadonlySet<string> {
    return new Set([...this.#members.keys()].flatMap(({ reader }) => [...reader.keys()]))
  }
}

/** The creationTimestamp of an export, if it exists in a namespace that the member may export from. */
function exportAge(
  { reader }: MemberCluster,
  key: string,
  { exportsFrom }: MemberPolicy,
): string | undefined {
  return exportsFrom(splitKey(key).namespace) ? reader.exportAge(key) : undefined
}
