// One counter of a plugin for each server, in the answering threads.
import type { RuntimeContext } from './runtime.ts'

/** The most servers of a process that have a counter: `Plugin.counters` of the plugin. */
export const SERVER_COUNTERS = 64

/** The index of the counter of each listener; -1 = not counted. */
export type ServerCounts = readonly number[]

/** Counts one for the listener of the context. */
export function serverCount({
  counters,
  shared,
  listener,
}: Pick<RuntimeContext<ServerCounts>, 'counters' | 'shared' | 'listener'>): () => void {
  const at = shared[listener] ?? -1
  if (at < 0) return () => {}
  return () => {
    counters[at]!++
  }
}
