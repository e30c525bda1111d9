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

/** Number of objects still to be removed or cleaned, by resource. */
export type Leftovers = ReadonlyMap<FleetResource, number>

/**
 * Counts the objects in `member` that are still to be removed or cleaned because the cluster `id` leaves: in `id`
 * itself all of ours, elsewhere its EndpointSlices and the imports that list it. Objects with a deletionTimestamp are
 * skipped; their finalizers are owned elsewhere.
 */
export function leftovers(id: string, member: Pick<MemberCluster, 'id' | 'reader'>): Leftovers {
  const counts = new Map<FleetResource, number>()
  const count = (resource: FleetResource, objects: number) => {
    if (objects > 0) counts.set(resource, (counts.get(resource) ?? 0) + objects)
  }
  for (const key of member.reader.keys()) {
    const snapshot = member.reader.snapshot(key)
    // The API server deletes the objects of a terminating namespace itself.
    if (snapshot.namespace === undefined || snapshot.namespace.terminating) continue
    if (member.id === id) {
      const { namespace, name } = splitKey(key)
      for (const { resource } of planDeparture(namespace, name, snapshot, '').steps.flat()) {
        count(resource, 1)
      }
    } else {
      const { imported, import: serviceImport } = snapshot
      const fromLeaver = imported.filter(({ labels, deleting }) => {
        return labels[MCS_SOURCE_CLUSTER_LABEL] === id && !deleting
      })
      count('endpointslices', fromLeaver.length)
      const isNamed = serviceImport?.deleting === false && serviceImport.clusters.includes(id)
      count('serviceimports', isNamed ? 1 : 0)
    }
  }
  return counts
}
