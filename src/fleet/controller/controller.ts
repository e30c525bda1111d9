// The fleet controller: hears what changes in each member, judges the services concerned, and lets each member's
// worker bring its cluster to that. It keeps no state of its own: a new one comes to the same result.
import { type Clock, systemClock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MetricFamily } from '../../metrics.ts'
import type { ClusterChange, MemberCluster } from '../api/member-cluster.ts'
import type { ImportMode } from '../api/types.ts'
import { type Judgement, judge, namedSources } from '../merge/aggregate.ts'
import { noRecords, type Standing } from '../merge/membership.ts'
import type { Plan } from '../plan/plan.ts'
import { reconcile } from '../plan/reconcile.ts'
import type { ClusterMemory } from './cluster-limits.ts'
import { ConflictCounts } from './conflict-counts.ts'
import { FleetMetrics } from './metrics.ts'
import { type BudgetLimits, defaultBudget } from './rate-limiter.ts'
import { ClusterWorker, type WorkerOptions } from './worker.ts'

export interface ControllerOptions {
  /** Those to begin with; others may come and go. */
  readonly members?: readonly MemberCluster[]
  readonly log: Log
  /** What holds in namespaces that do not say; default manual. */
  readonly mode?: ImportMode
  readonly clock?: Clock
  readonly random?: () => number
  readonly budget?: BudgetLimits
  readonly mayWrite?: () => boolean
  /** Asked at each look; `resync` after it has changed. Default: nothing is on record. */
  readonly standing?: () => Standing
  /** Default: the member's own. */
  readonly perform?: WorkerOptions['perform']
  /** Default: the member's own. */
  readonly report?: WorkerOptions['report']
  /** Name of this replica, for Events. */
  readonly replica?: string
}

/** Warnings that are remembered at most, and judgements: those are large, and cheap to make again. */
const REMEMBERED = 5000
const JUDGED = 500

/** The members are waited for this long at the beginning, before imports are made of what the others export. */
const BEGINNING_MS = 10_000

interface Membership {
  readonly worker: ClusterWorker
  readonly unsubscribe: () => void
}

export class Controller {
  readonly #options: ControllerOptions
  readonly #mode: ImportMode
  readonly #log: Log
  readonly #clock: Clock
  readonly #standing: () => Standing
  readonly #metrics = new FleetMetrics()
  readonly #members = new Map<MemberCluster, Membership>()
  readonly #heard = new Set<MemberCluster>()
  /** By service, until something about it changes. */
  readonly #judgements = new Map<string, Judgement>()
  /** The sources that are not heard by service, where its last judgement found some. */
  readonly #frozen = new Map<string, ReadonlySet<string>>()
  readonly #conflicts = new ConflictCounts()
  readonly #warned = new Set<string>()
  #busyAt = Number.NEGATIVE_INFINITY
  /** Ends the beginning when it lasts too long; undefined when it is over. */
  #beginning: (() => void) | undefined

