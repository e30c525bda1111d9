// While this replica is the leader: probes every member every few seconds, renews the Leases of reachable members,
// and reports unreachable ones. State is reset on every leader election: an outage is measured only within the current
// term.

import { errorText } from '../../errors.ts'
import { asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import {
  CLUSTER_CREATED_ANNOTATION,
  CLUSTER_ID_ANNOTATION,
  CLUSTER_UID_ANNOTATION,
  MEMBER_LABEL,
} from '../api/names.ts'
import type { LeasePhase } from '../api/types.ts'
import type { LeaseApi } from './lease.ts'
import { type LeaseState, type LeaseTimes, newLease, observeLease } from './lease-state.ts'
import { memberLeaseName, type Roster } from './roster.ts'
import { PROBE_MS, withTimeout } from './timeout.ts'

/** Milliseconds between two rounds of probes, at most. */
const ROUND_MS = 10_000

interface MemberMonitorOptions {
  readonly members: () => readonly MemberCluster[]
  readonly roster: Roster
  readonly leases: LeaseApi
  readonly replica: string
  readonly times: LeaseTimes
  readonly clock: Clock
  readonly log: Log
  readonly mayWrite: () => boolean
  /** Called when a member is reached for the first time in a term. */
  readonly onReached: (member: MemberCluster, signal: AbortSignal) => void
}

/** The phases of all members in the current leader term. */
export class MemberMonitor {
  readonly #options: MemberMonitorOptions
  readonly #listeners = new Set<() => void>()
  readonly #states = new Map<string, LeaseState>()
  /** Ids of members reached in this term. */
  readonly #reached = new Set<string>()
  /** Ids for which `hasReached` returned false in this term. */
  readonly #awaited = new Set<string>()
  #term: AbortController | undefined
  /** Ends the pause between two rounds. */
  #pause = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(options: MemberMonitorOptions) {
    this.#options = options
  }

  /** Calls the listener when a member's phase changes, and when a member is reached that `hasReached` denied. */
  subscribe(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Starts a leader term. */
  begin(): void {
    this.#term = new AbortController()
    const { signal } = this.#term
    this.#running = this.#running.then(() => this.#run(signal))
  }

  /** Ends the term and clears all state; resolves when the current round has ended. */
  async end(): Promise<void> {
    this.#term?.abort()
    this.#states.clear()
    this.#reached.clear()
    this.#awaited.clear()
    await this.#running
  }

  /** Begins the next round now: a member has become known. */
  wake(): void {
    this.#pause.abort()
  }

  /** The phase of cluster `id`; fresh until this leader has observed otherwise. */
  phase(id: string): LeasePhase {
    return this.#states.get(id)?.phase ?? 'fresh'
  }

  /** True when this leader has reached the cluster. After false, listeners are called once the cluster is reached. */
  hasReached(id: string): boolean {
    if (this.#reached.has(id)) return true
    this.#awaited.add(id)
    return false
  }

  /** The states by cluster id, for metrics. */
  get states(): ReadonlyMap<string, LeaseState> {
    return this.#states
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, times } = this.#options
    const every = Math.min(ROUND_MS, times.suspectAfter / 3)
    while (!signal.aborted) {
      const begin = clock.now()
      this.#pause = new AbortController()
      await this.#round(signal)
      await sleep(clock, Math.max(0, begin + every - clock.now()), signal, this.#pause.signal)
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { members, roster } = this.#options
    const probed = members().filter(({ id }) => id !== undefined && !this.#hasLeft(id))
    const probedIds = new Set(probed.map(({ id }) => id))
    const absent = [...roster.records.values()].filter(({ id, leave }) => {
      return leave === 'no' && !probedIds.has(id)
    })
    const tracked = new Set<string | undefined>([...probedIds, ...absent.map(({ id }) => id)])
    for (const id of [...this.#states.keys()]) if (!tracked.has(id)) this.#states.delete(id)
    for (const { id } of absent) {
      const configured = members().find(({ name }) => name === id)
      this.#observe(id, configured?.lastError ?? 'no configured member has this id')
    }
    await Promise.all(probed.map((member) => this.#probe(member, member.id!, signal)))
  }

  async #probe(member: MemberCluster, id: string, signal: AbortSignal): Promise<void> {
    const { clock, times, log } = this.#options
    let uid: string
    try {
      // With a longer timeout a member could expire before any round finds it suspect.
      const timeoutMs = Math.min(PROBE_MS, times.suspectAfter)
      uid = await withTimeout(clock, timeoutMs, signal, (limit) => member.probe(limit))
    } catch (error) {
      const why = errorText(error)
      if (!signal.aborted) this.#observe(id, why)
      return
    }
    if (signal.aborted) return
    if (!this.#reached.has(id)) this.#options.onReached(member, signal)
    this.#observe(id, undefined)
    try {
      await withTimeout(clock, PROBE_MS, signal, (limit) => this.#renew(member, id, uid, limit))
    } catch (error) {
      const { reason, message } = asApiError(error, 'handler')
      // A conflict is a concurrent `fleet leave` or `join`: the watch delivers it before the next round.
      if (signal.aborted || reason === 'not_started' || reason === 'conflict') return
      log.warning(`cluster ${id}: cannot write its Lease: ${message}`, { cluster: id })
    }
  }

  async #renew(
    { created = '' }: MemberCluster,
    id: string,
    uid: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { leases, roster, replica, clock, times, mayWrite } = this.#options
    if (!mayWrite()) return
    const record = roster.records.get(id)
    const change = {
      holder: replica,
      durationSeconds: Math.ceil(times.suspectAfter / 1000),
      renewTime: clock.wall(),
    }
    const annotations = {
      [CLUSTER_ID_ANNOTATION]: id,
      [CLUSTER_UID_ANNOTATION]: uid,
      ...(created === '' ? {} : { [CLUSTER_CREATED_ANNOTATION]: created }),
    }
    if (record === undefined) {
      const labels = { [MEMBER_LABEL]: id }
      await leases.create(memberLeaseName(id), { ...change, labels, annotations }, signal)
    } else if (record.leave === 'no') {
      // The watch also delivers our own renewals, so this is the newest version unless another client wrote.
      // The first time of creation stays: a compromised cluster may report another one later.
      const isRecorded = record.uid === uid && (record.created !== '' || created === '')
      await leases.update(record.lease, isRecorded ? change : { ...change, annotations }, signal)
    }
  }

  /** Records one observation; `why` is the error, undefined when the member was reached. */
  #observe(id: string, why: string | undefined): void {
    const { clock, times, log } = this.#options
    const now = clock.now()
    const before = this.#states.get(id) ?? newLease(now, times)
    const after = observeLease(before, why === undefined, now, times)
    this.#states.set(id, after)
    if (why === undefined) this.#reached.add(id)
    if (why === undefined && this.#awaited.delete(id) && after.phase === before.phase)
      this.#notify()
    if (after.phase === before.phase) return
    const outage = `unreachable for ${Math.round((now - after.unreachableSince) / 1000)} s`
    const fields = { cluster: id, phase: after.phase }
    if (after.phase === 'fresh')
      log.info(`cluster ${id}: reached again; it was ${before.phase}`, fields)
    else if (after.phase === 'suspect') {
      const remaining = Math.max(
        0,
        Math.round((after.unreachableSince + after.expireAfter - now) / 1000),
      )
      log.warning(
        `cluster ${id}: ${outage}: ${why}; its endpoints are kept for at least another ${remaining} s`,
        fields,
      )
    } else log.error(`cluster ${id}: expired, ${outage}: ${why}`, fields)
    this.#notify()
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  #hasLeft(id: string | undefined): boolean {
    return id !== undefined && (this.#options.roster.records.get(id)?.leave ?? 'no') !== 'no'
  }
}
