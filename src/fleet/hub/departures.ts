// The leader's part of `fleet leave`: while a cluster is leaving, looks every second whether anything of it is left
// in the clusters that can be heard, and notes on its Lease when there is not. The writes themselves are the
// controller's, which counts the cluster out as soon as the Lease says so.
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../cluster.ts'
import { leftovers } from '../departure.ts'
import { LEAVE_ANNOTATION } from '../names.ts'
import type { LeaseApi } from './lease-record.ts'
import type { MemberRecord, Roster } from './roster.ts'

const LOOK_MS = 1000

export interface DeparturesOptions {
  readonly members: () => readonly MemberCluster[]
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
  const { roster, clock, mayWrite, log } = options
  while (!signal.aborted) {
    for (const record of roster.records.values()) {
      if (record.leave !== 'asked' || !mayWrite() || !isDone(options, record)) continue
      try {
        const annotations = { [LEAVE_ANNOTATION]: 'done' }
        await options.leases.update(record.lease, { holder: '', annotations }, signal)
        log.info(`cluster ${record.id}: it has left`)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        if (!signal.aborted) log.warning(`cluster ${record.id}: its departure is not noted: ${why}`)
      }
    }
    await sleep(clock, LOOK_MS, signal)
  }
}

/** Those that cannot be heard follow when they can: the mark on the Lease stays. */
function isDone({ members }: DeparturesOptions, { id }: MemberRecord): boolean {
  return members().every((member) => !member.synced || leftovers(id, member).size === 0)
}
