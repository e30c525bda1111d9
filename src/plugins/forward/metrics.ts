// The metrics of `forward`, with the names, labels and buckets of coredns plugin/forward and plugin/pkg/proxy.
import { rcodeName } from '../../dns/codes.ts'
import { counter, type LabeledValue, type MetricFamily, type Sample } from '../../metrics.ts'
import { DURATION_BUCKETS, HISTOGRAM_COUNTERS, PROTOCOLS, RCODES } from './upstream-table.ts'
import type { UpstreamCounts } from './upstream-writer.ts'

/** What all directives have counted. */
export interface ForwardCounts {
  readonly healthcheckBroken: number
  readonly concurrentRejects: number
  /** By the name of the upstream. */
  readonly upstreams: UpstreamCounts
  /** Failed probes by the name of the upstream. */
  readonly probeFailures: ReadonlyMap<string, number>
}

/** The families; series of upstreams begin with their first count. */
export function forwardFamilies(counts: ForwardCounts): readonly MetricFamily[] {
  const durations: Sample[] = []
  const hits: LabeledValue[] = []
  const misses: LabeledValue[] = []
  for (const [to, numbers] of counts.upstreams) {
    for (const [i, proto] of PROTOCOLS.entries()) {
      const labels = { proxy_name: 'forward', to, proto }
      if (numbers[2 * i]! > 0) hits.push([labels, numbers[2 * i]!])
      if (numbers[2 * i + 1]! > 0) misses.push([labels, numbers[2 * i + 1]!])
    }
    for (let rcode = 0; rcode < RCODES; rcode++) {
      const at = 2 * PROTOCOLS.length + rcode * HISTOGRAM_COUNTERS
      const labels = { proxy_name: 'forward', to, rcode: rcodeName(rcode) }
      durations.push(...histogram(labels, numbers.subarray(at, at + HISTOGRAM_COUNTERS)))
    }
  }
  const failures = [...counts.probeFailures].map(
    ([to, count]) => [{ proxy_name: 'forward', to }, count] as const,
  )
  return [
    counter(
      'coredns_forward_healthcheck_broken_total',
      'Attempts while all upstreams were down.',
      counts.healthcheckBroken,
    ),
    counter(
      'coredns_forward_max_concurrent_rejects_total',
      'Queries that were refused because of max_concurrent.',
      counts.concurrentRejects,
    ),
    {
      name: DURATION,
      type: 'histogram',
      help: 'Seconds from a query to the reply of the upstream.',
      samples: durations,
    },
    counter('coredns_proxy_healthcheck_failures_total', 'Failed probes of the upstream.', failures),
    counter('coredns_proxy_conn_cache_hits_total', 'Queries by a connection that was open.', hits),
    counter('coredns_proxy_conn_cache_misses_total', 'Queries that opened a connection.', misses),
  ]
}

const DURATION = 'coredns_proxy_request_duration_seconds'

/** `numbers` are the buckets, +Inf and the sum in microseconds. No samples without a count. */
function histogram(labels: Readonly<Record<string, string>>, numbers: Float64Array): Sample[] {
  const buckets = numbers.subarray(0, -1)
  const total = buckets.reduce((a, b) => a + b, 0)
  if (total === 0) return []
  let below = 0
  const samples = DURATION_BUCKETS.map((bound, i): Sample => {
    below += buckets[i]!
    return [`${DURATION}_bucket`, { ...labels, le: String(bound) }, below]
  })
  return [
    ...samples,
    [`${DURATION}_bucket`, { ...labels, le: '+Inf' }, total],
    [`${DURATION}_sum`, labels, numbers.at(-1)! / 1e6],
    [`${DURATION}_count`, labels, total],
  ]
}
