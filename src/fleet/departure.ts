// What `fleet leave` takes away in the cluster that leaves: everything that we made there, and what we wrote into
// the users' objects. What other clusters have of it goes by itself, since its exports count no more.
import type { FleetResource, MemberCluster, ServiceSnapshot, Write } from './cluster.ts'
import { type Condition, timed } from './conditions.ts'
import { isOurService } from './derived-service.ts'
import { AUTO_IMPORT_LABEL, MCS_SOURCE_CLUSTER_LABEL, ourConditions } from './names.ts'
import type { Plan } from './reconcile.ts'

/** The writes that leave nothing of ours behind of the service `namespace`/`name`; `now` as in conditions.ts. */
export function planDeparture(
  namespace: string,
  name: string,
  snapshot: ServiceSnapshot,
  now: string,
): Plan {
  const { derived, imported, import: found, export: exported } = snapshot
  const steps: Write[][] = [
    imported
      .filter(({ deleting }) => !deleting)
      .map((id) => ({ action: 'delete', resource: 'endpointslices', namespace, id })),
  ]
  if (derived !== undefined && !derived.deleting && isOurService(derived, name)) {
    steps.push([{ action: 'delete', resource: 'services', namespace, id: derived }])
  }
  if (found !== undefined && !found.deleting) {
    const { ips, ipFamilies, ownFamilies, clusters } = found
    if (Object.hasOwn(found.labels, AUTO_IMPORT_LABEL)) {
      steps.push([{ action: 'delete', resource: 'serviceimports', namespace, id: found }])
    } else {
      const spec = {
        ...(ips.length > 0 ? { ips: [] } : {}),
        ...(!ownFamilies && ipFamilies.length > 0 ? { ipFamilies: [] } : {}),
      }
      const conditions = withoutOurs(found.conditions)
      const status = {
        ...(clusters.length > 0 ? { clusters: [] } : {}),
        ...(conditions === found.conditions ? {} : { conditions: timed(conditions, now) }),
      }
      const patch = (
        subresource: '' | 'status',
        body: Readonly<Record<string, unknown>>,
      ): Write => {
        return {
          action: 'patch',
          resource: 'serviceimports',
          namespace,
          id: found,
          body,
          subresource,
        }
      }
      const writes: Write[] = []
      if (Object.keys(spec).length > 0) writes.push(patch('', { spec }))
      if (Object.keys(status).length > 0) writes.push(patch('status', { status }))
      steps.push(writes)
    }
  }
  if (exported !== undefined && !exported.deleting) {
    const conditions = withoutOurs(exported.conditions)
    if (conditions !== exported.conditions) {
      const body = { status: { conditions: timed(conditions, now) } }
      const write = { resource: 'serviceexports', namespace, id: exported, body } as const
      steps.push([{ ...write, action: 'patch', subresource: 'status' }])
    }
  }
  return { steps: steps.filter((writes) => writes.length > 0), warnings: [] }
}

function withoutOurs(conditions: readonly Condition[]): readonly Condition[] {
  const others = conditions.filter(({ type }) => !ourConditions.includes(type))
  return others.length === conditions.length ? conditions : others
}

/** How many objects of a kind are still to go, by resource. */
export type Leftovers = ReadonlyMap<FleetResource, number>

/** What a cluster holds that has to go because `id` leaves: in `id` itself all that is ours, elsewhere its endpoints. */
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
      const theirs = imported.filter(({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] === id)
      count('endpointslices', theirs.length)
      count('serviceimports', found?.clusters.includes(id) ? 1 : 0)
    }
  }
  return counts
}
