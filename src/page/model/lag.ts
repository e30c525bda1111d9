// How far a cluster is behind: how long changes of the others take until they are written into it.
import type { Flow } from '../../fleet/page/document.ts'
import type { ClusterStatus } from '../../fleet/status/document.ts'

/**
 * Seconds that 99 % of the changes take from the slowest source; undefined when none was measured, or the cluster is not
 * ready: nothing is written then.
 */
export function lagOf({ name, state }: ClusterStatus, flows: readonly Flow[]): number | undefined {
  if (state !== 'ready') return undefined
  const times = flows.flatMap(({ consumer, p99Seconds }) =>
    consumer === name && p99Seconds !== null ? [p99Seconds] : [],
  )
  return times.length === 0 ? undefined : Math.max(...times)
}
