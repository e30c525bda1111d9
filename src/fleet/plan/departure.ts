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
  const { import: found, export: exported } = snapshot
  const steps = [
    importRemoval(namespace, name, snapshot),
    found === undefined || found.deleting ? [] : ofImport(found, now),
    exported === undefined || exported.deleting ? [] : ofExport(exported, now),
  ]
  return { steps: steps.filter((writes) => writes.length > 0), warnings: [] }
}

function ofImport(found: ImportRecord, now: string): readonly Write[] {
  const { namespace, ips, ipFamilies, ownFamilies, clusters } = found
  const where = { resource: 'serviceimports', namespace, id: found } as const
  if (isAutoImport(found)) return [{ ...where, action: 'delete' }]
  const spec = {
    ...(ips.length > 0 ? { ips: [] } : {}),
    ...(!ownFamilies && ipFamilies.length > 0 ? { ipFamilies: [] } : {}),
  }
  const conditions = withoutOurs(found.conditions)
  const status = {
    ...(clusters.length > 0 ? { clusters: [] } : {}),
    ...(conditions === found.conditions ? {} : { conditions: timed(conditions, now) }),
  }
  const patches = [
    { subresource: '', body: { spec }, fields: spec },
    { subresource: 'status', body: { status }, fields: status },
  ] as const
  return patches
    .filter(({ fields }) => Object.keys(fields).length > 0)
    .map(({ subresource, body }) => ({ ...where, action: 'patch', subresource, body }))
}

function ofExport(exported: ExportRecord, now: string): readonly Write[] {
  const conditions = withoutOurs(exported.conditions)
  if (conditions === exported.conditions) return []
  const body = { status: { conditions: timed(conditions, now) } }
  const where = { resource: 'serviceexports', namespace: exported.namespace, id: exported } as const
  return [{ ...where, action: 'patch', subresource: 'status', body }]
}

function withoutOurs(conditions: readonly Condition[]): readonly Condition[] {
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
      const { imported, import: found } = snapshot
      const theirs = imported.filter(({ labels, deleting }) => {
        return labels[MCS_SOURCE_CLUSTER_LABEL] === id && !deleting
      })
      count('endpointslices', theirs.length)
      const isNamed = found?.deleting === false && found.clusters.includes(id)
      count('serviceimports', isNamed ? 1 : 0)
    }
  }
  return counts
}
