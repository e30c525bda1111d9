// Serves TCP and the misses of packet threads; without packet threads, UDP too. It runs in an event-loop thread, or in the
// control thread when that is the only one. Loads no npm package.
import { performance } from 'node:perf_hooks'
import { hostPort } from '../../config.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { listenError } from '../../listen-error.ts'
import { formatLine } from '../../log.ts'
import { type Libc, openLibc } from '../../udp/libc.ts'
import type { TableReader } from '../../zone/table-reader.ts'
import { KeptListener } from '../mmsg/kept-listener.ts'
import { followSockets, SharedSocket } from '../mmsg/shared-socket.ts'
import { SlowPath, type SlowPathSocket } from '../mmsg/slow-path.ts'
import { countersOf, createPipeline, type QueryPipeline, readersOf } from '../path/pipeline.ts'
import type { PlanMessage, SocketPlan, WorkerData } from '../shared/messages.ts'
import { createOutbox, type Outbox } from '../shared/outbox.ts'
import type { ListenerPlan } from '../shared/plan.ts'
import { listenUdp, type UdpListener } from '../transport/dgram.ts'
import { listenTcp, type TcpListener } from '../transport/tcp.ts'
import { createTcpLimits, maxConnectionsOf, openFilesLimit } from '../transport/tcp-limits.ts'
import { udpThreadsOf } from './thread-count.ts'

/** The open sockets of one listener. */
interface Sockets {
  /** Undefined if packet threads serve UDP. */
  readonly udp: UdpListener | undefined
  readonly tcp: TcpListener
}

/** The pipelines of one listener. */
interface Pipelines {
  readonly udp: QueryPipeline
  readonly tcp: QueryPipeline
}

/** The time for connections and pending queries of an address that is no longer served, in milliseconds. */
const RETIRED_GRACE_MS = 5000

/** Serves one plan after the other. */
export class EventServer {
  readonly #data: WorkerData
  readonly #threadCounters: Int32Array
  readonly #outbox: Outbox
  readonly #openFiles: number
  readonly #tcpLimits: ReturnType<typeof createTcpLimits>
  /** Undefined if this thread serves UDP. */
  readonly #libc: Libc | undefined
  readonly #slowPath: SlowPath | undefined
  #open = new Map<string, Sockets>()
  #readers: ReadonlyMap<string, TableReader> = new Map()
  /** The shared sockets whose queues this thread reads, by `SocketPlan.id`. */
  #queues: ReadonlyMap<number, SharedSocket> = new Map()
  /** One plan at a time: each plan reuses the sockets of the previous one. */
  #lastPlan: Promise<void> = Promise.resolve()

