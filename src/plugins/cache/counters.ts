// The metrics of the cache. Each answering thread counts in shared memory: one block of numbers for each server and list
// of zones. Names and labels are those of CoreDNS (plugin/cache/metrics.go).
import { counter, gauge, type LabeledValue, type MetricFamily } from '../../metrics.ts'

// Offsets in a block.
export const REQUESTS = 0
export const SUCCESS_HITS = 1
export const DENIAL_HITS = 2
export const MISSES = 3
export const PREFETCHES = 4
export const DROPS = 5
export const SERVED_STALE = 6
export const SUCCESS_EVICTIONS = 7
export const DENIAL_EVICTIONS = 8
const BLOCK_SIZE = 9

/** The most blocks of a process. Unused blocks cost address space only. */
export const MAX_BLOCKS = 1024

/** The offset of a block that is not shown. */
export const UNCOUNTED = BLOCK_SIZE * MAX_BLOCKS

/** The number of counters of one thread. */
export const CACHE_COUNTERS = UNCOUNTED + BLOCK_SIZE

/** The labels of one block. */
export interface CacheLabels {
  /** "dns://:53". */
  readonly server: string
  /** The zones of the directive, joined by commas. */
  readonly zones: string
}

/** The offset of the block with this index; UNCOUNTED for -1. */
export function counterOffset(index: number): number {
  return index < 0 ? UNCOUNTED : BLOCK_SIZE * index
}

/** The state of one store at one server. */
export interface StoreState extends CacheLabels {
  readonly type: 'success' | 'denial'
  readonly entries: number
  readonly bytes: number
  readonly byteEvictions: number
}

/** The families of all blocks, summed over `threads`, and of all stores. */
export function cacheFamilies(
  blocks: readonly CacheLabels[],
  threads: readonly Float64Array[],
  stores: readonly StoreState[],
): MetricFamily[] {
  const values = (offset: number, more: Readonly<Record<string, string>> = {}): LabeledValue[] =>
    blocks.flatMap(({ server, zones }, index) => {
      const at = index * BLOCK_SIZE + offset
      const value = threads.reduce((sum, counters) => sum + (counters[at] ?? 0), 0)
      return value === 0 ? [] : [[{ server, ...more, zones, view: '' }, value] as const]
    })
  // Two blocks of one server may cache the same zones.
  const states = (of: (state: StoreState) => number): LabeledValue[] => {
    const sums = new Map<string, LabeledValue>()
    for (const state of stores) {
      const { server, type, zones } = state
      const key = JSON.stringify([server, type, zones])
      const [, before] = sums.get(key) ?? [{}, 0]
      sums.set(key, [{ server, type, zones, view: '' }, before + of(state)])
    }
    return [...sums.values()]
  }
  const byType = (success: number, denial: number) => [
    ...values(success, { type: 'success' }),
    ...values(denial, { type: 'denial' }),
  ]
  return [
    gauge(
      'coredns_cache_entries',
      'Entries of each cache.',
      states(({ entries }) => entries),
    ),
    counter('coredns_cache_requests_total', 'Queries that the cache saw.', values(REQUESTS)),
    counter('coredns_cache_hits_total', 'Hits.', byType(SUCCESS_HITS, DENIAL_HITS)),
    counter(
      'coredns_cache_misses_total',
      'Misses. Deprecated: the difference of requests and hits.',
      values(MISSES),
    ),
    counter(
      'coredns_cache_prefetch_total',
      'Entries that were renewed in the background.',
      values(PREFETCHES),
    ),
    counter(
      'coredns_cache_drops_total',
      'Replies that were not cached, because they belong to another question or are malformed.',
      values(DROPS),
    ),
    counter(
      'coredns_cache_served_stale_total',
      'Queries that were answered from expired entries.',
      values(SERVED_STALE),
    ),
    counter(
      'coredns_cache_evictions_total',
      'Entries that made room for others before they expired.',
      byType(SUCCESS_EVICTIONS, DENIAL_EVICTIONS),
    ),
    gauge(
      'clusterset_dns_cache_bytes',
      'Bytes of the entries of each cache.',
      states(({ bytes }) => bytes),
    ),
    counter(
      'clusterset_dns_cache_byte_evictions_total',
      'Entries that made room for others because the bytes of the cache were in use.',
      states(({ byteEvictions }) => byteEvictions),
    ),
  ]
}
