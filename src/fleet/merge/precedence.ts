// Who is older. KEP-1645 ("Conflict Resolution") gives precedence by the creationTimestamp of the
// ServiceExport, from oldest to newest. It has whole seconds, so exports of the same second go by cluster
// id; the order must not depend on who arrived first, or two controllers would disagree.
import type { ExportView, ValidExport } from '../api/types.ts'

// With its offset: without one a time would depend on the time zone of this machine.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** The exports from oldest to newest, one a cluster: should a cluster have several, its oldest. */
export function exportsByAge(exports: readonly ValidExport[]): readonly ValidExport[] {
  const clusters = new Set<string>()
  return [...exports]
    .sort((a, b) => compareAge(a.export, b.export))
    .filter(({ export: { cluster } }) => !clusters.has(cluster) && clusters.add(cluster))
}

/** Negative when `a` is older. An export with an unreadable time is younger than all others. */
export function compareAge(a: ExportView, b: ExportView): number {
  const [timeA, timeB] = [timeOf(a), timeOf(b)]
  if (timeA !== timeB) return timeA < timeB ? -1 : 1
  return compareText(a.cluster, b.cluster) || compareText(a.uid, b.uid)
}

function timeOf({ creationTimestamp }: ExportView): number {
  const time = RFC_3339.test(creationTimestamp) ? Date.parse(creationTimestamp) : Number.NaN
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
