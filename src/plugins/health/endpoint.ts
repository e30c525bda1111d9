// `health`: GET /health says OK as long as the process turns its loop, also in lameduck; the server asks
// itself every second, so that a loop that is late shows in the metrics (coredns plugin/health).
import { get } from 'node:http'
import { performance } from 'node:perf_hooks'
import { Histogram, type MetricFamily, single } from '../../metrics.ts'
import type { HttpRoutes } from '../../runtime/http.ts'

export const healthRoutes: HttpRoutes = { '/health': () => ({ status: 200, body: 'OK' }) }

const POLL_MS = 1000
const POLL_TIMEOUT_MS = 1000

export interface HealthPoll {
  families(): readonly MetricFamily[]
  stop(): void
}

/** Polls the health addresses ("HOST:PORT") that `addresses` names at the time. */
export function pollHealth(addresses: () => readonly string[]): HealthPoll {
  const duration = new Histogram(
    'coredns_health_request_duration_seconds',
    'Seconds that a request to our own health endpoint took.',
    [0.00025, 0.0025, 0.025, 0.25, 2.5],
  )
  let failures = 0
  const poll = (address: string): void => {
    const host = address.startsWith(':') ? `localhost${address}` : address
    const startedAt = performance.now()
    const request = get(
      `http://${host}/health`,
      { timeout: POLL_TIMEOUT_MS, agent: false },
      (reply) => {
        reply.resume()
        reply.on('end', () => duration.observe((performance.now() - startedAt) / 1000))
      },
    )
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', () => {
      failures++
    })
  }
  const timer = setInterval(() => {
    for (const address of addresses()) poll(address)
  }, POLL_MS).unref()
  return {
    families: () =>
      addresses().length === 0
        ? []
        : [
            duration.family(),
            single(
              'coredns_health_request_failures_total',
              'counter',
              'Failed requests to our own health endpoint.',
              failures,
            ),
          ],
    stop: () => clearInterval(timer),
  }
}
