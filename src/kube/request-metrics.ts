// Metrics of the requests to API servers, with the names that client-go has in CoreDNS
// (coredns_kubernetes_rest_client_*).
import { Counter, Histogram, joined, type MetricFamily } from '../metrics.ts'

/** Upper bounds in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const PREFIX = 'coredns_kubernetes_rest_client'

/** Counts requests and measures their latency. */
export class RequestMetrics {
  readonly #counts = new Counter(
    `${PREFIX}_requests_total`,
    'Requests to the API server by status code.',
  )
  readonly #durations = new Map<string, Histogram>()

  /** Records one request; `code` is the HTTP status, or "<error>" without a response. */
  observe(host: string, code: string, seconds: number, method = 'GET'): void {
    this.#counts.add({ code, method, host })
    let durations = this.#durations.get(`${host} ${method}`)
    if (durations === undefined) {
      const help = 'Seconds until the API server sent the response headers.'
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
