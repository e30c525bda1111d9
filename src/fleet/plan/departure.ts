// What `fleet leave` removes in the leaving cluster: everything that we created there, and the fields that we wrote
// into users' objects. Other clusters remove its endpoints in their own reconcile, which ignores its exports.

import { type Condition, timed, withoutConditions } from '../api/conditions.ts'
import { splitKey } from '../api/keys.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import {
  DERIVED_SERVICE_ANNOTATION,
  MCS_SOURCE_CLUSTER_LABEL,
  ourConditions,
} from '../api/names.ts'
import { isOurService } from '../api/ownership.ts'
import type { ExportRecord, FleetResource, ImportRecord, ServiceSnapshot } from '../api/records.ts'
import type { Write } from '../api/writes.ts'
import { isAutoImport } from './auto-import.ts'
import { conditionEvents } from './condition-events.ts'
import { derivedServicePatch, importRemoval } from './import-writes.ts'
import type { Plan } from './plan.ts'

/** Plans the removal of everything of ours for one Service in the leaving cluster. `now` is RFC 3339, whole seconds. */
export function planDeparture(
  namespace: string,
  name: string,
  snapshot: ServiceSnapshot,
  now: string,
): Plan {
  const { import: serviceImport, export: serviceExport } = snapshot
  const steps = [
    importRemoval(namespace, name, snapshot),
    serviceImport === undefined || serviceImport.deleting ? [] : cleanImport(serviceImport, now),
    serviceExport === undefined || serviceExport.deleting ? [] : cleanExport(serviceExport, now),
  ]
  return { steps: steps.filter((writes) => writes.length > 0), warnings: [] }
}

function cleanImport(serviceImport: ImportRecord, now: string): readonly Write[] {
  return releaseImport(
    serviceImport,
    withoutConditions(serviceImport.conditions, ourConditions),
    now,
  )
}

/**
 * Deletes an import of mode `auto`. In a user's import it removes the fields that we wrote and sets `conditions`, if they
 * are not those of the import already. `now` is RFC 3339, whole seconds.
 */
export function releaseImport(
  serviceImport: ImportRecord,
  conditions: readonly Condition[],
  now: string,
): readonly Write[] {
  const { namespace, ips, ipFamilies, ownFamilies, clusters, annotations } = serviceImport
  const target = { resource: 'serviceimports', namespace, id: serviceImport } as const
  if (isAutoImport(serviceImport)) return [{ ...target, action: 'delete' }]
  const spec = {
    ...(ips.length > 0 ? { ips: [] } : {}),
    ...(!ownFamilies && ipFamilies.length > 0 ? { ipFamilies: [] } : {}),
  }
  const body = {
    ...(Object.hasOwn(annotations, DERIVED_SERVICE_ANNOTATION)
      ? derivedServicePatch(undefined)
      : {}),
    ...(Object.keys(spec).length > 0 ? { spec } : {}),
  }
  const status = {
    ...(clusters.length > 0 ? { clusters: [] } : {}),
    ...(conditions === serviceImport.conditions ? {} : { conditions: timed(conditions, now) }),
  }
  const patches = [
    { subresource: '', body, fields: body, events: [] },
    {
      subresource: 'status',
      body: { status },
      fields: status,
      events: conditionEvents(serviceImport.conditions, conditions),
    },
  ] as const
  return patches
    .filter(({ fields }) => Object.keys(fields).length > 0)
    .map(({ subresource, body, events }) => {
      return { ...target, action: 'patch', subresource, body, events }
    })
}

function cleanExport(serviceExport: ExportRecord, now: string): readonly Write[] {
  const { namespace } = serviceExport
  const conditions = withoutConditions(serviceExport.conditions, ourConditions)
  if (conditions === serviceExport.conditions) return []
  const body = { status: { conditions: timed(conditions, now) } }
  const target = { resource: 'serviceexports', namespace, id: serviceExport } as const
  return [{ ...target, action: 'patch', subresource: 'status', body }]
}

/** Numbers of objects of one resource. */
export interface Leftover {
  readonly deleted: number
  /** Of them: Services with an address of their own, which the cluster may then give to another one. */
  readonly addresses: number
  /** Objects of users, and imports with other sources: they stay, without what the fleet wrote for the cluster. */
  readonly cleaned: number
}

/** What is still to be removed or cleaned, by resource; a resource without objects is absent. */
export type Leftovers = ReadonlyMap<FleetResource, Leftover>

const none: Leftover = { deleted: 0, addresses: 0, cleaned: 0 }

/**
 * Counts the objects in `member` that are still to be removed or cleaned because the cluster `id` leaves: in `id`
 * itself all of ours, elsewhere its EndpointSlices and the imports that list it. Objects with a deletionTimestamp are
 * skipped; their finalizers are owned elsewhere.
 */
export function leftovers(id: string, member: Pick<MemberCluster, 'id' | 'reader'>): Leftovers {
  const counts = new Map<FleetResource, Leftover>()
  for (const key of member.reader.keys()) {
    const snapshot = member.reader.snapshot(key)
    // The API server deletes the objects of a terminating namespace itself.
    if (snapshot.namespace === undefined || snapshot.namespace.terminating) continue
    const { namespace, name } = splitKey(key)
    const objects =
      member.id === id
        ? ownObjects(planDeparture(namespace, name, snapshot, '').steps.flat())
        : objectsFrom(id, snapshot)
    for (const { resource, action } of objects.values()) {
      const { deleted, addresses, cleaned } = counts.get(resource) ?? none
      const isDeleted = action === 'delete'
      const { clusterIPs = [] } = snapshot.derived ?? {}
      const hasAddress = isDeleted && resource === 'services' && clusterIPs[0] !== 'None'
      counts.set(resource, {
        deleted: deleted + (isDeleted ? 1 : 0),
        addresses: addresses + (hasAddress ? 1 : 0),
        cleaned: cleaned + (isDeleted ? 0 : 1),
      })
    }
  }
  return counts
}

type ObjectWrite = Pick<Write, 'resource' | 'action'>

/** Of several writes to one object, the last. */
function ownObjects(writes: readonly Write[]): ReadonlyMap<string, ObjectWrite> {
  return new Map(
    writes.map((write) => {
      const name = write.action === 'create' ? write.name : write.id.name
      return [`${write.resource} ${name}`, write]
    }),
  )
}

/** The objects of another cluster that are from `id`. */
function objectsFrom(
  id: string,
  { imported, import: serviceImport, derived }: ServiceSnapshot,
): ReadonlyMap<string, ObjectWrite> {
  const objects = new Map<string, ObjectWrite>()
  for (const { name, labels, deleting } of imported) {
    if (labels[MCS_SOURCE_CLUSTER_LABEL] !== id || deleting) continue
    objects.set(`endpointslices ${name}`, { resource: 'endpointslices', action: 'delete' })
  }
  if (serviceImport === undefined || serviceImport.deleting) return objects
  const { name, clusters } = serviceImport
  if (!clusters.includes(id)) return objects
  // Without any other source an import of mode `auto` goes, and its Service with it.
  const action = isAutoImport(serviceImport) && clusters.length === 1 ? 'delete' : 'patch'
  objects.set('serviceimports', { resource: 'serviceimports', action })
  if (action === 'delete' && derived?.deleting === false && isOurService(derived, name)) {
    objects.set('services', { resource: 'services', action })
  }
  return objects
}
