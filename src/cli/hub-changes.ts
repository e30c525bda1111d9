// What the leader would write to the hub: the fleet's namespace, Leases and Secrets. The renewals of Leases are no changes.
import {
  CLUSTER_CREATED_ANNOTATION,
  CLUSTER_ID_ANNOTATION,
  CLUSTER_UID_ANNOTATION,
  HUB_NAMESPACE,
  LEADER_LEASE,
  LEAVE_ANNOTATION,
  MEMBER_LABEL,
} from '../fleet/api/names.ts'
import type { StringMap } from '../fleet/api/types.ts'
import { type MemberRecord, memberLeaseName } from '../fleet/hub/roster.ts'
import { fieldChanges } from './field-changes.ts'
import type { ObjectChange } from './planned-changes.ts'

/** What is in the hub, and which members were reached. */
export interface HubState {
  readonly hasNamespace: boolean
  readonly hasLeaderLease: boolean
  readonly records: ReadonlyMap<string, MemberRecord>
  /** The members that were reached. `uid` and `created` are those of their kube-system namespaces. */
  readonly members: readonly {
    readonly id: string
    readonly uid: string
    readonly created: string
  }[]
  /** The names of the Secrets of members whose tokens are to be renewed. */
  readonly dueSecrets: readonly string[]
}

/** The changes, sorted by resource. */
export function hubChanges(state: HubState): readonly ObjectChange[] {
  const { hasNamespace, hasLeaderLease, records, members, dueSecrets } = state
  const leaving = [...records.values()].filter(({ leave }) => leave === 'asked')
  return [
    ...(hasNamespace ? [] : [created('namespaces', '', HUB_NAMESPACE, {})]),
    ...(hasLeaderLease ? [] : [created('leases', HUB_NAMESPACE, LEADER_LEASE, {})]),
    ...members.flatMap((member) => leaseOf(member, records.get(member.id)) ?? []),
    ...leaving.map(({ lease }) =>
      annotated(lease.name, lease.annotations, { [LEAVE_ANNOTATION]: 'done' }),
    ),
    ...dueSecrets.map(
      (name): ObjectChange => ({
        action: 'change',
        resource: 'secrets',
        namespace: HUB_NAMESPACE,
        name,
        fields: [
          { path: 'data.kubeconfig', to: 'a new token, because half of the lifetime is over' },
        ],
      }),
    ),
  ]
}

/** The Lease of a member that has none yet, or that does not have its UID or time of creation. */
function leaseOf(
  { id, uid, created: since }: HubState['members'][number],
  record: MemberRecord | undefined,
): ObjectChange | undefined {
  const wanted = {
    [CLUSTER_ID_ANNOTATION]: id,
    [CLUSTER_UID_ANNOTATION]: uid,
    ...(since === '' ? {} : { [CLUSTER_CREATED_ANNOTATION]: since }),
  }
  if (record === undefined) {
    const metadata = { labels: { [MEMBER_LABEL]: id }, annotations: wanted }
    return created('leases', HUB_NAMESPACE, memberLeaseName(id), { metadata })
  }
  const isRecorded = record.uid === uid && (record.created !== '' || since === '')
  if (record.leave !== 'no' || isRecorded) return undefined
  return annotated(record.lease.name, record.lease.annotations, wanted)
}

function created(resource: string, namespace: string, name: string, body: object): ObjectChange {
  const fields = fieldChanges(undefined, body)
  return { action: 'create', resource, namespace, name, fields }
}

/** A Lease that gets the `wanted` annotations; the others stay. */
function annotated(name: string, before: StringMap, wanted: StringMap): ObjectChange {
  const fields = fieldChanges(
    { metadata: { annotations: before } },
    { metadata: { annotations: { ...before, ...wanted } } },
  )
  return { action: 'change', resource: 'leases', namespace: HUB_NAMESPACE, name, fields }
}
