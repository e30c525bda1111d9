// What `fleet leave` takes away in the cluster that leaves: everything that we made there, and what we wrote into
// the users' objects. What other clusters have of it goes by itself, since its exports count no more.
import { type Condition, timed } from '../api/conditions.ts'
import type { MemberCluster } from '../api/member-cluster.ts'
import { MCS_SOURCE_CLUSTER_LABEL, ourConditions } from '../api/names.ts'
import type { ExportRecord, FleetResource, ImportRecord, ServiceSnapshot } from '../api/records.ts'
import type { Write } from '../api/writes.ts'
import { isAutoImport } from './auto-import.ts'
import { importRemoval } from './import-writes.ts'
import type { Plan } from './plan.ts'

/** The writes that leave nothing of ours behind of the service `namespace`/`name`; `now` as in conditions.ts. */
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
  const { namespace, ips, ipFamilies, ownFamilies, clusters } = serviceImport
  const target = { resource: 'serviceimports', namespace, id: serviceImport } as const
  if (isAutoImport(serviceImport)) return [{ ...target, action: 'delete' }]
  const spec = {
    ...(ips.length > 0 ? { ips: [] } : {}),
    ...(!ownFamilies && ipFamilies.length > 0 ? { ipFamilies: [] } : {}),
  }
  const conditions = withoutOurConditions(serviceImport.conditions)
  const status = {
    ...(clusters.length > 0 ? { clusters: [] } : {}),
    ...(conditions === serviceImport.conditions ? {} : { conditions: timed(conditions, now) }),
  }
  const patches = [
    { subresource: '', body: { spec }, fields: spec },
    { subresource: 'status', body: { status }, fields: status },
  ] as const
  return patches
    .filter(({ fields }) => Object.keys(fields).length > 0)
    .map(({ subresource, body }) => ({ ...target, action: 'patch', subresource, body }))
}

function cleanExport(serviceExport: ExportRecord, now: string): readonly Write[] {
  const { namespace } = serviceExport
  const conditions = withoutOurConditions(serviceExport.conditions)
  if (conditions === serviceExport.conditions) return []
  const body = { status: { conditions: timed(conditions, now) } }
  const target = { resource: 'serviceexports', namespace, id: serviceExport } as const
  return [{ ...target, action: 'patch', subresource: 'status', body }]
}

function withoutOurConditions(conditions: readonly Condition[]): readonly Condition[] {
  const others = conditions.filter(({ type }) => !ourConditions.includes(type))
  return others.length === conditions.length ? conditions : others
}

/** How many objects of a kind are still to go, by resource. */
export type Leftovers = ReadonlyMap<FleetResource, number>

/**
 * What a cluster holds that has to go because `id` leaves: in `id` itself all that is ours, elsewhere its endpoints.
 * What is being deleted is in the hands of others, whose finalizers it has.
 */
export function leftovers(id: string, member: Pick<MemberCluster, 'id' | 'reader'>): Leftovers {
  const counts = new Map<FleetResource, number>()
  const count = (resource: FleetResource, objects: number) => {
    if (objects > 0) counts.set(resource, (counts.get(resource) ?? 0) + objects)
  }
  for (const key of member.reader.keys()) {
    const snapshot = member.reader.snapshot(key)
    // What is in a namespace that ends, ends with it.
    if (snapshot.namespace === undefined || snapshot.namespace.terminating) continue
    if (member.id === id) {
      const [namespace = '', name = ''] = key.split('/')
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
