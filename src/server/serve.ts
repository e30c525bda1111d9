// The running server: puts a configuration into effect, swaps it for another without losing a query, and
// takes it down. A step that fails leaves everything as it was.
import { performance } from 'node:perf_hooks'
import { type Config, hostPort } from '../config.ts'
import { RequestMetrics } from '../kube/request-metrics.ts'
import type { SourceSpec } from '../kube/source-spec.ts'
import { Histogram, type MetricFamily, renderMetrics, single } from '../metrics.ts'
import { healthRoutes, pollHealth } from '../plugins/health/endpoint.ts'
import { MetricBlocks, queryFamilies } from '../plugins/prometheus/query-metrics.ts'
import { pluginsNotReady, readyRoutes } from '../plugins/ready/endpoint.ts'
import { type HttpRoutes, HttpServers } from '../runtime/http.ts'
import { collectWhenIdle } from '../runtime/idle-gc.ts'
import type { LogWriter } from '../runtime/log-writer.ts'
import { processFamilies } from '../runtime/process-metrics.ts'
import { openSource } from '../sources/open.ts'
import type { Source } from '../sources/source.ts'
import { Addresses } from './listeners.ts'
import { configFamilies, sourceFamilies, threadFamilies } from './metrics.ts'
import type { Transport } from './shared/messages.ts'
import type { ListenerPlan } from './shared/plan.ts'
import {
  closeUnused,
  noSources,
  type OpenSources,
  openSources,
  tableHandles,
  waitForSync,
} from './sources.ts'
import { type Supervisor, startSupervisor } from './threads/supervisor.ts'

export interface ServeOptions {
  readonly writer: LogWriter
  /** For `coredns_build_info`. */
  readonly version: string
  /** Default: `auto`. */
  readonly transport?: Transport | 'auto'
  /** Default: what the source spec says; tests give their own. */
  readonly open?: (spec: SourceSpec) => Source
}

export interface RunningServer {
  readonly config: Config
  /** Where DNS is served, with real ports. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[]
  /** Puts another configuration into effect; rejects, and goes on with the former one, when it cannot. */
  reload(config: Config): Promise<void>
  /** Lameduck as `health` says, then closes: what is in flight is answered first. */
  stop(): Promise<void>
  /** The text of /metrics. */
  metrics(): string
}

/** CoreDNS' grace for queries in flight when a server stops. */
const STOP_GRACE_MS = 5000

