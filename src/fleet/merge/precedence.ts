// The precedence of exports. KEP-1645 ("Conflict Resolution") orders them by the creationTimestamp of the
// ServiceExport, oldest first. It has whole seconds, so exports of the same second are ordered by cluster id: the
// order must not depend on arrival, or two controllers would disagree.
import type { ExportView, ValidExport } from '../api/types.ts'

// The offset is required: without one the result would depend on the local time zone.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** The exports from oldest to newest; of several exports of one cluster only the oldest. */
export function exportsByAge(exports: readonly ValidExport[]): readonly ValidExport[] {
  const clusters = new Set<string>()
  return [...exports]
    .sort((a, b) => compareAge(a.export, b.export))
    .filter(({ export: { cluster } }) => !clusters.has(cluster) && clusters.add(cluster))
}

/** Negative when `a` is older. An export with an invalid time is younger than all others. */
function compareAge(a: ExportView, b: ExportView): number {
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
