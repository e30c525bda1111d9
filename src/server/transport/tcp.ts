// TCP: one listening socket of one address on an event-loop thread, and its connections. Idle connections time out, and
// all connections of the thread have common limits.
import { once } from 'node:events'
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { ConnectionLimits } from '../../connection-limits.ts'
import { bindDualStack } from '../../udp/dual-stack.ts'
import type { Libc } from '../../udp/libc.ts'
import { duplicateDescriptor } from '../../udp/socket.ts'
import { limitTcpBuffers } from '../../udp/tcp-buffers.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import {
  THREAD_TCP_CONNECTIONS,
  THREAD_TCP_REFUSED,
  THREAD_TCP_TIMED_OUT,
} from '../shared/counters.ts'
import { MAX_UNSENT_BYTES, OUTPUT_BYTES, TcpConnection } from './tcp-connection.ts'

interface TcpOptions {
  /** '' = all addresses of both families. */
  readonly address: string
  readonly port: number
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
  /** The limits of all connections of the thread. */
  readonly limits: ConnectionLimits
  /** Undefined where libc is not available: connections keep the kernel's default buffers. */
  readonly libc?: Libc | undefined
  /** Keeps the socket open when the thread ends by a crash, and has that of the thread before. Needs `libc`. */
  readonly kept?: KeptSocket | undefined
  /** A monotonic clock, in milliseconds; default: performance.now. */
  readonly now?: () => number
}

/** Where a descriptor of the listening socket outlives the thread. */
interface KeptSocket {
  /** -1 = none. */
  readonly fd: number
  keep(fd: number): void
  /** Keeps nothing any longer; returns the descriptor, which the caller closes. */
  release(): number
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

const SWEEP_MS = 1000

/** Listens with SO_REUSEPORT and answers queries; rejects with the system's error. */
export async function listenTcp(
  options: TcpOptions,
  pipeline: QueryPipeline,
): Promise<TcpListener> {
  const { address, port, libc, kept } = options
  const connections = new Connections(options, pipeline)
  const accept = (socket: Socket) => connections.accept(socket)
  if (libc !== undefined && kept !== undefined && kept.fd >= 0) {
    const server = await listen({ fd: duplicateDescriptor(libc, kept.fd) }, accept)
    return new SocketListener(server, connections, options)
  }
  const server = await bindDualStack(address, (host) => {
    return listen({ host, port, reusePort: true, ipv6Only: false }, accept)
  })
  const fd = descriptorOf(server)
  if (libc !== undefined && fd !== undefined) {
    limitTcpBuffers(libc, fd)
    keepDescriptor(libc, fd, kept)
  }
  return new SocketListener(server, connections, options)
}

/** Without a free descriptor nothing is kept: connections that wait when the thread crashes are reset. */
function keepDescriptor(libc: Libc, fd: number, kept: KeptSocket | undefined): void {
  let duplicate: number
  try {
    duplicate = duplicateDescriptor(libc, fd)
  } catch {
    return
  }
  kept?.keep(duplicate)
}

class SocketListener implements TcpListener {
  readonly #server: Server
  readonly #connections: Connections
  readonly #options: TcpOptions
  readonly #timer = setInterval(() => this.sweep(), SWEEP_MS).unref()

  constructor(server: Server, connections: Connections, options: TcpOptions) {
    this.#server = server
    this.#connections = connections
    this.#options = options
  }

  serve(pipeline: QueryPipeline): void {
    this.#connections.pipeline = pipeline
  }

  sweep(): void {
    this.#connections.sweep()
  }

  async close(graceMs: number): Promise<void> {
    clearInterval(this.#timer)
    const { libc, kept } = this.#options
    const keptFd = kept?.release() ?? -1
    if (keptFd >= 0) libc?.close(keptFd)
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
  readonly #output = new Uint8Array(OUTPUT_BYTES)
  readonly #counters: Int32Array
  readonly #limits: ConnectionLimits
  readonly #now: () => number

  constructor(options: TcpOptions, pipeline: QueryPipeline) {
    this.pipeline = pipeline
    this.#counters = options.threadCounters
    this.#limits = options.limits
    this.#now = options.now ?? (() => performance.now())
  }

  /** Serves a new connection, or refuses it at the limit. */
  accept(socket: Socket): void {
    const connection = new TcpConnection(socket, this.#output, {
      pipeline: () => this.pipeline,
      now: this.#now,
      onHold: (holding) => this.#limits.update(holding),
    })
    if (!this.#limits.add(connection)) {
      Atomics.add(this.#counters, THREAD_TCP_REFUSED, 1)
      socket.destroy()
      return
    }
    this.#open.add(connection)
    Atomics.add(this.#counters, THREAD_TCP_CONNECTIONS, 1)
    socket.once('close', () => {
      this.#open.delete(connection)
      this.#limits.remove(connection)
      Atomics.sub(this.#counters, THREAD_TCP_CONNECTIONS, 1)
    })
  }

  /** Closes connections that are past their deadline. */
  sweep(): void {
    for (const connection of this.#open) {
      if (!connection.isOverdue(this.#now())) continue
      Atomics.add(this.#counters, THREAD_TCP_TIMED_OUT, 1)
      connection.destroy()
    }
  }

  /** Answers the queries that have arrived, then closes each connection. */
  stop(): void {
    for (const connection of this.#open) connection.stop()
  }

  /** Closes all connections at once. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy()
  }
}

async function listen(
  where: ListenOptions | { readonly fd: number },
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  // Half-open: a client may end its side and still wait for replies. A connection that is over its limit goes on with
  // the event 'drain', so the limit must not be below Node's own.
  const options = { allowHalfOpen: true, noDelay: true, highWaterMark: MAX_UNSENT_BYTES }
  const server = createServer(options, onConnection)
  const listening = once(server, 'listening')
  server.listen(where)
  await listening
  // A failed accept (no free descriptors) must not end the thread.
  server.on('error', () => {})
  return server
}

/** The descriptor of a listening socket. Node has no public API for it; without it, the buffers are the kernel's. */
function descriptorOf(server: Server): number | undefined {
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } }
  return handle?.fd
}
