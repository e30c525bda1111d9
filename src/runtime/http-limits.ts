// HTTP servers with limits, for probes and metrics. Anyone who reaches the pod can open connections, send half a request,
// or read no reply; a probe of the kubelet must still be answered.
import type { RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { ConnectionLimits, closeAtOnce, type LimitedConnection } from '../connection-limits.ts'
import { http } from '../http.ts'

/** CoreDNS' timeouts for reading, writing and idle connections (coredns plugin/health), in milliseconds. */
const TIMEOUT_MS = 5000
/** A kubelet, a few scrapers and a person with curl need ten. */
const MAX_CONNECTIONS = 100
/** A scraper needs one: its connection is idle for longer than TIMEOUT_MS until the next scrape. */
const MAX_REQUESTS_PER_CONNECTION = 16
const MAX_HEADER_BYTES = 8 * 1024

/**
 * Creates a server that calls `handle` for each request. At `maxConnections`, the client with the most loses the
 * connection that has been without a request for longest. A client that does not send, or does not read, is closed after
 * TIMEOUT_MS. One that sends a request before it has got the reply to the last is closed at once: 64 KB of requests could
 * make the server render 3,000 replies.
 */
export function createLimitedServer(
  handle: RequestListener,
  maxConnections = MAX_CONNECTIONS,
): Server {
  // Each connection holds one reply at most, so their bytes need no limit of their own.
  const limits = new ConnectionLimits({ maxConnections, maxBytes: Number.POSITIVE_INFINITY })
  const open = new WeakMap<Socket, HttpConnection>()
  const server = http.createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    keepAliveTimeout: TIMEOUT_MS,
    connectionsCheckingInterval: 1000,
  })
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION
  server.setTimeout(TIMEOUT_MS, (socket) => open.get(socket)?.destroy())
  server.on('connection', (socket) => {
    const connection = new HttpConnection(socket)
    open.set(socket, connection)
    socket.once('close', () => limits.remove(connection))
    if (!limits.add(connection)) socket.destroy()
  })
  server.on('request', (request, response) => {
    const connection = open.get(request.socket)
    // The requests that arrived together with the first one of a closed connection.
    if (connection === undefined || request.socket.destroyed) return
    if (!connection.isIdle) {
      connection.destroy()
      return
    }
    connection.isIdle = false
    response.once('close', () => {
      connection.isIdle = true
      connection.deadline = performance.now() + TIMEOUT_MS
    })
    handle(request, response)
  })
  return server
}

class HttpConnection implements LimitedConnection {
  readonly remoteAddress: string
  isIdle = true
  /** Its one reply is not counted. */
  readonly heldBytes = 0
  deadline = performance.now() + TIMEOUT_MS
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    this.remoteAddress = socket.remoteAddress ?? ''
  }

  destroy(): void {
    closeAtOnce(this.#socket)
  }
}
