// The leader's part of `fleet leave`. While a cluster is leaving, checks every second whether the reachable clusters
// still hold objects to remove, and marks its Lease `done` when none is left. The controller does the removal: it
// excludes the cluster as soon as the Lease is marked `asked`.
import { asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import { LEAVE_ANNOTATION } from '../api/names.ts'
import { leftovers } from '../plan/departure.ts'
import type { LeaseApi } from './lease.ts'
import type { MemberRecord, Roster } from './roster.ts'
import { PROBE_MS, withTimeout } from './timeout.ts'

const CHECK_MS = 1000
/** Milliseconds after which an unreachable member no longer delays a departure. */
const UNREACHABLE_LIMIT_MS = 15_000

interface DeparturesOptions {
  readonly members: () => readonly MemberCluster[]
  /** False while some members may not be open yet. */
  readonly settled: () => boolean
  readonly roster: Roster
  readonly leases: LeaseApi
  readonly clock: Clock
  readonly log: Log
  readonly mayWrite: () => boolean
}

/** Completes departures until the signal aborts; never rejects. */
export async function followDepartures(
  options: DeparturesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { roster, clock, mayWrite, settled } = options
  /** Outages during each departure, by cluster id; a second departure of a cluster starts afresh. */
  const departures = new Map<string, Outages>()
  while (!signal.aborted) {
    const leaving = [...roster.records.values()].filter(({ leave }) => leave === 'asked')
    const active = new Set(mayWrite() && settled() ? leaving.map(({ id }) => id) : [])
    for (const id of [...departures.keys()]) if (!active.has(id)) departures.delete(id)
    for (const record of leaving.filter(({ id }) => active.has(id))) {
      const outages = departures.get(record.id) ?? new Outages(clock)
      departures.set(record.id, outages)
      if (await isDone(options, record, outages, signal)) await markDone(options, record, signal)
    }
    await sleep(clock, CHECK_MS, signal)
  }
}

async function markDone(
  { leases, log }: DeparturesOptions,
  { id, lease }: MemberRecord,
  signal: AbortSignal,
): Promise<void> {
  try {
    const annotations = { [LEAVE_ANNOTATION]: 'done' }
    await leases.update(lease, { holder: '', annotations }, signal)
    log.info(`cluster ${id}: has left the fleet`, { cluster: id })
  } catch (error) {
    const { reason, message } = asApiError(error, 'handler')
    if (signal.aborted || reason === 'not_started') return
    log.warning(`cluster ${id}: cannot mark its Lease as left: ${message}`, { cluster: id })
  }
}

/**
 * True when no reachable member holds objects to remove. An unreachable member is cleaned later: the mark on the Lease
 * stays. Its cache keeps the last known objects, so each member with leftovers is probed.
 */
async function isDone(
  { members, mayWrite }: DeparturesOptions,
  { id }: MemberRecord,
  outages: Outages,
  signal: AbortSignal,
): Promise<boolean> {
  const done = await Promise.all(
    members().map(async (member) => {
      if (member.synced && leftovers(id, member).size === 0) return true
      return (await outages.probe(member, signal)) >= UNREACHABLE_LIMIT_MS
    }),
  )
  return done.every(Boolean) && mayWrite() && !signal.aborted
}

/** How long members have been unreachable during one departure. */
class Outages {
  readonly #clock: Clock
  readonly #since = new Map<MemberCluster, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Probes the member; resolves to the milliseconds it has been unreachable, 0 when it answers. */
  async probe(member: MemberCluster, signal: AbortSignal): Promise<number> {
    const since = this.#since.get(member) ?? this.#clock.now()
    if (await this.#answers(member, signal)) {
      this.#since.delete(member)
      return 0
    }
    this.#since.set(member, since)
    return this.#clock.now() - since
  }

  async #answers(member: MemberCluster, signal: AbortSignal): Promise<boolean> {
    const probe = (limit: AbortSignal) => {
      // Aborts without the TimeoutError: the member counts those (two in a row close its connections), and the member
      // monitor may already have caused one in this outage.
      const end = new AbortController()
      limit.addEventListener('abort', () => end.abort())
      return member.probe(end.signal)
    }
    return withTimeout(this.#clock, PROBE_MS, signal, probe).then(
      () => true,
      () => false,
    )
  }
}
