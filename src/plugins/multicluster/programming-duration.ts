// How long it took from the change of a Pod or Service until it is in the answers (Kubernetes' DNS programming latency,
// coredns plugin/kubernetes object/metrics.go). The start is the time that the EndpointSlice names, by the clock of the
// controller manager.
import { Histogram, joined, type MetricFamily } from '../../metrics.ts'

/** 1 ms to about 9 minutes, doubled with each step, as in CoreDNS. */
const BUCKETS = Array.from({ length: 20 }, (_, i) => 0.001 * 2 ** i)

/** The kinds of Services, as CoreDNS names them. */
type ServiceLabel = 'cluster_ip' | 'headless_with_selector'

const NAME = 'coredns_kubernetes_dns_programming_duration_seconds'
const HELP = 'Histogram of the time (in seconds) it took to program a dns instance.'

/** The durations by kind of Service. */
export class ProgrammingDuration {
  readonly #histograms = new Map<ServiceLabel, Histogram>()

  /** A change became visible `seconds` after it happened. */
  observe(kind: ServiceLabel, seconds: number): void {
    let histogram = this.#histograms.get(kind)
    if (histogram === undefined) {
      histogram = new Histogram(NAME, HELP, BUCKETS, { service_kind: kind })
      this.#histograms.set(kind, histogram)
    }
    histogram.observe(seconds)
  }

  families(): MetricFamily[] {
    return joined([...this.#histograms.values()].map((histogram) => histogram.family()))
  }
}
