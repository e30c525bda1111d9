// Reads the leader's Lease of a fleet from a member: a member that has one is, or was, the hub of a fleet.
import type { ApiClient } from '../../kube/api-client.ts'
import { ifFound } from '../../kube/api-error.ts'
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
  const read = client.read({ info, path: PATH, accept: 'application/json', signal })
  const lease = await ifFound(read)
  if (lease === undefined) return undefined
  const { uid } = nestedObject(lease, 'metadata')
  return { uid: stringOf(uid), holder: stringOf(nestedObject(lease, 'spec').holderIdentity) }
}
