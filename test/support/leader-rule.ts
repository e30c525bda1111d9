// The rule of the leader, held to the API servers' own records: a replica writes only while it holds the Lease, and
// no write of it comes in after its renew deadline. Pure.
import type { AuditedWrite } from './audit-log.ts'

export interface LeaderRecords {
  /** Successful writes of the Lease of the leader, of all replicas. */
  readonly renewals: readonly AuditedWrite[]
  /** All other writes of replicas, to any cluster. */
  readonly writes: readonly AuditedWrite[]
}

/** How long an API server that goes on after standing still takes at most to read what had come meanwhile. */
const BACKLOG_MS = 1000
const PROGRAM = 'clusterset-dns-fleet/'

/** What replicas of the fleet wrote, by the audit logs of all clusters on one clock; `lease` is the leader's. */
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
 * What an API server wrote down that stood still and went on at each of `thaws`, without what may have been on the
 * wire in between: it counts as received after it. Renewals stay, they are the word of the API server.
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

/** The writes that break the rule, with the reason; `renewMs` is the deadline after a renewal. */
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

/** Who held the Lease, one entry a term. */
export function terms({ renewals }: LeaderRecords): readonly string[] {
  const holders = renewals.map(({ userAgent }) => userAgent)
  return holders.filter((one, i) => one !== holders[i - 1])
}
