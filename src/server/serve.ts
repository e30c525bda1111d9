// The running server: applies a configuration, replaces it on a reload without losing a query, and stops. A failed step
// changes nothing.
import { performance } from 'node:perf_hooks'
import { type Config, hostPort, serverName } from '../config.ts'
import { RequestMetrics } from '../kube/request-metrics.ts'
import { renderMetrics } from '../metrics.ts'
import type { Host } from '../plugins/plugin.ts'
import { HttpServers, type PreparedServers } from '../runtime/http.ts'
import { collectWhenIdle } from '../runtime/idle-gc.ts'
import type { LogWriter } from '../runtime/log-writer.ts'
import { isShortOfMemory } from '../runtime/memory-room.ts'
import { ProcessMetrics } from '../runtime/process-metrics.ts'
import { checkSource } from '../sources/check.ts'
import { openSource } from '../sources/open.ts'
import { checkSnapshotFile } from '../sources/snapshot/check.ts'
import type { Source } from '../sources/source.ts'
import type { SourceRequest } from '../sources/source-request.ts'
import { Components, type PreparedConfig } from './components.ts'
import { Addresses } from './listeners.ts'
import { buildFamily, reloadFamilies, threadFamilies } from './metrics.ts'
import { Reloader } from './reloader.ts'
import type { Transport } from './shared/messages.ts'
import type { ListenerPlan, ServerPlan } from './shared/plan.ts'
import { Supervisor } from './threads/supervisor.ts'

/** What `serve` needs besides the configuration. */
export interface ServeOptions {
  readonly writer: LogWriter
  /** For `coredns_build_info`. */
  readonly version: string
  /** Default: `auto`. */
  readonly transport?: Transport | 'auto'
  /** Opens a source; default: from the cluster or files of its spec. Tests and the demo replace it. */
  readonly open?: (request: SourceRequest) => Source
  /** Reads the Corefile again for a reload and passes on each text that it reads; default: returns the configuration in force. */
  readonly load?: (onRead: (text: string) => void) => Config
  /** Called when answering a query threw and a block has `debug`; `reason` is the stack trace. */
  readonly onFatal?: (reason: string) => void
  /** Called at the start when the server answers, and may still read its objects; it can be stopped from then on. */
  readonly onServing?: (server: RunningServer) => void
  /** Called when a plugin has logged why the process must end. */
  readonly onEnd?: () => void
}

/** A server that answers queries. */
export interface RunningServer {
  /** The configuration in force. */
  readonly config: Config
  /** The addresses where DNS is served, with bound ports. */
  readonly addresses: readonly { readonly address: string; readonly port: number }[]
  /** Applies another configuration; rejects, and keeps the current one, when it cannot be served. */
  reload(config: Config): Promise<void>
  /** Reads the Corefile again and reloads, even without a change (SIGUSR1). Logs the result and never rejects. */
  reloadNow(): Promise<void>
  /** Makes plugins log their lines for operators; called when the server serves. */
  announce(): void
  /** Drains as `ready` and `health` require, answers queries in flight, and closes everything. */
  stop(): Promise<void>
  /** The text of /metrics. */
  metrics(): string
}

/** How long a stop waits for queries in flight, as CoreDNS does, in milliseconds. */
const STOP_GRACE_MS = 5000
/** Milliseconds between two collections while objects change without a pause: each one delays changes by 50 to 150 ms. */
const BUSY_REST_MS = 60_000

/** Starts a server; rejects with a CodedError when an address cannot be bound or a source cannot be opened. */
export async function serve(first: Config, options: ServeOptions): Promise<RunningServer> {
  const server = new Server(first, options)
  await server.start()
  return server
}

class Server implements RunningServer {
  readonly #options: ServeOptions
  readonly #components = new Components()
  readonly #addresses = new Addresses()
  readonly #http: HttpServers
  readonly #requests = new RequestMetrics()
  readonly #processMetrics = new ProcessMetrics()
  readonly #reloader: Reloader
  readonly #host: Host
  #config: Config
  #listeners: readonly ListenerPlan[] = []
  #supervisor: Supervisor | undefined
  #reloads = 0
  #failedReloads = 0
  #changedAt = performance.now()
  #endIdleGc = (): void => {}

