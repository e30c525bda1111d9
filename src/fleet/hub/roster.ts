// The members recorded in the Leases of the hub: their ids, the UIDs of their clusters, and whether they have left.
// A member with a Lease but without configuration counts as unreachable, not as left.
import {
  CLUSTER_CREATED_ANNOTATION,
  CLUSTER_ID_ANNOTATION,
  CLUSTER_UID_ANNOTATION,
  LEAVE_ANNOTATION,
} from '../api/names.ts'
import type { LeaseRecord } from './lease.ts'
import type { ObjectCache } from './object-cache.ts'

/** The content of a member's Lease. */
export interface MemberRecord {
  readonly id: string
  /** UID of the kube-system namespace; '' when any cluster may take this id next. */
  readonly uid: string
  /** creationTimestamp of the kube-system namespace when it was first read; '' when not recorded. */
  readonly created: string
  /** `asked` while the cluster is leaving, `done` when it has left. */
  readonly leave: 'no' | 'asked' | 'done'
  readonly lease: LeaseRecord
}

/** The member records, updated with the Leases. */
export class Roster {
  readonly #leases: ObjectCache<LeaseRecord>
  #records: ReadonlyMap<string, MemberRecord> = new Map()

  constructor(leases: ObjectCache<LeaseRecord>) {
    this.#leases = leases
    leases.subscribe(() => {
      const records = [...leases.objects.values()].map(recordOf)
      this.#records = new Map(records.map((record) => [record.id, record]))
    })
  }

  /** True once the Leases are listed. */
  get listed(): boolean {
    return this.#leases.listed
  }

  /** The records by cluster id. */
  get records(): ReadonlyMap<string, MemberRecord> {
    return this.#records
  }

  /** Calls the listener after each batch of changes to the Leases. */
  subscribe(listener: () => void): void {
    this.#leases.subscribe(listener)
  }
}

/** Name of the Lease of the member `id`. */
export function memberLeaseName(id: string): string {
  return `member-${id}`
}

/** Reads a member's Lease; without the id annotation the id is taken from its name. */
export function recordOf(lease: LeaseRecord): MemberRecord {
  const { annotations } = lease
  const id = annotations[CLUSTER_ID_ANNOTATION] ?? lease.name.replace(/^member-/, '')
  const leave = annotations[LEAVE_ANNOTATION]
  const isLeaving = leave === 'asked' || leave === 'done'
  const uid = annotations[CLUSTER_UID_ANNOTATION] ?? ''
  const created = annotations[CLUSTER_CREATED_ANNOTATION] ?? ''
  return { id, uid, created, leave: isLeaving ? leave : 'no', lease }
}
