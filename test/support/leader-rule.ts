// The leader rule, checked against the API servers' audit logs: a replica writes only while it holds the Lease, and
// none of its writes is received after its renew deadline. Pure.
import type { AuditedWrite } from './audit-log.ts'

interface LeaderRecords {
  /** Successful writes of the leader's Lease, by any replica. */
  readonly renewals: readonly AuditedWrite[]
  /** All other writes of the replicas, in any cluster. */
  readonly writes: readonly AuditedWrite[]
}

/** Milliseconds in which a resumed API server reads the requests that arrived while it was frozen. */
const BACKLOG_MS = 1000
const PROGRAM = 'clusterset-dns-fleet/'

/** The writes of the replicas, from the audit logs of all clusters (one clock); `lease` names the leader's Lease. */
export function leaderRecords(all: readonly AuditedWrite[], lease: string): LeaderRecords {
  const ours = all
    .filter(({ userAgent }) => userAgent.startsWith(PROGRAM))
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
  const isLease = ({ resource, name }: AuditedWrite) => resource === 'leases' && name === lease
  return {
    renewals: ours.filter((one) => isLease(one) && one.code < 300),
    writes: ours.filter((one) => !isLease(one)),
  }
}

/**
 * The audit log of an API server that was frozen and resumed at each of `thaws` (milliseconds since 1970), without
 * requests that may have arrived while it was frozen: it records them as received afterwards. Renewals are kept.
 */
export function withoutHeldBack(
  all: readonly AuditedWrite[],
  lease: string,
  thaws: readonly number[],
): readonly AuditedWrite[] {
  return all.filter(({ resource, name, receivedAt }) => {
    const after = thaws.map((thaw) => receivedAt - thaw)
    const isLate = after.some((ms) => ms >= 0 && ms < BACKLOG_MS)
    return !isLate || (resource === 'leases' && name === lease)
  })
}

/** The writes that violate the rule, with the reason; the deadline is `renewMs` milliseconds after a renewal. */
export function violations(
  { renewals, writes }: LeaderRecords,
  renewMs: number,
): readonly string[] {
  return writes.flatMap((write) => {
    const before = renewals.filter(({ receivedAt }) => receivedAt <= write.receivedAt)
    const holder = before.at(-1)?.userAgent
    const own = before.findLast(({ userAgent }) => userAgent === write.userAgent)
    const label = `${write.userAgent}: ${write.verb} ${write.resource} ${write.namespace}/${write.name}`
    if (own === undefined) return [`${label}: it has never held the Lease`]
    const late = write.receivedAt - own.receivedAt - renewMs
    if (late > 0) return [`${label}: ${Math.round(late)} ms after its renew deadline`]
    if (holder !== write.userAgent) return [`${label}: in the term of ${holder}`]
    return []
  })
}

/** The holders of the Lease, one entry for each term. */
export function terms({ renewals }: LeaderRecords): readonly string[] {
  const holders = renewals.map(({ userAgent }) => userAgent)
  return holders.filter((one, i) => one !== holders[i - 1])
}
