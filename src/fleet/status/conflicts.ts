// The conflicts between exports, as the conditions of the ServiceExports say. Pure.
import type { ExportView } from '../api/types.ts'
import type { ConflictStatus } from './document.ts'

/** More services are left out: a document is for reading. */
export const MAX_CONFLICTS = 500

/** The services with a conflict, sorted by name; the message is that of the first cluster. */
export function conflictsOf(exports: Iterable<ExportView>): readonly ConflictStatus[] {
  const found = new Map<string, { reasons: Set<string>; clusters: string[]; message: string }>()
  for (const { namespace, name, cluster, conditions } of exports) {
    const conflict = conditions.find(({ type, status }) => type === 'Conflict' && status === 'True')
    if (conflict === undefined) continue
    const service = `${namespace}/${name}`
    const known = found.get(service)
    if (known === undefined && found.size === MAX_CONFLICTS) continue
    const one = known ?? { reasons: new Set(), clusters: [], message: conflict.message }
    for (const reason of conflict.reason.split(',')) one.reasons.add(reason)
    one.clusters.push(cluster)
    found.set(service, one)
  }
  return [...found]
    .map(([service, { reasons, clusters, message }]) => {
      return { service, reasons: [...reasons], clusters: clusters.sort(), message }
    })
    .sort((a, b) => (a.service < b.service ? -1 : 1))
}
