// The cache of aggregated services, bounded, with facts about every Service that outlive a cached entry: its unreachable
// source clusters, its conflicts, and the limits it exceeds. The metrics report them, and the first decides who reconciles.
import type { ConflictReason } from '../api/names.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { ConflictCounts } from './conflict-counts.ts'
import { type LimitCount, LimitCounts } from './limit-counts.ts'

/** Maximum number of cached aggregated services: they are large, and cheap to compute again. */
const MAX_SERVICES = 500
/** Maximum number of ports and endpoints in them: one service may have 5,000 of each cluster. About 100 MB. */
const MAX_ENTRIES = 250_000

/** Aggregated services by key ("namespace/name"). */
export class AggregationCache {
  /** Until an input changes. */
  readonly #services = new Map<string, AggregatedService>()
  /** Ids of the unreachable source clusters by key, for Services that have any. */
  readonly #unreachable = new Map<string, ReadonlySet<string>>()
  readonly #conflicts = new ConflictCounts()
  readonly #limits = new LimitCounts()
  /** Ports and endpoints in #services, at most: those of removed services count until all are removed. */
  #entries = 0

  /** Returns the cached service; undefined if it must be aggregated again. */
  get(key: string): AggregatedService | undefined {
    return this.#services.get(key)
  }

  /** Caches a service, and records its unreachable sources and its conflicts. */
  set(key: string, aggregated: AggregatedService): void {
    const entries = entriesOf(aggregated)
    if (this.#services.size >= MAX_SERVICES || this.#entries + entries > MAX_ENTRIES) this.#clear()
    this.#services.set(key, aggregated)
    this.#entries += entries
    if (aggregated.unreachable.size > 0) this.#unreachable.set(key, aggregated.unreachable)
    else this.#unreachable.delete(key)
    this.#conflicts.record(key, aggregated)
    this.#limits.record(key, aggregated)
  }

  /** Removes one cached service, because its inputs have changed. */
  invalidate(key: string): void {
    this.#services.delete(key)
  }

  /** Removes all cached services, and everything about Services that are not in `keys`. */
  reset(keys: ReadonlySet<string>): void {
    this.#clear()
    this.#conflicts.keep(keys)
    this.#limits.keep(keys)
    for (const key of [...this.#unreachable.keys()]) {
      if (!keys.has(key)) this.#unreachable.delete(key)
    }
  }

  /** True if the Service had unreachable sources when it was last aggregated. */
  isFrozen(key: string): boolean {
    return this.#unreachable.has(key)
  }

  /** Number of Services for each conflict reason, including 0. */
  conflicts(): ReadonlyMap<ConflictReason, number> {
    return this.#conflicts.counts()
  }

  /** Number of exports over each limit. */
  overLimit(): readonly LimitCount[] {
    return this.#limits.counts()
  }

  /** Number of frozen Services by unreachable source cluster id. */
  frozenServices(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const source of [...this.#unreachable.values()].flatMap((sources) => [...sources])) {
      counts.set(source, (counts.get(source) ?? 0) + 1)
    }
    return counts
  }

  #clear(): void {
    this.#services.clear()
    this.#entries = 0
  }
}

function entriesOf({ exports, slices }: Pick<AggregatedService, 'exports' | 'slices'>): number {
  const ports = exports.reduce((sum, { service }) => sum + service.ports.length, 0)
  const all = [...slices.values()].flat()
  return all.reduce((sum, slice) => sum + slice.ports.length + slice.endpoints.length, ports)
}
