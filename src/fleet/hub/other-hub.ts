// A member with a leader's Lease of its own is the hub of another fleet, or was the hub of this one before the order of
// the members changed. Its Leases and Secrets are not used, so that departures and identities are unknown here.
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import { HUB_NAMESPACE, LEADER_LEASE } from '../api/names.ts'

/** What a hub without any record of a member may mean; undefined when it means nothing. */
export function warningOfNewHub(
  hub: string,
  member: { readonly name: string; readonly importedEndpoints: number },
): string | undefined {
  if (member.importedEndpoints === 0) return undefined
  return (
    `hub: ${hub} had no Lease of a member at start, but cluster ${member.name} has EndpointSlices of this fleet: ` +
    'the hub is another one than before, or its Leases were deleted. Which clusters have left, and the identities of ' +
    'clusters, are not known. If the hub has not moved on purpose, name the former one with "hub:", or first in --contexts'
  )
}

interface OtherHubOptions {
  readonly member: Pick<MemberCluster, 'name' | 'leaderLease'>
  /** UID of the Lease that the leader holds in the hub; the hub may be a member itself. */
  readonly ownLease: string
  /** The hub, for people. */
  readonly hub: string
  readonly log: Log
  readonly signal: AbortSignal
}

/** Logs a warning when the member has the Lease of a leader and is not the hub. Never rejects. */
export async function warnOfOtherHub(options: OtherHubOptions): Promise<void> {
  const { member, ownLease, hub, log, signal } = options
  const fields = { cluster: member.name }
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
  } catch (error) {
    if (signal.aborted) return
    log.debug(
      `cluster ${member.name}: cannot read the Lease of a leader: ${errorText(error)}`,
      fields,
    )
  }
}
