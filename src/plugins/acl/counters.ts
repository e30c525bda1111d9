// The metrics of `acl`. Each answering thread counts in shared memory: one block of numbers for each server and zone. Names
// and labels are those of CoreDNS (plugin/acl/metrics.go).
import { counter, type LabeledValue, type MetricFamily } from '../../metrics.ts'

// Offsets in a block: the decisions of `rules.ts`.
const ALLOWED = 0
const BLOCKED = 1
const FILTERED = 2
const DROPPED = 3
const BLOCK_SIZE = 4

/** The most blocks of a process. Unused blocks cost address space only. */
export const MAX_BLOCKS = 1024

/** The offset of a block that is not shown. */
export const UNCOUNTED = BLOCK_SIZE * MAX_BLOCKS

/** The number of counters of one thread. */
export const ACL_COUNTERS = UNCOUNTED + BLOCK_SIZE

/** The labels of one block. */
export interface AclLabels {
  /** "dns://:53". */
  readonly server: string
  /** The zone of a rule; '' for the queries that are allowed. */
  readonly zone: string
}

/** The offset of the block with this index; UNCOUNTED for -1. */
export function counterOffset(index: number): number {
  return index < 0 ? UNCOUNTED : BLOCK_SIZE * index
}

/** The families, summed over `threads`. A series without counts is omitted. */
export function aclFamilies(
  blocks: readonly AclLabels[],
  threads: readonly Float64Array[],
): MetricFamily[] {
  const values = (offset: number): LabeledValue[] =>
    blocks.flatMap(({ server, zone }, index) => {
      const at = index * BLOCK_SIZE + offset
      const value = threads.reduce((sum, counters) => sum + (counters[at] ?? 0), 0)
      const labels = zone === '' ? { server, view: '' } : { server, zone, view: '' }
      return value === 0 ? [] : [[labels, value] as const]
    })
  return [
    counter('coredns_acl_allowed_requests_total', 'Queries that were allowed.', values(ALLOWED)),
    counter('coredns_acl_blocked_requests_total', 'Queries that were refused.', values(BLOCKED)),
    counter(
      'coredns_acl_filtered_requests_total',
      'Queries that were answered without records.',
      values(FILTERED),
    ),
    counter('coredns_acl_dropped_requests_total', 'Queries that got no reply.', values(DROPPED)),
  ]
}
