// Reads the Leases of a fleet in its hub: who leads, and which members the leader reaches.
import { HUB_NAMESPACE, LEADER_LEASE } from '../../fleet/api/names.ts'
import { nestedObject, objectsOf } from '../../fleet/api/unstructured.ts'
import type { LeaderFacts, MemberLease } from '../../fleet/explain/facts.ts'
import { leaseAge } from '../../fleet/explain/lease-age.ts'
import { leaseFromObject } from '../../fleet/hub/lease.ts'
import { recordOf } from '../../fleet/hub/roster.ts'
import type { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import { JSON_TYPE } from '../../kube/media-types.ts'

/** The Leases of a hub. */
export interface HubLeases {
  readonly leader: LeaderFacts
  readonly members: readonly MemberLease[]
}

/** Undefined when the cluster is no hub, or when its Leases may not be read. */
export async function readLeases(
  client: Pick<ApiClient, 'read' | 'skewMs'>,
  cluster: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<HubLeases | undefined> {
  const info = { verb: 'list', resource: 'leases', group: 'coordination.k8s.io' } as const
  const path = `/apis/coordination.k8s.io/v1/namespaces/${HUB_NAMESPACE}/leases`
  try {
    const list = await client.read({ info, path, accept: JSON_TYPE, signal })
    // By the clock of the server, since ours may be wrong.
    const now = clock.wall() + client.skewMs
    const leases = objectsOf(nestedObject(list).items).map(leaseFromObject)
    const [leader] = leases.filter(({ name }) => name === LEADER_LEASE)
    if (leader === undefined) return undefined
    const members = leases
      .filter(({ name }) => name.startsWith('member-'))
      .map((lease) => {
        const { id, uid, leave } = recordOf(lease)
        return { id, uid, hasLeft: leave !== 'no', ...leaseAge(lease, now) }
      })
    return { leader: { cluster, holder: leader.holder, ...leaseAge(leader, now) }, members }
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}
