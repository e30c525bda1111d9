// How many threads serve a plan, and the index of the one that is counted apart.
import { MAX_READERS } from '../../zone/layout.ts'
import type { ServerPlan } from '../shared/plan.ts'

/** The index of the upstream thread: the last reader id, whatever the number of the others. */
export const UPSTREAM_THREAD = MAX_READERS - 1

/** The number of threads that serve UDP: one for each socket of the address with the most. */
export function udpThreadsOf({ listeners }: Pick<ServerPlan, 'listeners'>): number {
  const wanted = Math.max(1, ...listeners.map(({ group }) => group.sockets))
  return Math.min(wanted, UPSTREAM_THREAD - 1)
}
