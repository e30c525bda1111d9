// `prometheus` at query time: counts queries in shared memory, without allocation.
import type { PluginConfig } from '../../config.ts'
import { u16 } from '../../dns/bytes.ts'
import type { Observation, QueryObserver, Runtime } from '../runtime.ts'
import { countDuration, countQuery } from './query-metrics.ts'

/** Indexes of blocks of counters (`CounterBlocks`); -1 = not counted. */
export interface PrometheusShared {
  /** For each listener the indexes of its zones. */
  readonly zones: readonly (readonly number[])[]
  /** For each listener the index for requests without a zone. */
  readonly dropped: readonly number[]
}

export const prometheusRuntime: Runtime<PluginConfig, PrometheusShared> = (_config, context) => ({
  observer(zone) {
    const { shared, listener, counters } = context
    const index = zone < 0 ? shared.dropped[listener] : shared.zones[listener]?.[zone]
    return index === undefined || index < 0 ? undefined : new QueryCounter(counters, index)
  },
})

class QueryCounter implements QueryObserver {
  readonly #counters: Float64Array
  readonly #index: number

  constructor(counters: Float64Array, index: number) {
    this.#counters = counters
    this.#index = index
  }

  observe(observation: Observation): void {
    const flags = u16(observation.reply, observation.replyAt + 2)
    countQuery(this.#counters, this.#index, observation, flags)
  }

  observeDuration(seconds: number, queries: number): void {
    countDuration(this.#counters, this.#index, seconds, queries)
  }
}
