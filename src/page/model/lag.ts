// How far a cluster is behind: how long changes of the others take until they are written into it.
import type { MapDocument } from '../../fleet/page/document.ts'
import type { ClusterStatus } from '../../fleet/status/document.ts'

type Times = Pick<MapDocument, 'flows' | 'lags'>

/**
 * Seconds: what 99 % of the changes take from the slowest source, or how long the oldest change already waits, whichever is
 * longer. `now` is in ms since the epoch. Undefined when nothing waits and nothing was measured; the past says nothing of a
 * cluster that is not ready.
 */
export function lagOf(
  { name, state }: ClusterStatus,
  { flows, lags }: Times,
  now: number,
): number | undefined {
  const waits = lags
    .filter(({ cluster }) => cluster === name)
    .map(({ since }) => Math.max(0, (now - Date.parse(since)) / 1000))
  const took = flows.flatMap(({ consumer, p99Seconds }) =>
    state === 'ready' && consumer === name && p99Seconds !== null ? [p99Seconds] : [],
  )
  const times = [...waits, ...took]
  return times.length === 0 ? undefined : Math.max(...times)
}
