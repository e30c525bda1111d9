// The number of exports that exceed a limit, for /metrics. Unlike the cache of aggregated services it covers all Services.
import type { ExportLimit } from '../api/export-limits.ts'
import type { AggregatedService } from '../merge/aggregate.ts'

/** Exports over one limit. */
export interface LimitCount {
  /** Id of the exporting cluster. */
  readonly cluster: string
  readonly limit: ExportLimit
  readonly exports: number
}

/** The exports over limits, by Service. */
export class LimitCounts {
  readonly #exceeded = new Map<string, AggregatedService['exceeded']>()

  /** Records the exports of the Service `key` ("namespace/name"). */
  record(key: string, { exceeded }: Pick<AggregatedService, 'exceeded'>): void {
    if (exceeded.size === 0) this.#exceeded.delete(key)
    else this.#exceeded.set(key, exceeded)
  }

  /** Removes all Services but those in `keys`. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#exceeded.keys()) if (!keys.has(key)) this.#exceeded.delete(key)
  }

  /** The counts that are not 0. */
  counts(): readonly LimitCount[] {
    const all = [...this.#exceeded.values()].flatMap((service) =>
      [...service].flatMap(([cluster, limits]) => [...limits].map((limit) => ({ cluster, limit }))),
    )
    const groups = Map.groupBy(all, ({ cluster, limit }) => `${cluster} ${limit}`)
    return [...groups.values()].map((group) => ({ ...group[0]!, exports: group.length }))
  }
}
