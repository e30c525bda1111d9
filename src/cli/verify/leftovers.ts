// Namespaces of runs that were killed before they could clean up.
import { nestedObject } from '../../fleet/api/unstructured.ts'
import { done, type Progress } from './step.ts'
import type { VerifyCluster } from './verify-cluster.ts'
import { type Leftover, leftoverOf, VERIFY_LABEL } from './verify-objects.ts'

/** Deletes what no run uses any more, and tells what a run may still use. `now` is in milliseconds since 1970. */
export async function leftoversProgress(
  cluster: VerifyCluster,
  now: number,
  signal: AbortSignal,
): Promise<Progress> {
  const raws = await cluster.list('namespaces', '', VERIFY_LABEL, signal)
  const found = raws.flatMap((raw) => leftoverOf(nestedObject(raw, 'metadata'), now) ?? [])
  const [used, old] = [found.filter((one) => one.mayBeUsed), found.filter((one) => !one.mayBeUsed)]
  for (const { name, uid } of old) await cluster.removeNamespace(name, uid, signal)
  if (found.length === 0) return done('No earlier run has left anything.')
  const removed = old.length === 0 ? [] : [`Deleted what an earlier run left: ${names(old)}.`]
  if (used.length === 0) return done(removed.join(' '))
  const text = [...removed, `Another run may still use ${names(used)}.`].join(' ')
  const command = `${cluster.kubectl} delete namespace ${used.map(({ name }) => name).join(' ')}`
  return { state: 'warning', text, command }
}

function names(found: readonly Leftover[]): string {
  return found.map(({ name }) => name).join(', ')
}
