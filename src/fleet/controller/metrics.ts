// The metrics of the controller.
import { Counter, gauge, Histogram, joined, type MetricFamily } from '../../metrics.ts'
import type { Write } from '../api/writes.ts'
import type { LimitCount } from './limit-counts.ts'
import { type SlowChange, SlowestChanges } from './slowest.ts'

const PREFIX = 'clusterset_dns_fleet'

/** How long endpoint changes take from one cluster to another. Both are configured names. */
interface Propagation {
  readonly source: string
  readonly consumer: string
  readonly seconds: Histogram
}

/** The values of one cluster's gauges. */
interface ClusterGauges {
  readonly cluster: string
  readonly synced: boolean
  readonly depth: number
  readonly retrying: number
}

/** The counters and histograms of the controller, and its gauges at the time of a scrape. */
export class FleetMetrics {
  readonly #writes = new Counter(
    `${PREFIX}_writes_total`,
    'Writes by cluster, action, resource and result.',
  )
  readonly #events = new Counter(
    `${PREFIX}_events_total`,
    'Events on ServiceExports and ServiceImports by cluster and result.',
  )
  readonly #propagation = new Map<string, Propagation>()
  readonly #slowest = new SlowestChanges()
  readonly #reconcileSeconds = new Histogram(
    `${PREFIX}_reconcile_duration_seconds`,
    'Seconds to reconcile one Service in one cluster.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )

  /** Observes one reconcile of a Service in a cluster, in seconds. */
  observeReconcile(seconds: number): void {
    this.#reconcileSeconds.observe(seconds)
  }

  /** Counts a write; `result` is "ok" or the reason of an ApiError. */
  countWrite(cluster: string, { action, resource }: Write, result: string): void {
    this.#writes.add({ cluster, action, resource, result })
  }

  /** Observes the `seconds` from an endpoint change in `source` to its write in `consumer`. */
  observePropagation(change: SlowChange): void {
    const { source, consumer, seconds } = change
    this.#slowest.add(change)
    const key = `${source} ${consumer}`
    let pair = this.#propagation.get(key)
    if (pair === undefined) {
      const name = `${PREFIX}_endpoint_propagation_seconds`
      const help =
        'Seconds from receiving an endpoint change to writing the imported EndpointSlice.'
      const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]
      const labels = { source, consumer }
      pair = { ...labels, seconds: new Histogram(name, help, buckets, labels) }
      this.#propagation.set(key, pair)
    }
    pair.seconds.observe(seconds)
  }

  /** How long endpoint changes took for each pair of clusters, since this replica started. */
  propagation() {
    return [...this.#propagation.values()].map(({ source, consumer, seconds }) => ({
      source,
      consumer,
      changes: seconds.count,
      p50Seconds: seconds.quantile(0.5),
      p99Seconds: seconds.quantile(0.99),
    }))
  }

  /** The histograms of `propagation`, in the same order. */
  propagationBuckets() {
    return [...this.#propagation.values()].map(({ seconds }) => seconds.buckets)
  }

  /** The slowest changes of services, the slowest first. */
  get slowest(): readonly SlowChange[] {
    return this.#slowest.changes
  }

  /** Removes the cluster, which is no longer a member, from the propagation times. */
  removeCluster(cluster: string): void {
    this.#slowest.removeCluster(cluster)
    for (const [key, { source, consumer }] of this.#propagation) {
      if (source === cluster || consumer === cluster) this.#propagation.delete(key)
    }
  }

  /** Counts an Event; `result` is "ok", "dropped" or the reason of an ApiError. */
  countEvent(cluster: string, result: string): void {
    this.#events.add({ cluster, result })
  }

  /**
   * Returns all families. `conflicts` are numbers of Services by conflict reason, `waiting` by unreachable source
   * cluster id, `overLimit` of exports. A replica that does not lead passes none.
   */
  families(
    clusters: readonly ClusterGauges[],
    conflicts: ReadonlyMap<string, number> = new Map(),
    waiting: ReadonlyMap<string, number> = new Map(),
    overLimit: readonly LimitCount[] = [],
  ): MetricFamily[] {
    const clusterGauge = (name: string, help: string, value: (gauges: ClusterGauges) => number) =>
      gauge(
        `${PREFIX}_${name}`,
        help,
        clusters.map((gauges) => [{ cluster: gauges.cluster }, value(gauges)] as const),
      )
    return [
      clusterGauge(
        'cluster_synced',
        '1 when all resources of the cluster are synced.',
        ({ synced }) => Number(synced),
      ),
      clusterGauge('queue_depth', 'Services that wait in the work queue.', ({ depth }) => depth),
      clusterGauge(
        'retrying',
        'Services that failed and wait for a retry.',
        ({ retrying }) => retrying,
      ),
      this.#writes.family(),
      this.#events.family(),
      counts('conflicts', 'Services with export conflicts, by reason.', 'reason', conflicts),
      counts(
        'frozen_services',
        'Services whose merged spec is frozen, by unreachable source cluster.',
        'source',
        waiting,
      ),
      gauge(
        `${PREFIX}_exports_over_limit`,
        'Exports that exceed a limit, by exporting cluster and limit.',
        overLimit.map(({ cluster, limit, exports }) => [{ cluster, limit }, exports] as const),
      ),
      ...joined([...this.#propagation.values()].map(({ seconds }) => seconds.family())),
      this.#reconcileSeconds.family(),
    ]
  }
}

/** A gauge with one label. */
function counts(
  name: string,
  help: string,
  label: string,
  values: ReadonlyMap<string, number>,
): MetricFamily {
  return gauge(
    `${PREFIX}_${name}`,
    help,
    [...values].map(([value, count]) => [{ [label]: value }, count] as const),
  )
}