  constructor(config: Config, options: ServeOptions) {
    this.#config = config
    this.#options = options
    this.#http = new HttpServers(options.writer.log)
    this.#host = this.#createHost()
    this.#reloader = new Reloader({
      load: options.load ?? (() => this.#config),
      loadFailed: () => this.#failedReloads++,
      apply: (next) => this.reload(next),
      current: () => this.#config,
      announce: () => this.announce(),
      log: options.writer.log,
    })
  }

  get config(): Config {
    return this.#config
  }

  get addresses(): RunningServer['addresses'] {
    return this.#listeners.map(({ group: { address, port } }) => ({ address, port }))
  }

  async start(): Promise<void> {
    await this.#apply(this.#config)
    this.#endIdleGc = collectWhenIdle({
      idleMs: () => performance.now() - this.#changedAt,
      rss: process.memoryUsage.rss,
      trim: () => this.#supervisor?.trim(),
      busyRestMs: BUSY_REST_MS,
      isShort: isShortOfMemory,
    })
  }

  async reload(next: Config): Promise<void> {
    try {
      await this.#apply(next)
      this.#reloads++
    } catch (error) {
      this.#failedReloads++
      throw error
    }
  }

  reloadNow(): Promise<void> {
    return this.#reloader.now()
  }

  announce(): void {
    this.#components.announce()
  }

  async stop(): Promise<void> {
    this.#endIdleGc()
    this.#processMetrics.stop()
    await this.#reloader.stop()
    await this.#components.drain()
    await this.#supervisor?.stop(STOP_GRACE_MS)
    await this.#http.closeAll()
    await this.#components.stop()
  }

  metrics(): string {
    const { writer, version } = this.#options
    const supervisor = this.#supervisor
    return renderMetrics([
      buildFamily(version),
      ...(supervisor === undefined
        ? []
        : threadFamilies(supervisor, this.#listeners, writer.dropped)),
      ...reloadFamilies(this.#reloads, this.#failedReloads, this.#config.hash),
      ...this.#components.families(),
      ...this.#requests.families(),
      ...this.#processMetrics.families(),
    ])
  }

  /**
   * Puts a configuration in force. A reload goes on with the current one until the data of the next one is read. A start
   * has no other answers to give: while objects are read, it answers those that it knows, and replies SERVFAIL to others.
   */
  async #apply(next: Config): Promise<void> {
    const isStart = this.#supervisor === undefined
    const prepared = await this.#components.prepare(next, this.#host)
    let http: PreparedServers | undefined
    try {
      if (!isStart) await prepared.loaded()
      const listeners = await this.#addresses.plan(next)
      http = await this.#http.prepare(prepared.routes)
      await this.#serve(planOf(next, listeners, prepared))
      this.#listeners = listeners
    } catch (error) {
      await http?.discard()
      await prepared.discard()
      throw error
    }
    // The threads serve the configuration: from here on nothing can refuse it.
    this.#config = next
    this.#addresses.serving(this.#listeners)
    prepared.commit()
    await http.commit()
    this.#logListeners()
    if (!isStart) return
    this.#options.onServing?.(this)
    await prepared.loaded()
  }

  async #serve(plan: ServerPlan): Promise<void> {
    if (this.#supervisor !== undefined) return this.#supervisor.reload(plan)
    const { writer, transport, onFatal } = this.#options
    this.#supervisor = await Supervisor.start(
      {
        log: writer.log,
        onLines: (plugin, text) => {
          if (plugin === '') writer.writeFormatted(text)
          else this.#components.receive(plugin, text.trimEnd().split('\n'))
        },
        transport: transport ?? 'auto',
        logFormat: writer.format,
        releaseReader: (thread) => this.#components.releaseReader(thread),
        onFatal: onFatal ?? (() => {}),
      },
      plan,
    )
  }

  #logListeners(): void {
    const { log } = this.#options.writer
    const isSingle = this.#supervisor?.transport === 'single'
    if (isSingle && this.#config.blocks.some(({ settings: { sockets = 1 } }) => sockets > 1)) {
      log.warning(
        '-transport single serves each address with one socket: multisocket has no effect',
      )
    }
    for (const { group } of this.#listeners) {
      const { address, port } = group
      const sockets = isSingle ? 1 : group.sockets
      const count = sockets === 1 ? '1 socket' : `${sockets} sockets`
      const udp = `UDP (${this.#supervisor?.transport}, ${count})`
      const where = hostPort(address, port)
      log.info(`Serving DNS on ${where} over ${udp} and TCP`)
    }
  }

  #createHost(): Host {
    const { log } = this.#options.writer
    const { open, onEnd } = this.#options
    return {
      log,
      // The sources of the demo and of tests need nothing on this machine.
      checkSource: async (spec) => (open === undefined ? checkSource(spec) : ''),
      checkSnapshot: checkSnapshotFile,
      openSource:
        open ??
        ((request, plugin) =>
          openSource(request, { log: log.plugin(plugin), requests: this.#requests })),
      readiness: () => this.#components.readiness(),
      metrics: () => this.metrics(),
      counters: (plugin) => this.#supervisor?.counters(plugin) ?? [],
      changed: () => {
        this.#changedAt = performance.now()
      },
      upstreamsChanged: () => this.#components.upstreamsChanged(),
      fatal: (plugin, message) => {
        log.plugin(plugin).fatal(message)
        onEnd?.()
      },
      pollCorefile: () => this.#reloader.poll(),
    }
  }
}

function planOf(
  { blocks }: Config,
  listeners: readonly ListenerPlan[],
  { tables, counters, share }: PreparedConfig,
): ServerPlan {
  const handles = [...tables].map(([key, { handle }]) => [key, handle])
  const addresses = listeners.map(({ group }) => {
    const { address, port, zones } = group
    return { server: serverName(group), address, port, zones }
  })
  return {
    blocks,
    listeners,
    tables: Object.fromEntries(handles),
    shared: share(addresses),
    counters,
  }
}