  /**
   * `onLines` receives complete lines, for the log ('') or for the component of a plugin. `openFiles` is the open-file
   * limit of the process.
   */
  constructor(
    data: WorkerData,
    onLines: (plugin: string, text: string) => void,
    openFiles: number = openFilesLimit(),
  ) {
    this.#data = data
    this.#openFiles = openFiles
    this.#threadCounters = new Int32Array(data.threadCounters)
    this.#outbox = createOutbox(
      this.#threadCounters,
      onLines,
      (flush, ms) => void setTimeout(flush, ms),
    )
    this.#libc =
      data.transport === 'mmsg' ? openLibc(new BigInt64Array(data.heldMemory)) : undefined
    this.#slowPath =
      this.#libc &&
      new SlowPath(this.#libc, new Int32Array(data.slowPathSignal), this.#threadCounters)
    this.#tcpLimits = createTcpLimits({
      maxConnections: maxConnectionsOf(openFiles, 1),
      threadCounters: this.#threadCounters,
      writeLog: (record) => {
        this.#outbox.writeLine(formatLine(data.logFormat, record, Date.now()))
      },
      now: () => performance.now(),
    })
  }

  /** Serves the plan; rejects with LISTEN, and then still serves the previous one. */
  serve(message: Omit<PlanMessage, 'type' | 'id'>): Promise<void> {
    const served = this.#lastPlan.then(() => this.#serve(message))
    this.#lastPlan = served.catch(() => {})
    return served
  }

  /** Returns free memory of the whole process to the system. */
  trim(): void {
    this.#libc?.trim()
  }

  /** Resolves when queries in flight are answered, after `graceMs` at the latest; all sockets are closed then. */
  async stop(graceMs: number): Promise<void> {
    await this.#lastPlan
    await Promise.all([
      this.#slowPath?.stop(graceMs),
      ...[...this.#open.values()].map((sockets) => close(sockets, graceMs)),
    ])
    this.#outbox.flush()
  }

  /** Opens new addresses first, and changes nothing else until all of them are open. */
  async #serve(message: Omit<PlanMessage, 'type' | 'id'>): Promise<void> {
    const { plan, sockets: shared } = message
    const tables = readersOf(plan, this.#data.thread, this.#readers)
    const pipelines = this.#pipelines(message, tables)
    const next = new Map<string, { sockets: Sockets; pipelines: Pipelines }>()
    const opened: Sockets[] = []
    try {
      for (const [index, listener] of plan.listeners.entries()) {
        const { group } = listener
        if (this.#libc === undefined && group.sockets <= this.#data.thread) continue
        const key = hostPort(group.address, group.port)
        const kept = this.#open.get(key)
        const first = shared.find((socket) => socket.listener === index)
        const sockets = kept ?? (await this.#openSockets(listener, pipelines[index]!, first))
        if (kept === undefined) opened.push(sockets)
        next.set(key, { sockets, pipelines: pipelines[index]! })
      }
    } catch (error) {
      await Promise.all(opened.map((sockets) => close(sockets, 0)))
      throw error
    }
    // Without packet threads each thread serves TCP.
    const sharing = this.#data.transport === 'dgram' ? udpThreadsOf(plan) : 1
    this.#tcpLimits.maxConnections = maxConnectionsOf(this.#openFiles, sharing)
    for (const { sockets, pipelines: served } of next.values()) {
      sockets.udp?.serve(served.udp)
      sockets.tcp.serve(served.tcp)
    }
    this.#queues = followSockets(this.#queues, shared, queueOf)
    this.#slowPath?.serve(
      shared.map(({ id, listener }): SlowPathSocket => {
        const { address, port: localPort } = plan.listeners[listener]!.group
        const queue = this.#queues.get(id)!
        return { ...pipelines[listener]!.udp, shared: queue, localAddress: address, localPort }
      }),
    )
    const retired = [...this.#open].filter(([key]) => !next.has(key)).map(([, sockets]) => sockets)
    this.#open = new Map([...next].map(([key, { sockets }]) => [key, sockets]))
    this.#readers = tables
    for (const sockets of retired) void close(sockets, RETIRED_GRACE_MS)
  }

  /** The pipelines of each listener of the plan. */
  #pipelines(
    { plan, counters }: Pick<PlanMessage, 'plan' | 'counters'>,
    tables: ReadonlyMap<string, TableReader>,
  ): readonly Pipelines[] {
    const { logFormat, thread } = this.#data
    const refresh = (listener: number, exchange: Exchange): void => {
      const { input, inOffset, inLength } = exchange.asked ?? exchange
      const { path, recover } = pipelines[listener]!.udp
      path.refresh(input.slice(inOffset, inOffset + inLength)).catch(recover)
    }
    const options = {
      plan,
      tables,
      counters: countersOf(counters),
      threadCounters: this.#threadCounters,
      outbox: this.#outbox,
      logFormat,
      refresh,
      hasUpstreamThread: false,
      thread,
    }
    const pipelines = plan.listeners.map((_listener, index) => ({
      udp: createPipeline(index, 'udp', options),
      tcp: createPipeline(index, 'tcp', options),
    }))
    return pipelines
  }

  /** `shared` is a UDP socket of the listener; undefined without packet threads. */
  async #openSockets(
    { group }: ListenerPlan,
    pipelines: Pipelines,
    shared: SocketPlan | undefined,
  ): Promise<Sockets> {
    const { address, port } = group
    const options = { address, port, threadCounters: this.#threadCounters }
    let udp: UdpListener | undefined
    if (this.#libc === undefined) {
      udp = await listenUdp(options, pipelines.udp).catch((error: unknown) => {
        throw listenError('udp', hostPort(address, port), error)
      })
    }
    try {
      const kept = shared && new KeptListener(shared.shared)
      const limited = { ...options, limits: this.#tcpLimits, libc: this.#libc, kept }
      return { udp, tcp: await listenTcp(limited, pipelines.tcp) }
    } catch (error) {
      await udp?.close(0)
      throw listenError('tcp', hostPort(address, port), error)
    }
  }
}

function close(sockets: Sockets, graceMs: number): Promise<unknown> {
  return Promise.all([sockets.udp?.close(graceMs), sockets.tcp.close(graceMs)])
}

function queueOf({ shared }: SocketPlan): SharedSocket {
  const queue = new SharedSocket(shared)
  queue.chain.resume()
  queue.retry.resume()
  return queue
}
