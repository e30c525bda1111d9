// A member with a leader's Lease of its own is the hub of another fleet, or was the hub of this one before the order of
// the members changed. Its Leases and Secrets are not used, so that departures and identities are unknown here.
import { errorText } from '../../errors.ts'
import { asApiError } from '../../kube/api-error.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import { HUB_NAMESPACE, LEADER_LEASE } from '../api/names.ts'

/** Milliseconds until a Lease that could not be read is read again. */
const RETRY_MS = 10_000

interface OtherHubOptions {
  readonly member: Pick<MemberCluster, 'name' | 'leaderLease'>
  /** UID of the Lease that the leader holds in the hub; the hub may be a member itself. */
  readonly ownLease: string
  /** The hub, for people. */
  readonly hub: string
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Logs a warning when the member has the Lease of a leader and is not the hub. A read that fails is repeated until the
 * signal aborts, but not without the right to read. Never rejects.
 */
export async function warnOfOtherHub(options: OtherHubOptions): Promise<void> {
  const { member, ownLease, hub, log, clock, signal } = options
  const fields = { cluster: member.name }
  while (!signal.aborted) {
    try {
      const lease = await member.leaderLease(signal)
      if (lease === undefined || lease.uid === ownLease) return
      const state =
        lease.holder === '' ? 'it was the hub before' : `it is the hub of the fleet ${lease.holder}`
      const where = `the Lease ${HUB_NAMESPACE}/${LEADER_LEASE}`
      log.warning(
        `cluster ${member.name}: it is not the hub, but has ${where}: ${state}. Its Leases and Secrets are ignored: the hub is ${hub}. ` +
          'Name the hub with "hub:", or first in --contexts; if the hub has moved for good, delete this Lease',
        fields,
      )
      return
    } catch (error) {
      if (signal.aborted) return
      log.debug(
        `cluster ${member.name}: cannot read the Lease of a leader: ${errorText(error)}`,
        fields,
      )
      if (asApiError(error, 'handler').reason === 'forbidden') return
    }
    await sleep(clock, RETRY_MS, signal)
  }
}
