// TCP: one listening socket of one address on an event-loop thread, and its connections. Idle connections time out, and
// the number of connections is bounded.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { MESSAGE_MAX_SIZE } from '../../dns/codes.ts'
import { bindDualStack } from '../../udp/dual-stack.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { THREAD_TCP_CONNECTIONS, THREAD_TCP_REFUSED } from '../shared/counters.ts'
import { PREFIX_SIZE, TcpConnection } from './tcp-connection.ts'

interface TcpOptions {
  /** '' = all addresses of both families. */
  readonly address: string
  readonly port: number
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
  /** A monotonic clock, in milliseconds; default: performance.now. */
  readonly now?: () => number
  /** Default: MAX_CONNECTIONS. */
  readonly maxConnections?: number
}

/** An open TCP socket that answers queries. */
export interface TcpListener {
  /** Answers with `pipeline` from the next query on. */
  serve(pipeline: QueryPipeline): void
  /** Closes connections that are past their deadline; a timer calls this every second. */
  sweep(): void
  /** Accepts no more connections, answers the queries that have arrived, and closes after `graceMs` at the latest. */
  close(graceMs: number): Promise<void>
}

// CoreDNS' timeouts until the first query and after each query (core/dnsserver/server.go), in milliseconds.
const FIRST_READ_MS = 3000
const IDLE_MS = 10_000
const SWEEP_MS = 1000
/** A connection costs about 10 KB. Resolvers open few, so more than this are a mistake or an attack. */
const MAX_CONNECTIONS = 2000

/** Listens with SO_REUSEPORT and answers queries; rejects with the system's error. */
export async function listenTcp(
  options: TcpOptions,
  pipeline: QueryPipeline,
): Promise<TcpListener> {
  const connections = new Connections(options, pipeline)
  const server = await bindDualStack(options.address, (host) => {
    return listen(host, options.port, (socket) => connections.accept(socket))
  })
  return new SocketListener(server, connections)
}

class SocketListener implements TcpListener {
  readonly #server: Server
  readonly #connections: Connections
  readonly #timer = setInterval(() => this.sweep(), SWEEP_MS).unref()

  constructor(server: Server, connections: Connections) {
    this.#server = server
    this.#connections = connections
  }

  serve(pipeline: QueryPipeline): void {
    this.#connections.pipeline = pipeline
  }

  sweep(): void {
    this.#connections.sweep()
  }

  async close(graceMs: number): Promise<void> {
    clearInterval(this.#timer)
    const closed = new Promise((done) => this.#server.close(done))
    this.#connections.stop()
    const grace = setTimeout(() => this.#connections.destroy(), graceMs)
    await closed
    clearTimeout(grace)
  }
}

/** The open connections of one listener. */
class Connections {
  /** Answers the next queries. */
  pipeline: QueryPipeline
  readonly #open = new Set<TcpConnection>()
  /** The scratch space of all connections. */
  readonly #output = new Uint8Array(2 * (MESSAGE_MAX_SIZE + PREFIX_SIZE))
  readonly #counters: Int32Array
  readonly #now: () => number
  readonly #max: number

  constructor(options: TcpOptions, pipeline: QueryPipeline) {
    this.pipeline = pipeline
    this.#counters = options.threadCounters
    this.#now = options.now ?? (() => performance.now())
    this.#max = options.maxConnections ?? MAX_CONNECTIONS
  }

  /** Serves a new connection; refuses it at the limit if no other connection is idle. */
  accept(socket: Socket): void {
    if (this.#open.size >= this.#max && !this.#closeIdle()) {
      Atomics.add(this.#counters, THREAD_TCP_REFUSED, 1)
      socket.destroy()
      return
    }
    const connection = new TcpConnection(socket, this.#output, {
      pipeline: () => this.pipeline,
      now: this.#now,
      firstReadMs: FIRST_READ_MS,
      idleMs: IDLE_MS,
    })
    this.#open.add(connection)
    Atomics.add(this.#counters, THREAD_TCP_CONNECTIONS, 1)
    socket.once('close', () => {
      this.#open.delete(connection)
      Atomics.sub(this.#counters, THREAD_TCP_CONNECTIONS, 1)
    })
  }

  /** Closes connections that are past their deadline. */
  sweep(): void {
    for (const connection of this.#open) {
      if (connection.deadline <= this.#now()) connection.destroy()
    }
  }

  /** Answers the queries that have arrived, then closes each connection. */
  stop(): void {
    for (const connection of this.#open) void connection.stop()
  }

  /** Closes all connections at once. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy()
  }

  /** Makes room by closing the connection that has been idle for longest; false if none is idle. */
  #closeIdle(): boolean {
    let oldest: TcpConnection | undefined
    for (const connection of this.#open) {
      if (!connection.isIdle) continue
      if (oldest === undefined || connection.deadline < oldest.deadline) oldest = connection
    }
    if (oldest === undefined) return false
    this.#open.delete(oldest)
    oldest.destroy()
    return true
  }
}

async function listen(
  host: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  // Half-open: a client may end its side and still wait for replies.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
  const listening = once(server, 'listening')
  server.listen({ host, port, reusePort: true, ipv6Only: false })
  await listening
  // A failed accept (no free descriptors) must not end the thread.
  server.on('error', () => {})
  return server
}
