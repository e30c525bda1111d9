// The running fleet: the clusters, the controller, and leader election. Only the leader writes, renews the members'
// Leases and tokens, and completes departures.
import { specName } from '../kube/client-config.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../kube/client-deps.ts'
import type { MetricFamily } from '../metrics.ts'
import { splitKey } from './api/keys.ts'
import { LEADER_LEASE } from './api/names.ts'
import { type ClusterEvent, serviceOf } from './api/writes.ts'
import { Clusterset } from './clusterset.ts'
import { type FleetConfig, hubSpec } from './config.ts'
import { FleetController } from './controller/controller.ts'
import type { WorkerOptions } from './controller/worker.ts'
import { explainObjects, type ObjectsExplanation } from './explain/explain.ts'
import type { ObjectFacts } from './explain/facts.ts'
import { fullName, mayBeShortened } from './explain/target.ts'
import { type ExplainRequest, watchedFacts } from './explain/watched.ts'
import { followDepartures } from './hub/departures.ts'
import { LeaderElector } from './hub/leader-election.ts'
import { MemberMonitor } from './hub/member-monitor.ts'
import { leaseFamilies } from './hub/metrics.ts'
import { NewHubWarning } from './hub/new-hub.ts'
import { warnOfOtherHub } from './hub/other-hub.ts'
import { renewTokens } from './hub/renew-tokens.ts'
import { memberFamilies } from './member/metrics.ts'
import { readOnlySnapshot } from './member/read-only-member.ts'
import type { ServiceChange } from './member/service-changes.ts'
import { type Membership, noRecords } from './merge/membership.ts'
import type { LeaderView } from './status/cluster-status.ts'
import type { ClusterState, FleetStatus } from './status/document.ts'
import { hubProblem, hubText, LeaseMember, memberOfHub } from './status/hub-member.ts'
import { exportsOf, observeMember, observeMembers } from './status/observe.ts'
import { clusterStatuses, fleetStatus, type LeaderKnowledge } from './status/status.ts'

/** Retries of each cluster in the status: a document is for reading. */
const MAX_RETRIES = 100

/** Options of Fleet. */
interface FleetOptions {
  readonly config: FleetConfig
  readonly deps: ClientDeps
  /** Identity of this replica, unique for each process. */
  readonly replica: string
  /**
   * Replaces the members' writes in a dry run. A dry run takes no part in leader election, writes nothing to the hub
   * and plans nothing before `plan` is called.
   */
  readonly perform?: WorkerOptions['perform']
  /** Records the history of services. Absent: none is recorded. */
  readonly history?: FleetHistory | undefined
}

/** What a history is told; `cluster` is the configured name of a member. */
interface FleetHistory {
  changed(cluster: string, change: ServiceChange): void
  event(cluster: string, service: string, event: Omit<ClusterEvent, 'id'>): void
}

/** A fleet controller with its connections to the hub and to all members. */
export class Fleet {
  readonly clusters: Clusterset
  readonly controller: FleetController
  /** The hub, for people: "cluster east (kubeconfig /k context a)". */
  readonly hub: string
  readonly #config: FleetConfig
  readonly #deps: FullClientDeps
  readonly #monitor: MemberMonitor
  readonly #leaseMember: LeaseMember
  readonly #stop = new AbortController()
  readonly #newHub: NewHubWarning
  /** Undefined in a dry run. */
  #leader: LeaderElector | undefined
  #departures: Promise<void> = Promise.resolve()
  #renewals: Promise<void> = Promise.resolve()
  #left: ReadonlySet<string> = noRecords.left
  #recorded: ReadonlySet<string> = noRecords.recorded

