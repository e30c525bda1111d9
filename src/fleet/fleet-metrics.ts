// The numbers of the controller, for /metrics.
import { Histogram, type MetricFamily, type Sample } from '../metrics.ts'
import type { Write } from './cluster.ts'

const PREFIX = 'clusterset_dns_fleet'

/** What a cluster's gauges are made of. */
export interface ClusterGauges {
  readonly cluster: string
  readonly synced: boolean
  readonly depth: number
  readonly retrying: number
}

export class FleetMetrics {
  readonly #writes = new Map<string, { labels: Readonly<Record<string, string>>; count: number }>()
  readonly #planning = new Histogram(
    `${PREFIX}_reconcile_duration_seconds`,
    'Seconds to work out and write one service in one cluster.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )

  reconciled(seconds: number): void {
    this.#planning.observe(seconds)
  }

  /** `result` is "ok" or the reason of an ApiError. */
  wrote(cluster: string, { action, resource }: Write, result: string): void {
    const key = `${cluster} ${action} ${resource} ${result}`
    const entry = this.#writes.get(key)
    if (entry !== undefined) entry.count++
    else this.#writes.set(key, { labels: { cluster, action, resource, result }, count: 1 })
  }

  families(clusters: readonly ClusterGauges[]): MetricFamily[] {
    const gauge = (name: string, help: string, value: (one: ClusterGauges) => number) => ({
      name: `${PREFIX}_${name}`,
      type: 'gauge' as const,
      help,
      samples: clusters.map((one): Sample => {
        return [`${PREFIX}_${name}`, { cluster: one.cluster }, value(one)]
      }),
    })
    const total = `${PREFIX}_writes_total`
    return [
      gauge('cluster_synced', '1 when everything in the cluster is known.', (one) =>
        Number(one.synced),
      ),
      gauge('queue_depth', 'Services that wait to be looked at.', ({ depth }) => depth),
      gauge('retrying', 'Services that failed and wait to be tried again.', (one) => one.retrying),
      {
        name: total,
        type: 'counter',
        help: 'Writes by cluster, kind and result.',
        samples: [...this.#writes.values()].map(
          ({ labels, count }): Sample => [total, labels, count],
        ),
      },
      this.#planning.family(),
    ]
  }
}
