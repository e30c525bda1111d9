// What a dry run would write, one entry for each object of a cluster. `-o json|yaml` prints this document.
import type { FleetResource } from '../fleet/api/records.ts'
import type { Body, Write } from '../fleet/api/writes.ts'
import { mergePatch } from '../fleet/embedded/merge-patch.ts'
import { type FieldChange, fieldChanges } from './field-changes.ts'

/** An object that would be created, changed or deleted. */
export interface ObjectChange {
  readonly action: 'create' | 'change' | 'delete'
  readonly resource: string
  readonly namespace: string
  readonly name: string
  /** The fields that would change; of a new object all of them, of a deleted one none. */
  readonly fields: readonly FieldChange[]
}

/** The changes in one cluster, or in the hub. */
export interface ClusterChanges {
  readonly name: string
  /** False if the cluster could not be read: what would change in it is not known. */
  readonly read: boolean
  readonly changes: readonly ObjectChange[]
}

/** Numbers of objects. */
export type ChangeCounts = Readonly<Record<ObjectChange['action'], number>>

/** The result of a dry run. */
export interface PlannedChanges {
  /** The Leases, the namespace and the Secrets of the fleet itself; the hub may be one of the clusters, too. */
  readonly hub: ClusterChanges
  readonly clusters: readonly ClusterChanges[]
  readonly summary: ChangeCounts
  /** True when writes follow that depend on new objects, and so are not known yet. */
  readonly followUps: boolean
  /** Why the plan may lack changes; empty for a complete plan. */
  readonly problems: readonly string[]
}

/** How many objects are created, changed and deleted. */
export function countChanges(clusters: readonly Pick<ClusterChanges, 'changes'>[]): ChangeCounts {
  const counts = { create: 0, change: 0, delete: 0 }
  for (const { changes } of clusters) for (const { action } of changes) counts[action]++
  return counts
}

/** The object as it is and as it would be; several writes may change the same one. */
interface Planned {
  readonly resource: FleetResource
  readonly namespace: string
  readonly name: string
  readonly before: unknown
  readonly after: unknown
}

/** Collects the planned writes of one cluster. */
export class ChangeCollector {
  readonly #objects = new Map<string, Planned>()
  #followUps = false

  /** The number of objects so far. */
  get size(): number {
    return this.#objects.size
  }

  /** True when an object is created on which other writes depend: any but an EndpointSlice. */
  get followUps(): boolean {
    return this.#followUps
  }

  /**
   * Adds a write, and the one that follows it. `before` is the present object of a patch; undefined if it could not be
   * read: then all fields of the patch count as changed.
   */
  add(write: Write, before: unknown): void {
    const { resource, namespace, action } = write
    const name = action === 'create' ? write.name : write.id.name
    const key = `${namespace}/${name} ${resource}`
    const target = { resource, namespace, name }
    const known = this.#objects.get(key)
    if (action === 'create') {
      // An object of that name may be deleted first.
      const id = known === undefined ? key : `${key} new`
      this.#objects.set(id, { ...target, before: undefined, after: write.body })
      if (resource !== 'endpointslices') this.#followUps = true
      if (write.next !== undefined) this.add(write.next, undefined)
    } else if (action === 'delete') {
      this.#objects.set(key, { ...target, before: known?.before ?? {}, after: undefined })
    } else {
      const present = known ?? { before: before ?? {}, after: before ?? {} }
      const after =
        known === undefined && before === undefined
          ? { ...(present.after as Body), ...write.body }
          : mergePatch(present.after, write.body)
      this.#objects.set(key, { ...target, before: present.before, after })
    }
  }

  /** All changes, sorted by namespace, name and resource. A patch that changes no field is left out. */
  changes(): readonly ObjectChange[] {
    const keys = [...this.#objects.keys()].sort()
    return keys.flatMap((key) => changeOf(this.#objects.get(key)!) ?? [])
  }
}

function changeOf({ before, after, ...target }: Planned): ObjectChange | undefined {
  if (after === undefined) return { action: 'delete', ...target, fields: [] }
  const fields = fieldChanges(before, after)
  if (before === undefined) {
    // The change itself has the name.
    const others = fields.filter(({ path }) => !/^metadata\.(name|namespace)$/.test(path))
    return { action: 'create', ...target, fields: others }
  }
  return fields.length === 0 ? undefined : { action: 'change', ...target, fields }
}
