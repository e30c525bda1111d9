// The leader's part of `fleet leave`: while a cluster is leaving, looks every second whether anything of it is left
// in the clusters that can be heard, and notes on its Lease when there is not. The writes themselves are the
// controller's, which counts the cluster out as soon as the Lease says so.
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
/** A member that has not answered for this long is not waited for. */
const UNREACHABLE_LIMIT_MS = 15_000

export interface DeparturesOptions {
  readonly members: () => readonly MemberCluster[]
  /** False while there may be members that are not known yet. */
  readonly settled: () => boolean
  readonly roster: Roster
  readonly leases: LeaseApi
  readonly clock: Clock
  readonly log: Log
  readonly mayWrite: () => boolean
}

/** Runs until the signal aborts; never rejects. */
export async function followDepartures(
  options: DeparturesOptions,
  signal: AbortSignal,
): Promise<void> {
  const { roster, clock, mayWrite, settled } = options
  /** By id; a cluster that leaves again later is waited for anew. */
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
    log.info(`cluster ${id}: it has left`)
  } catch (error) {
    const { reason, message } = asApiError(error, 'handler')
    if (signal.aborted || reason === 'not_started') return
    log.warning(`cluster ${id}: its departure is not noted: ${message}`)
  }
}

/**
 * Those that cannot be heard follow when they can: the mark on the Lease stays. What is known of a member does not
 * go when it falls silent, so those with something left are asked whether they are there.
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

/** How long members have not answered, in one departure. */
class Outages {
  readonly #clock: Clock
  readonly #since = new Map<MemberCluster, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Asks the member; resolves to the milliseconds of its outages, 0 when it answers. */
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
      // Not with the TimeoutError: the lease keeper counts silences, and this may be the same one.
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
