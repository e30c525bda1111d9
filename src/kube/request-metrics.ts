// Requests to API servers, counted as client-go counts them for CoreDNS (coredns_kubernetes_rest_client_*).
import { Counter, Histogram, joined, type MetricFamily } from '../metrics.ts'

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const PREFIX = 'coredns_kubernetes_rest_client'

export class RequestMetrics {
  readonly #counts = new Counter(
    `${PREFIX}_requests_total`,
    'Requests to the API server by status code.',
  )
  readonly #durations = new Map<string, Histogram>()

  /** One answered request; `code` is the status, or "<error>" where there was none. */
  observe(host: string, code: string, seconds: number, method = 'GET'): void {
    this.#counts.add({ code, method, host })
    let durations = this.#durations.get(`${host} ${method}`)
    if (durations === undefined) {
      const help = 'Seconds until the headers of an answer of the API server were there.'
      const name = `${PREFIX}_request_duration_seconds`
      durations = new Histogram(name, help, BUCKETS, { verb: method, host })
      this.#durations.set(`${host} ${method}`, durations)
    }
    durations.observe(seconds)
  }

  families(): MetricFamily[] {
    const durations = [...this.#durations.values()].map((histogram) => histogram.family())
    return [this.#counts.family(), ...joined(durations)]
  }
}
