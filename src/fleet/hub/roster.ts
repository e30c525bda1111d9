// Who belongs to the fleet, as the Leases of members in the hub say: which cluster has which id, and who has
// left. A member of which there is a Lease but no configuration is one that cannot be reached, no one that left.
import { CLUSTER_ID_ANNOTATION, CLUSTER_UID_ANNOTATION, LEAVE_ANNOTATION } from '../api/names.ts'
import type { LeaseRecord } from './lease.ts'
import type { ObjectCache } from './object-cache.ts'

export interface MemberRecord {
  readonly id: string
  /** UID of the kube-system namespace; '' when the next cluster of this id is to be taken as it is. */
  readonly uid: string
  readonly leave: 'no' | 'asked' | 'done'
  readonly lease: LeaseRecord
}

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

  /** True once the Leases are known. */
  get listed(): boolean {
    return this.#leases.listed
  }

  /** By id. */
  get records(): ReadonlyMap<string, MemberRecord> {
    return this.#records
  }

  /** Told after each change. */
  subscribe(listener: () => void): void {
    this.#leases.subscribe(listener)
  }
}

/** Name of the Lease of the member `id`. */
export function memberLeaseName(id: string): string {
  return `member-${id}`
}

/** What a member's Lease says. */
export function recordOf(lease: LeaseRecord): MemberRecord {
  const { annotations } = lease
  const id = annotations[CLUSTER_ID_ANNOTATION] ?? lease.name.replace(/^member-/, '')
  const leave = annotations[LEAVE_ANNOTATION]
  const isLeaving = leave === 'asked' || leave === 'done'
  const uid = annotations[CLUSTER_UID_ANNOTATION] ?? ''
  return { id, uid, leave: isLeaving ? leave : 'no', lease }
}