/** Starts to serve; rejects with a CodedError when an address or a source cannot be had. */
export async function serve(first: Config, options: ServeOptions): Promise<RunningServer> {
  const { writer } = options
  const { log } = writer
  const metricBlocks = new MetricBlocks()
  const addresses = new Addresses()
  const http = new HttpServers()
  const visible = new Histogram(
    'clusterset_dns_change_visible_seconds',
    'Seconds from reading a change to its being visible in answers.',
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1, 1],
  )
  const requests = new RequestMetrics()
  let lastVisible = 0
  let changedAt = performance.now()
  let config = first
  let open: OpenSources = noSources
  let listeners: readonly ListenerPlan[] = []
  let supervisor: Supervisor | undefined
  let reloads = 0
  let failedReloads = 0

  const sourcesOptions = {
    log,
    open:
      options.open ??
      ((spec: SourceSpec) => openSource(spec, { log: log.plugin('kubernetes'), requests })),
    nowSeconds: () => Math.floor(Date.now() / 1000),
    onVisible: (ageMs: number) => {
      visible.observe(ageMs / 1000)
      lastVisible = ageMs / 1000
      changedAt = performance.now()
    },
  }

  const notReady = () =>
    pluginsNotReady(config, (key) => open.sources.get(key)?.store.synced ?? false)
  const healthPoll = pollHealth(() => config.health.map(({ address }) => address))

  const families = (): readonly MetricFamily[] => [
    ...configFamilies(config, listeners, options.version),
    ...queryFamilies(metricBlocks.labels, supervisor?.queryCounters ?? []),
    ...(supervisor === undefined ? [] : threadFamilies(supervisor, listeners, writer.dropped)),
    ...healthPoll.families(),
    single('coredns_reload_failed_total', 'counter', 'Reloads that failed.', failedReloads),
    ...reloadInfo(reloads, config.hash),
    ...sourceFamilies(open, performance.now()),
    ...requests.families(),
    visible.family(),
    single(
      'clusterset_dns_newest_change_age_seconds',
      'gauge',
      'Age of the newest change when it became visible.',
      lastVisible,
    ),
    ...processFamilies(),
  ]
  const metrics = () => renderMetrics(families())

  const routes = (wanted: Config): Map<string, HttpRoutes> => {
    const all = new Map<string, HttpRoutes>()
    const add = (address: string, more: HttpRoutes) =>
      all.set(address, { ...all.get(address), ...more })
    for (const { address } of wanted.health) add(address, healthRoutes)
    for (const { ready, handlers } of wanted.blocks) {
      if (ready !== undefined) {
        add(ready.address, readyRoutes(notReady, log.plugin('ready')))
      }
      for (const handler of handlers) {
        if (handler.plugin !== 'prometheus') continue
        const contentType = 'text/plain; version=0.0.4; charset=utf-8'
        const reply = () => ({ status: 200, contentType, body: metrics() })
        add(handler.address, { '/metrics': reply })
      }
    }
    return all
  }

  const start = async (plan: Parameters<Supervisor['reload']>[0]): Promise<void> => {
    if (supervisor !== undefined) return supervisor.reload(plan)
    supervisor = await startSupervisor(
      {
        log,
        writeLines: writer.writeLines,
        transport: options.transport ?? 'auto',
        releaseReader: (thread) => {
          for (const { writer: table } of open.tables.values()) table.releaseReader(thread)
        },
      },
      plan,
    )
  }

  const apply = async (next: Config): Promise<void> => {
    const before = open
    const opened = await openSources(next, before, sourcesOptions)
    try {
      await waitForSync(next, opened, log)
      const planned = await addresses.plan(next, metricBlocks)
      await http.serve(routes(next))
      try {
        await start({ blocks: next.blocks, listeners: planned, tables: tableHandles(opened) })
      } catch (error) {
        await http.serve(supervisor === undefined ? new Map() : routes(config))
        throw error
      }
      listeners = planned
      addresses.serving(planned)
    } catch (error) {
      await closeUnused(opened, before)
      throw error
    }
    config = next
    open = opened
    await closeUnused(before, opened)
    for (const { group } of listeners) {
      const { address, port, sockets } = group
      const count = sockets === 1 ? '1 socket' : `${sockets} sockets`
      const udp = `UDP (${supervisor?.transport}, ${count})`
      log.info(`Serving DNS on ${hostPort(address, port)} over ${udp} and TCP`)
    }
  }

  await apply(first)
  const endRests = collectWhenIdle({
    idleMs: () => performance.now() - changedAt,
    rss: process.memoryUsage.rss,
    trim: () => supervisor?.trim(),
  })

  return {
    get config() {
      return config
    },
    get addresses() {
      return listeners.map(({ group: { address, port } }) => ({ address, port }))
    },
    async reload(next) {
      try {
        await apply(next)
        reloads++
      } catch (error) {
        failedReloads++
        throw error
      }
    },
    async stop() {
      endRests()
      for (const { ready } of config.blocks) {
        if (ready !== undefined) await http.close(ready.address)
      }
      await lameduck(config, log)
      await supervisor?.stop(STOP_GRACE_MS)
      healthPoll.stop()
      await http.closeAll()
      await closeUnused(open, noSources)
    },
    metrics,
  }
}

function reloadInfo(reloads: number, hash: string): MetricFamily[] {
  if (reloads === 0) return []
  const name = 'coredns_reload_version_info'
  const samples = [[name, { hash: 'sha512', value: hash }, 1]] as const
  return [{ name, type: 'gauge', help: 'Hash of the running configuration.', samples }]
}

/** Goes on answering for a while, so that clients learn to look elsewhere before it is over. */
async function lameduck(config: Config, log: LogWriter['log']): Promise<void> {
  const longest = Math.max(0, ...config.health.map(({ lameduckMs }) => lameduckMs))
  if (longest === 0) return
  log.plugin('health').info(`Going into lameduck mode for ${longest / 1000}s`)
  await new Promise((done) => setTimeout(done, longest))
}
