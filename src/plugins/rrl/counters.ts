// The metrics of `rrl`. Each answering thread counts in shared memory.
import { counter, type MetricFamily } from '../../metrics.ts'
import { REPLY_TYPES } from './reply-type.ts'

// Offsets in the counters of a thread.
/** Replies above an allowance: one number for each type. */
export const EXCEEDED = 0
export const DROPPED = EXCEEDED + REPLY_TYPES.length
export const TRUNCATED = DROPPED + 1

/** The number of counters of one thread. */
export const RRL_COUNTERS = TRUNCATED + 1

/** The families, summed over `threads`. */
export function rrlFamilies(threads: readonly Float64Array[]): MetricFamily[] {
  const sum = (at: number) => threads.reduce((total, counters) => total + (counters[at] ?? 0), 0)
  return [
    counter(
      'coredns_rrl_responses_exceeded_total',
      'Replies above the allowance of their client network.',
      REPLY_TYPES.map((type, i) => [{ type }, sum(EXCEEDED + i)]),
    ),
    counter(
      'clusterset_dns_rrl_limited_total',
      'Replies that were dropped or truncated because of it.',
      [
        [{ action: 'drop' }, sum(DROPPED)],
        [{ action: 'truncate' }, sum(TRUNCATED)],
      ],
    ),
  ]
}
