// The running fleet: the clusters, the controller, and leader election. Only the leader writes, renews the members'
// Leases and completes departures.
import { type ClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import type { MetricFamily } from '../metrics.ts'
import { LEADER_LEASE } from './api/names.ts'
import { Clusterset } from './clusterset.ts'
import type { FleetConfig } from './config.ts'
import { FleetController } from './controller/controller.ts'
import type { WorkerOptions } from './controller/worker.ts'
import { followDepartures } from './hub/departures.ts'
import { LeaderElector } from './hub/leader-election.ts'
import { MemberMonitor } from './hub/member-monitor.ts'
import { leaseFamilies } from './hub/metrics.ts'
import { memberFamilies } from './member/metrics.ts'
import { readOnlySnapshot } from './member/read-only-member.ts'
import { noRecords } from './merge/membership.ts'

/** Options of Fleet. */
export interface FleetOptions {
  readonly config: FleetConfig
  readonly deps: ClientDeps
  /** Identity of this replica, unique for each process. */
  readonly replica: string
  /**
   * Replaces the members' writes in a dry run. A dry run takes no part in leader election, writes nothing to the hub
   * and plans nothing before `plan` is called.
   */
  readonly perform?: WorkerOptions['perform']
}

/** A fleet controller with its connections to the hub and to all members. */
export class Fleet {
  readonly clusters: Clusterset
  readonly controller: FleetController
  readonly #leader: LeaderElector | undefined
  readonly #monitor: MemberMonitor
  readonly #stop = new AbortController()
  readonly #departures: Promise<void>
  readonly #isDryRun: boolean
  #left: ReadonlySet<string> = noRecords.left
  #recorded: ReadonlySet<string> = noRecords.recorded

  /** Starts watching the clusters and, except in a dry run, leader election. */
  constructor({ config, deps, replica, perform }: FleetOptions) {
    const { log, clock } = fullClientDeps(deps)
    this.#isDryRun = perform !== undefined
    const mayWrite = () => this.mayWrite()
    this.clusters = new Clusterset({
      config,
      deps,
      mayWrite,
      ...(this.#isDryRun
        ? {}
        : {
            onAdd: (member) => this.controller.add(member),
            onRemove: (member) => this.controller.remove(member),
          }),
    })
    const { hub: leases, roster } = this.clusters
    const members = () => this.clusters.members
    const hubDeps = { members, roster, leases: leases.guardedBy(mayWrite), clock, log, mayWrite }
    const onChange = () => this.controller.resync()
    this.#monitor = new MemberMonitor({ ...hubDeps, replica, times: config.leases, onChange })
    this.controller = new FleetController({
      log,
      clock,
      mode: config.importMode,
      writeLimits: this.#isDryRun ? { qps: Number.POSITIVE_INFINITY, burst: 1 } : config.writes,
      membership: () => ({
        left: this.#left,
        recorded: this.#recorded,
        phase: (id) => this.#monitor.phase(id),
        hasReached: (id) => this.#monitor.hasReached(id),
      }),
      replica,
      ...(perform === undefined ? { mayWrite } : { perform, report: async () => {} }),
    })
    roster.subscribe(() => this.#rosterChanged())
    const lead = (leads: boolean) => this.#leadershipChanged(leads)
    this.#leader = this.#isDryRun
      ? undefined
      : new LeaderElector({
          leases,
          name: LEADER_LEASE,
          replica,
          clock,
          log,
          onChange: lead,
          times: config.leader,
        })
    this.#departures = this.#isDryRun
      ? Promise.resolve()
      : followDepartures({ ...hubDeps, settled: () => this.clusters.settled }, this.#stop.signal)
  }

  /** Dry run only: plans every service once, on a frozen snapshot of the members. */
  plan(): void {
    for (const member of this.clusters.members) this.controller.add(readOnlySnapshot(member))
  }

  /** True while this replica is the leader and may start a write. */
  mayWrite(): boolean {
    return this.#leader?.mayWrite() ?? false
  }

  /** Holder of the leader's Lease as last observed; '' for none. */
  get leader(): string {
    return this.#leader?.holder ?? ''
  }

  /** Why the hub is unusable, as a text for users; '' when it is usable. */
  get lastError(): string {
    return this.#leader?.lastError || this.clusters.lastError
  }

  /** The metric families of the controller, the members and the Leases. */
  families(): MetricFamily[] {
    return [
      ...this.controller.families(),
      ...memberFamilies(this.clusters.members),
      ...leaseFamilies(this.#leader?.mayWrite() ?? false, this.#monitor.states),
    ]
  }

  /** Stops writing, releases the leader's Lease and closes all connections. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.controller.close()
    await Promise.all([this.#departures, this.#monitor.end()])
    await this.#leader?.close()
    await this.clusters.close()
  }

  #leadershipChanged(leads: boolean): void {
    if (leads) this.#monitor.begin()
    else void this.#monitor.end()
    this.controller.resync()
  }

  /** Resyncs only when the set of members changes: Leases also change with every renewal. */
  #rosterChanged(): void {
    const records = [...this.clusters.roster.records.values()]
    const ids = (hasLeft: boolean) =>
      new Set(records.filter(({ leave }) => (leave !== 'no') === hasLeft).map(({ id }) => id))
    const [left, recorded] = [ids(true), ids(false)]
    const isSame =
      left.symmetricDifference(this.#left).size === 0 &&
      recorded.symmetricDifference(this.#recorded).size === 0
    this.#left = left
    this.#recorded = recorded
    if (!isSame && !this.#isDryRun) this.controller.resync()
  }
}
