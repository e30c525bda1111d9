// The number of Services in each kind of conflict, for /metrics. Unlike the cache of aggregated services it covers all
// Services with a conflict.
import { type ConflictReason, conflictReasons } from '../api/names.ts'
import type { AggregatedService } from '../merge/aggregate.ts'

/** The current conflicts by Service. */
export class ConflictCounts {
  readonly #reasons = new Map<string, ReadonlySet<string>>()

  /** Records the conflicts of the Service `key` ("namespace/name"). */
  record(key: string, { merged, unreachable, complete, exports }: AggregatedService): void {
    // While a cluster is unreachable, conflicts are unknown and the published conditions stay.
    const isFrozen = unreachable.size > 0
    const published =
      complete && !isFrozen
        ? []
        : exports.flatMap(({ export: { conditions } }) => publishedReasons(conditions))
    const current = isFrozen ? [] : (merged?.conflicts ?? []).map(({ reason }) => reason)
    const reasons = [...published, ...current]
    if (reasons.length === 0) this.#reasons.delete(key)
    else this.#reasons.set(key, new Set(reasons))
  }

  /** Removes all Services but those in `keys`. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#reasons.keys()) if (!keys.has(key)) this.#reasons.delete(key)
  }

  /** The number of Services for each conflict reason, including 0. */
  counts(): ReadonlyMap<ConflictReason, number> {
    const all = [...this.#reasons.values()]
    return new Map(
      conflictReasons.map((reason) => [reason, all.filter((one) => one.has(reason)).length]),
    )
  }
}

function publishedReasons(
  conditions: AggregatedService['exports'][number]['export']['conditions'],
) {
  return conditions
    .filter(({ type, status }) => type === 'Conflict' && status === 'True')
    .flatMap(({ reason }) => reason.split(','))
}