  /** Begins to work at once. */
  constructor(options: ControllerOptions) {
    const { members = [], log, mode = 'manual', clock = systemClock } = options
    this.#options = options
    this.#mode = mode
    this.#log = log
    this.#clock = clock
    this.#standing = options.standing ?? (() => noRecords)
    this.#beginning = clock.after(BEGINNING_MS, () => {
      this.#beginning = undefined
      this.resync()
    })
    for (const member of members) this.#enter(member)
    for (const member of members) if (member.synced) this.#nowHeard(member)
  }

  /** Takes part in everything from now on. */
  add(member: MemberCluster): void {
    this.#enter(member)
    if (member.synced) this.#nowHeard(member)
    else this.resync()
  }

  /** Not heard any more: what others have of it stays as it is. */
  remove(member: MemberCluster): void {
    const { worker, unsubscribe } = this.#members.get(member)!
    unsubscribe()
    worker.close()
    this.#members.delete(member)
    this.#heard.delete(member)
    this.#metrics.forget(member.name)
    this.resync()
  }

  /** True when there is nothing to do but to wait for changes, or for retries to be due. */
  get idle(): boolean {
    return [...this.#workers()].every(({ queue }) => queue.idle)
  }

  /** Milliseconds since it last had something to do or heard of a change. */
  get quietMs(): number {
    return this.idle ? this.#clock.now() - this.#busyAt : 0
  }

  /** Services that failed somewhere and wait for their next try. */
  get retrying(): number {
    return [...this.#workers()].reduce((sum, { queue }) => sum + queue.retrying, 0)
  }

  families(): MetricFamily[] {
    return this.#metrics.families(
      [...this.#members].map(([member, { worker }]) => {
        const { depth, retrying } = worker.queue
        return { cluster: member.name, synced: member.synced, depth, retrying }
      }),
      this.#mayWrite() ? this.#conflicts.counts() : undefined,
      this.#mayWrite() ? this.#waitingFor() : undefined,
    )
  }

  /** Looks at everything again, for example when writing is allowed again. */
  resync(): void {
    this.#judgements.clear()
    const keys = this.#allKeys()
    this.#conflicts.keep(keys)
    for (const key of [...this.#frozen.keys()]) if (!keys.has(key)) this.#frozen.delete(key)
    for (const key of keys) for (const worker of this.#workers()) worker.add(key)
  }

  /** Stops writing. The members stay open. */
  close(): void {
    this.#beginning?.()
    for (const { worker, unsubscribe } of this.#members.values()) {
      unsubscribe()
      worker.close()
    }
  }

  #enter(member: MemberCluster): void {
    const { log, random, budget, perform, report, replica } = this.#options
    const worker = new ClusterWorker({
      member,
      plan: (key, target, memory) => this.#plan(key, target, memory),
      log,
      clock: this.#clock,
      random: random ?? Math.random,
      budget: budget ?? defaultBudget,
      metrics: this.#metrics,
      mayWrite: () => this.#mayWrite(),
      perform: perform ?? ((target, write, signal) => target.write(write, signal)),
      report: report ?? ((target, event, signal) => target.report(event, signal)),
      replica: replica ?? '',
    })
    const unsubscribe = member.subscribe((change) => this.#changed(member, change))
    this.#members.set(member, { worker, unsubscribe })
  }

  #mayWrite(): boolean {
    return this.#options.mayWrite?.() ?? true
  }

  *#workers(): Iterable<ClusterWorker> {
    for (const { worker } of this.#members.values()) yield worker
  }

  #changed(member: MemberCluster, change: ClusterChange): void {
    const { keys, sources, namespaces, endpoints } = change
    this.#busyAt = this.#clock.now()
    if (member.synced && !this.#heard.has(member)) {
      this.#nowHeard(member)
      return
    }
    if (!member.synced && this.#heard.delete(member)) {
      this.#log.warning(`cluster ${member.name}: not in sync any more: ${member.trouble}`)
      this.resync()
      return
    }
    // What it holds counts for nothing, and all is looked at when it is in sync.
    if (!member.synced) return
    for (const [key, at] of endpoints) {
      for (const worker of this.#workers()) worker.arrived(key, member, at)
    }
    const { worker } = this.#members.get(member)!
    for (const key of keys) {
      if (sources.has(key) || this.#concernsOthers(key, member)) this.#look(key)
      else worker.add(key)
    }
    if (namespaces.size === 0) return
    // A namespace that comes gets the imports of what others export there.
    for (const key of this.#allKeys()) {
      if (namespaces.has(key.slice(0, key.indexOf('/')))) worker.add(key)
    }
  }

  /**
   * True when what the member has of an import may freeze the service for all, or thaw it. Nothing else of an import
   * is any other cluster's concern: with many members, looking everywhere at each write would be most of the work.
   */
  #concernsOthers(key: string, { reader }: MemberCluster): boolean {
    if (this.#frozen.has(key)) return true
    const { left } = this.#standing()
    const heard = new Set([...this.#heard].map(({ id }) => id))
    const isKnown = (source: string) => heard.has(source) || left.has(source)
    return !namedSources(reader.snapshot(key)).every(isKnown)
  }

  #nowHeard(member: MemberCluster): void {
    this.#heard.add(member)
    this.#log.info(`cluster ${member.name}: in sync, id ${member.id}`)
    if (this.#heard.size === this.#members.size) {
      this.#beginning?.()
      this.#beginning = undefined
    }
    this.resync()
  }

  #look(key: string): void {
    this.#judgements.delete(key)
    for (const worker of this.#workers()) worker.add(key)
  }

  #allKeys(): ReadonlySet<string> {
    return new Set([...this.#members.keys()].flatMap(({ reader }) => [...reader.keys()]))
  }

  #judge(key: string): Judgement {
    const known = this.#judgements.get(key)
    if (known !== undefined) return known
    const members = [...this.#members.keys()].map(({ id, synced, reader }) => {
      return { id, synced, snapshot: reader.snapshot(key) }
    })
    const judgement = judge(key, members, this.#standing())
    if (this.#judgements.size >= JUDGED) this.#judgements.clear()
    this.#judgements.set(key, judgement)
    if (judgement.frozen.size > 0) this.#frozen.set(key, judgement.frozen)
    else this.#frozen.delete(key)
    for (const source of judgement.frozen) this.#warnOfUnknown(source)
    this.#conflicts.judged(key, judgement)
    return judgement
  }

  #plan(key: string, { reader, id, name }: MemberCluster, memory: ClusterMemory): Plan {
    this.#busyAt = this.#clock.now()
    const judgement = this.#judge(key)
    const plan = reconcile(judgement, reader.snapshot(key), {
      mode: this.#mode,
      now: new Date(this.#clock.wall()).toISOString().replace(/\.\d+Z$/, 'Z'),
      pruned: memory.pruned,
      ipLimit: memory.ipLimit,
      failure: memory.failure(key),
      isPartial: this.#beginning !== undefined,
      left: id !== undefined && judgement.standing.left.has(id),
      hasSlice: (name) => reader.hasSlice(judgement.namespace, name),
    })
    for (const { message } of plan.warnings) this.#warn(`service ${key}: ${message}`)
    for (const remark of plan.remarks ?? []) this.#warn(`cluster ${name}: ${remark}`)
    return plan
  }

  /** How many services wait for each source that is not heard. */
  #waitingFor(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const source of [...this.#frozen.values()].flatMap((sources) => [...sources])) {
      counts.set(source, (counts.get(source) ?? 0) + 1)
    }
    return counts
  }

  /** A source of which there is neither a member nor a Lease would be waited for without end. */
  #warnOfUnknown(source: string): void {
    const members = [...this.#members.keys()]
    const mayBe = members.some(({ id, name }) => (id ?? source) === source || name === source)
    if (mayBe || this.#standing().recorded.has(source)) return
    this.#warn(
      `services name "${source}" as a source, which is no cluster of this fleet: what they have stays as it is; ` +
        `if it is gone for good: clusterset-dns fleet leave ${source}`,
    )
  }

  #warn(warning: string): void {
    if (this.#warned.has(warning)) return
    if (this.#warned.size >= REMEMBERED) this.#warned.clear()
    this.#warned.add(warning)
    this.#log.warning(warning)
  }
}
