// The numbers of the controller, for /metrics.
import { Counter, Histogram, joined, type MetricFamily, type Sample } from '../../metrics.ts'
import type { Write } from '../api/writes.ts'

const PREFIX = 'clusterset_dns_fleet'

/** A pair of clusters, and how long endpoint changes of the one take into the other. */
interface Propagation {
  readonly source: string
  readonly consumer: string
  readonly seconds: Histogram
}

/** What a cluster's gauges are made of. */
export interface ClusterGauges {
  readonly cluster: string
  readonly synced: boolean
  readonly depth: number
  readonly retrying: number
}

export class FleetMetrics {
  readonly #writes = new Counter(`${PREFIX}_writes_total`, 'Writes by cluster, kind and result.')
  readonly #events = new Counter(
    `${PREFIX}_events_total`,
    'Events on exports and imports by cluster and result.',
  )
  readonly #propagation = new Map<string, Propagation>()
  readonly #reconcileSeconds = new Histogram(
    `${PREFIX}_reconcile_duration_seconds`,
    'Seconds to work out and write one service in one cluster.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )

  observeReconcile(seconds: number): void {
    this.#reconcileSeconds.observe(seconds)
  }

  /** `result` is "ok" or the reason of an ApiError. */
  countWrite(cluster: string, { action, resource }: Write, result: string): void {
    this.#writes.add({ cluster, action, resource, result })
  }

  /** An endpoint change of `source` was written in `consumer`, so long after it came. */
  observePropagation(source: string, consumer: string, seconds: number): void {
    const key = `${source} ${consumer}`
    let pair = this.#propagation.get(key)
    if (pair === undefined) {
      const name = `${PREFIX}_endpoint_propagation_seconds`
      const help = 'Seconds from an endpoint change that was heard to the imported slice written.'
      const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]
      const labels = { source, consumer }
      pair = { ...labels, seconds: new Histogram(name, help, buckets, labels) }
      this.#propagation.set(key, pair)
    }
    pair.seconds.observe(seconds)
  }

  /** The cluster is a member no more: its pairs are not told any longer. */
  removeCluster(cluster: string): void {
    for (const [key, { source, consumer }] of this.#propagation) {
      if (source === cluster || consumer === cluster) this.#propagation.delete(key)
    }
  }

  /** Counts an Event; `result` is "ok", "dropped" or the reason of an ApiError. */
  countEvent(cluster: string, result: string): void {
    this.#events.add({ cluster, result })
  }

  /**
   * `conflicts` are the services by conflict, `waiting` those by the id of the source that is not heard; who does not
   * lead tells none.
   */
  families(
    clusters: readonly ClusterGauges[],
    conflicts: ReadonlyMap<string, number> = new Map(),
    waiting: ReadonlyMap<string, number> = new Map(),
  ): MetricFamily[] {
    const gauge = (name: string, help: string, value: (one: ClusterGauges) => number) => ({
      name: `${PREFIX}_${name}`,
      type: 'gauge' as const,
      help,
      samples: clusters.map((one): Sample => {
        return [`${PREFIX}_${name}`, { cluster: one.cluster }, value(one)]
      }),
    })
    return [
      gauge('cluster_synced', '1 when everything in the cluster is known.', (one) =>
        Number(one.synced),
      ),
      gauge('queue_depth', 'Services that wait to be looked at.', ({ depth }) => depth),
      gauge('retrying', 'Services that failed and wait to be tried again.', (one) => one.retrying),
      this.#writes.family(),
      this.#events.family(),
      counts('conflicts', 'Services whose exports disagree, by what about.', 'reason', conflicts),
      counts(
        'frozen_services',
        'Services of which nothing that is merged changes, by the source that is not heard.',
        'source',
        waiting,
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
  const full = `${PREFIX}_${name}`
  const samples = [...values].map(([value, count]): Sample => [full, { [label]: value }, count])
  return { name: full, type: 'gauge', help, samples }
}
