// `health` on the control thread. GET /health replies OK while the event loop runs, also in lameduck mode. The server
// requests its own endpoint every second, so the metrics show a slow event loop (coredns plugin/health).
import { performance } from 'node:perf_hooks'
import type { PluginConfig } from '../../config.ts'
import { http } from '../../http.ts'
import { counter, Histogram, type MetricFamily } from '../../metrics.ts'
import type { HttpRoutes } from '../../runtime/http.ts'
import type { Component, Running } from '../plugin.ts'

/** The directive `health` after its setup. */
export interface HealthConfig extends PluginConfig {
  readonly plugin: 'health'
  /** "HOST:PORT"; the host can be empty. */
  readonly address: string
  /** How long the server keeps serving after SIGTERM, in milliseconds. */
  readonly lameduckMs: number
}

/** What the next configuration takes over. */
interface HealthRunning extends Running {
  readonly poll: HealthPoll
}

const routes: HttpRoutes = { '/health': () => ({ status: 200, body: 'OK' }) }

export const healthComponent: Component<HealthConfig, HealthRunning> = {
  async prepare({ directives }, _previous, { log }) {
    const configs = directives.map(({ config }) => config)
    const addresses = [...new Set(configs.map(({ address }) => address))]
    const lameduckMs = Math.max(0, ...configs.map((config) => config.lameduckMs))
    return {
      routes: new Map(addresses.map((address) => [address, routes])),
      commit(previous) {
        const poll = previous?.poll ?? new HealthPoll()
        poll.addresses = addresses
        return {
          poll,
          families: () => poll.families(),
          drain: async () => {
            if (lameduckMs === 0) return
            log.plugin('health').info(`Going into lameduck mode for ${lameduckMs / 1000}s`)
            await new Promise((done) => setTimeout(done, lameduckMs))
          },
          stop: async () => poll.stop(),
        }
      },
      async discard() {},
    }
  },
}

const POLL_MS = 1000
const POLL_TIMEOUT_MS = 1000

/** Requests /health of its addresses every second. */
class HealthPoll {
  /** "HOST:PORT" each. */
  addresses: readonly string[] = []
  readonly #duration = new Histogram(
    'coredns_health_request_duration_seconds',
    'Duration in seconds of requests of the server to its own health endpoint.',
    [0.00025, 0.0025, 0.025, 0.25, 2.5],
  )
  #failures = 0
  readonly #timer = setInterval(() => {
    for (const address of this.addresses) this.#request(address)
  }, POLL_MS).unref()

  families(): readonly MetricFamily[] {
    const failures = counter(
      'coredns_health_request_failures_total',
      'Failed requests of the server to its own health endpoint.',
      this.#failures,
    )
    return this.addresses.length === 0 ? [] : [this.#duration.family(), failures]
  }

  /** Ends the requests. */
  stop(): void {
    clearInterval(this.#timer)
  }

  #request(address: string): void {
    const host = address.startsWith(':') ? `localhost${address}` : address
    const startedAt = performance.now()
    const request = http.get(
      `http://${host}/health`,
      { timeout: POLL_TIMEOUT_MS, agent: false },
      (reply) => {
        reply.resume()
        reply.on('end', () => this.#duration.observe((performance.now() - startedAt) / 1000))
      },
    )
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', () => {
      this.#failures++
    })
  }
}