  /** Starts watching the clusters and, except in a dry run, leader election. */
  constructor({ config, deps, replica, perform, history }: FleetOptions) {
    this.#config = config
    this.#deps = fullClientDeps(deps)
    const { log, clock, env } = this.#deps
    this.#leaseMember = new LeaseMember(clock)
    this.hub = hubText(config, env)
    const isDryRun = perform !== undefined
    const mayWrite = () => this.mayWrite()
    const observe = history?.changed.bind(history)
    this.clusters = new Clusterset({ config, deps, mayWrite, observe })
    const { hub, roster } = this.clusters
    const members = () => this.clusters.members
    const hubDeps = { members, roster, leases: hub.guardedBy(mayWrite), clock, log, mayWrite }
    this.#newHub = new NewHubWarning({ roster, hub: this.hub, log })
    this.#monitor = new MemberMonitor({
      ...hubDeps,
      replica,
      times: config.leases,
      onReached: (member, signal) => {
        const ownLease = this.#leader?.leaseUid ?? ''
        void warnOfOtherHub({ member, ownLease, hub: this.hub, log, clock, signal })
        this.#newHub.reached(member.name)
      },
    })
    this.controller = new FleetController({
      log,
      clock,
      mode: config.importMode,
      exportLimits: config.exportLimits,
      writeLimits: isDryRun ? { qps: Number.POSITIVE_INFINITY, burst: 1 } : config.writes,
      membership: () => this.#membership(),
      policyOf: (member) => this.clusters.policyOf(member),
      onEvent: history && ((member, event) => history.event(member, serviceOf(event), event)),
      replica,
      ...(isDryRun ? { perform, report: async () => {} } : { mayWrite }),
    })
    roster.subscribe(() => {
      if (this.#updateRecords() && !isDryRun) this.controller.resync()
    })
    if (isDryRun) return
    this.clusters.subscribe({
      added: (member) => {
        this.#newHub.watch(member, () => this.#monitor.wake())
        this.controller.add(member)
      },
      removed: (member) => this.controller.remove(member),
      policyChanged: () => this.controller.policiesChanged(),
    })
    this.#monitor.subscribe(() => this.controller.resync())
    this.#leader = new LeaderElector({
      leases: hub,
      name: LEADER_LEASE,
      replica,
      clock,
      log,
      onChange: (leads) => this.#leadershipChanged(leads),
      times: config.leader,
    })
    const settled = () => this.clusters.settled
    this.#departures = followDepartures({ ...hubDeps, settled }, this.#stop.signal)
    this.#renewals = renewTokens(
      {
        members: () => this.clusters.secretMembers,
        write: ({ object }, kubeconfig, signal) =>
          hub.writeKubeconfig(object, kubeconfig, signal, mayWrite),
        clock,
        log,
        mayWrite,
      },
      this.#stop.signal,
    )
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
    return this.#leader?.lease?.holder ?? ''
  }

  /** Why the hub is unusable, as a text for users; '' when it is usable. */
  get lastError(): string {
    return this.#leader?.lastError || this.clusters.lastError
  }

  /**
   * The status of the fleet as this replica sees it. `version` is that of the program. Versions of clusters are read until
   * the signal aborts. Never rejects.
   */
  async status(version: string, signal: AbortSignal): Promise<FleetStatus> {
    const { members, roster } = this.clusters
    const { clock, env } = this.#deps
    const { observer, leader } = this.role
    const byConfig = memberOfHub(this.#config, env)
    const byLease = () => this.#leaseMember.find(members, this.#leader?.leaseUid ?? '', signal)
    const message = hubProblem({ lastError: this.lastError, settled: this.clusters.settled })
    return fleetStatus({
      wall: clock.wall(),
      version,
      hub: {
        name: specName(hubSpec(this.#config, env)),
        member: byConfig ?? (await byLease()) ?? null,
        reached: message === '',
        message,
      },
      leader,
      members: await observeMembers(members, signal),
      records: roster.records,
      refused: this.clusters.refused,
      exports: exportsOf(members),
      observer,
      knowledge: observer === 'leader' ? this.#knowledge() : undefined,
    })
  }

  /** Whether this replica leads, and the Lease of the leader. */
  get role(): Pick<FleetStatus, 'observer' | 'leader'> {
    const { holder = '', renewTime = '' } = this.#leader?.lease ?? {}
    const observer = this.mayWrite() ? 'leader' : 'follower'
    return { observer, leader: { holder, renewed: renewTime } }
  }

  /**
   * The links of a service from its exports to the answers of DNS, as this replica sees them. `from` is the name of the
   * member in which clients ask; undefined: all that import the service.
   */
  explain(request: ExplainRequest): ObjectsExplanation {
    return explainObjects(this.facts(request))
  }

  /** What this replica knows of the objects of a service. */
  facts(request: ExplainRequest): ObjectFacts {
    const { members, roster } = this.clusters
    const { namespace } = request
    const name = this.#fullName(request)
    return watchedFacts({
      request: { ...request, name },
      wall: this.#deps.clock.wall(),
      members: members.map((member) => ({
        name: member.name,
        id: member.id,
        problem: member.problem,
        synced: member.synced,
        mcsVersions: member.mcsVersions,
        snapshot: member.reader.snapshot(`${namespace}/${name}`),
        policy: this.clusters.policyOf(member.name),
      })),
      leader: this.#leader?.lease,
      records: roster.records.values(),
      importMode: this.#config.importMode,
      exportLimits: this.#config.exportLimits,
    })
  }

  /** The name of the service, also when it is that of a shortened `amcs-` Service. */
  #fullName({ namespace, name }: ExplainRequest): string {
    if (!mayBeShortened(name)) return name
    const keys = this.clusters.members.flatMap(({ reader }) => [...reader.keys()])
    const names = keys.map(splitKey).filter((one) => one.namespace === namespace)
    return fullName(
      name,
      names.map((one) => one.name),
    )
  }

  /** The state of each cluster, also of those that only the hub records. */
  states(): readonly ClusterState[] {
    const { members, roster, refused } = this.clusters
    const observed = members.map((member) => observeMember(member))
    const views = this.mayWrite() ? this.#views() : undefined
    const known = { members: observed, records: roster.records, refused }
    return clusterStatuses(known, undefined, views).map(({ state }) => state)
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
    await Promise.all([this.#departures, this.#renewals, this.#monitor.end()])
    await this.#leader?.close()
    await this.clusters.close()
  }

  #knowledge(): LeaderKnowledge {
    const { controller } = this
    return {
      clusters: this.#views(),
      propagation: controller.propagation(),
      retries: controller.retries(MAX_RETRIES),
    }
  }

  #views(): ReadonlyMap<string, LeaderView> {
    const { queues } = this.controller
    const views = this.clusters.members.map(({ name, id = name }): [string, LeaderView] => {
      const lease = this.#monitor.states.get(id)
      const { queued = 0, retrying = 0 } = queues.get(name) ?? {}
      // Without a state the leader has not probed it yet.
      const answers = lease === undefined || lease.reachedSince !== undefined
      return [name, { phase: this.#monitor.phase(id), answers, queued, retrying }]
    })
    return new Map(views)
  }

  #membership(): Membership {
    return {
      left: this.#left,
      recorded: this.#recorded,
      created: (id) => {
        const { roster, members } = this.clusters
        const recorded = roster.records.get(id)?.created ?? ''
        return recorded || (members.find((member) => member.id === id)?.created ?? '')
      },
      phase: (id) => this.#monitor.phase(id),
      hasReached: (id) => this.#monitor.hasReached(id),
    }
  }

  #leadershipChanged(leads: boolean): void {
    if (leads) this.#monitor.begin()
    else void this.#monitor.end()
    this.controller.resync()
  }

  /** Returns false when the ids of the members are unchanged: Leases also change with every renewal. */
  #updateRecords(): boolean {
    const records = [...this.clusters.roster.records.values()]
    const ids = (hasLeft: boolean) =>
      new Set(records.filter(({ leave }) => (leave !== 'no') === hasLeft).map(({ id }) => id))
    const [left, recorded] = [ids(true), ids(false)]
    const isSame =
      left.symmetricDifference(this.#left).size === 0 &&
      recorded.symmetricDifference(this.#recorded).size === 0
    this.#left = left
    this.#recorded = recorded
    return !isSame
  }
}
