// Reads the leader's Lease of a fleet from a member: a member that has one is, or was, the hub of a fleet.
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { LeaderLease } from '../api/member-cluster.ts'
import { HUB_NAMESPACE, LEADER_LEASE } from '../api/names.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'

const GROUP = 'coordination.k8s.io'
const PATH = `/apis/${GROUP}/v1/namespaces/${HUB_NAMESPACE}/leases/${LEADER_LEASE}`

/** Resolves to undefined when the cluster has no such Lease. Rejects with ApiError. */
export async function readLeaderLease(
  client: ApiClient,
  signal: AbortSignal,
): Promise<LeaderLease | undefined> {
  const info = { verb: 'get', resource: 'leases', group: GROUP } as const
  try {
    const lease = await client.read({ info, path: PATH, accept: 'application/json', signal })
    const { uid } = nestedObject(lease, 'metadata')
    return { uid: stringOf(uid), holder: stringOf(nestedObject(lease, 'spec').holderIdentity) }
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'not_found') return undefined
    throw error
  }
}
