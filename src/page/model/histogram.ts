// The bars of a histogram of propagation times.
import type { PropagationPair } from '../../fleet/page/document.ts'

export interface Bar {
  /** "up to 50 ms"; "more than 60 s". */
  readonly upTo: number | null
  readonly above: number
  readonly changes: number
  /** Share of the highest bar, 0 to 1. */
  readonly height: number
}

/** A bar for each bucket between the first and the last one of `all` pairs that has a change: all have the same axis. */
export function barsOf(pair: PropagationPair, all: readonly PropagationPair[]): readonly Bar[] {
  const [first, last] = usedRange(all)
  const most = Math.max(1, ...pair.buckets.map(([, changes]) => changes))
  return pair.buckets
    .map(([upTo, changes], i) => ({
      upTo,
      above: pair.buckets[i - 1]?.[0] ?? 0,
      changes,
      height: changes / most,
    }))
    .slice(first, last + 1)
}

function usedRange(all: readonly PropagationPair[]): readonly [first: number, last: number] {
  const used = all.flatMap(({ buckets }) =>
    buckets.flatMap(([, changes], i) => (changes > 0 ? [i] : [])),
  )
  return used.length === 0 ? [0, -1] : [Math.min(...used), Math.max(...used)]
}

/** The pairs with the cluster, or all; the slowest first. */
export function slowestFirst(
  pairs: readonly PropagationPair[],
  cluster: string,
): readonly PropagationPair[] {
  return pairs
    .filter(({ source, consumer }) => cluster === '' || source === cluster || consumer === cluster)
    .sort((a, b) => b.p99Seconds - a.p99Seconds || b.changes - a.changes)
}
