// How many services have each conflict right now, for /metrics. It outlives the judgements, which are remembered for
// some services only, and keeps nothing of services without a conflict.
import { type ConflictReason, conflictReasons } from '../api/names.ts'
import type { AggregatedService } from '../merge/aggregate.ts'

export class ConflictCounts {
  readonly #reasons = new Map<string, ReadonlySet<string>>()

  /** Takes what was judged of the service `key`. */
  record(key: string, { merged, unreachable, complete, exports }: AggregatedService): void {
    // Who disagrees cannot be told while a cluster is not heard: what was published then stays.
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

  /** Forgets all services but these. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#reasons.keys()) if (!keys.has(key)) this.#reasons.delete(key)
  }

  /** The services of each conflict that there can be. */
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
