// The cache of aggregated services, bounded, with two facts about every Service that outlive a cached entry: its
// unreachable source clusters and its conflicts. The metrics report both, and the first decides who reconciles.
import type { ConflictReason } from '../api/names.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { ConflictCounts } from './conflict-counts.ts'

/** Maximum number of cached aggregated services: they are large, and cheap to compute again. */
const MAX_SERVICES = 500

/** Aggregated services by key ("namespace/name"). */
export class AggregationCache {
  /** Until an input changes. */
  readonly #services = new Map<string, AggregatedService>()
  /** Ids of the unreachable source clusters by key, for Services that have any. */
  readonly #unreachable = new Map<string, ReadonlySet<string>>()
  readonly #conflicts = new ConflictCounts()

  /** Returns the cached service; undefined if it must be aggregated again. */
  get(key: string): AggregatedService | undefined {
    return this.#services.get(key)
  }

  /** Caches a service, and records its unreachable sources and its conflicts. */
  set(key: string, aggregated: AggregatedService): void {
    if (this.#services.size >= MAX_SERVICES) this.#services.clear()
    this.#services.set(key, aggregated)
    if (aggregated.unreachable.size > 0) this.#unreachable.set(key, aggregated.unreachable)
    else this.#unreachable.delete(key)
    this.#conflicts.record(key, aggregated)
  }

  /** Removes one cached service, because its inputs have changed. */
  invalidate(key: string): void {
    this.#services.delete(key)
  }

  /** Removes all cached services, and everything about Services that are not in `keys`. */
  reset(keys: ReadonlySet<string>): void {
    this.#services.clear()
    this.#conflicts.keep(keys)
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

  /** Number of frozen Services by unreachable source cluster id. */
  frozenServices(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const source of [...this.#unreachable.values()].flatMap((sources) => [...sources])) {
      counts.set(source, (counts.get(source) ?? 0) + 1)
    }
    return counts
  }
}
