// The precedence of exports. KEP-1645 ("Conflict Resolution") orders them by the creationTimestamp of the
// ServiceExport, oldest first. It has whole seconds, so exports of the same second are ordered by cluster id: the
// order must not depend on arrival, or two controllers would disagree.
//
// Only an API server sets a creationTimestamp, but one that is compromised may set any. So an export counts as no older
// than its cluster. A time in the future needs no rule: such an export is the youngest.
import type { ExportView, ValidExport } from '../api/types.ts'
import { timeOf } from '../api/unstructured.ts'

/** The exports from oldest to newest; of several exports of one cluster only the oldest. */
export function exportsByAge(exports: readonly ValidExport[]): readonly ValidExport[] {
  const clusters = new Set<string>()
  return [...exports]
    .sort((a, b) => compareAge(a.export, b.export))
    .filter(({ export: { cluster } }) => !clusters.has(cluster) && clusters.add(cluster))
}

/**
 * The export with a creationTimestamp that is not before `clusterCreated`, the creation of its cluster (RFC 3339; '' when
 * unknown).
 */
export function notOlderThanCluster<E extends ExportView>(
  serviceExport: E,
  clusterCreated: string,
): E {
  const isOlder = creationTime(serviceExport.creationTimestamp) < creationTime(clusterCreated)
  const isKnown = Number.isFinite(creationTime(clusterCreated))
  return isOlder && isKnown
    ? { ...serviceExport, creationTimestamp: clusterCreated }
    : serviceExport
}

/** Negative when `a` is older. An export with an invalid time is younger than all others. */
function compareAge(a: ExportView, b: ExportView): number {
  const [timeA, timeB] = [creationTime(a.creationTimestamp), creationTime(b.creationTimestamp)]
  if (timeA !== timeB) return timeA < timeB ? -1 : 1
  return compareText(a.cluster, b.cluster) || compareText(a.uid, b.uid)
}

/** A creationTimestamp in milliseconds since 1970; infinite for an invalid one, which is the youngest. */
export function creationTime(text: string): number {
  const time = Date.parse(timeOf(text))
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
