// HTTP connections to one API server with one set of credentials. Node's own client is used: it has every feature
// that is needed here and takes 20 MB less memory than an npm package (docs/adr/0003).
import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { http, loadHttps } from '../http.ts'
import type { Credentials } from './credentials.ts'
import { connectThroughSocks } from './socks-agent.ts'

const CONNECT_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 30_000
/** Idle time before TCP probes a connection. Ten unanswered probes, one second apart (libuv), close it. */
const KEEPALIVE_MS = 10_000

export interface RequestOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body?: string
  readonly signal: AbortSignal
  /** Called when the connection is open, just before the request is sent; false rejects with NotStartedError. */
  readonly mayStart?: () => boolean
}

/** The error of a request that was not sent because `mayStart` returned false. */
export class NotStartedError extends Error {
  override readonly name = 'NotStartedError'
}

export interface Connections {
  /** Resolves when the response headers have arrived; rejects with the system's error. */
  request(options: RequestOptions): Promise<IncomingMessage>
  /** Closes idle connections. */
  closeIdle(): void
  /** Closes idle connections, and each other one when its request ends. */
  retire(): void
  /** Closes all connections; running requests fail. */
  destroy(): void
}

/** A pool of keep-alive connections; each one is opened by the first request that needs it. */
export function openConnections(credentials: Credentials): Connections {
  const { server } = credentials
  const agent = createAgent(credentials)
  const closeIdle = () => {
    for (const sockets of Object.values(agent.freeSockets)) {
      for (const socket of [...(sockets ?? [])]) socket.destroy()
    }
  }
  return {
    request: (options) => send(server, agent, options, true),
    closeIdle,
    retire() {
      closeIdle()
      agent.maxFreeSockets = 0
    },
    destroy: () => agent.destroy(),
  }
}

function createAgent(credentials: Credentials): HttpAgent {
  const { server, ca, cert, key, servername, insecure, proxyUrl } = credentials
  const isSocks = proxyUrl?.startsWith('socks') === true
  const options = {
    keepAlive: true,
    keepAliveMsecs: KEEPALIVE_MS,
    ...(proxyUrl === undefined || isSocks
      ? {}
      : { proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } }),
  }
  const agent = isTls(server)
    ? new (loadHttps().Agent)({
        ...options,
        rejectUnauthorized: !insecure,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(servername === undefined ? {} : { servername }),
      })
    : new http.Agent(options)
  if (proxyUrl !== undefined && isSocks) {
    const timeouts = { connectTimeoutMs: CONNECT_TIMEOUT_MS, keepAliveMs: KEEPALIVE_MS }
    connectThroughSocks(agent, { isTls: isTls(server), proxyUrl, ...timeouts })
  }
  return agent
}

function isTls(server: string): boolean {
  return server.startsWith('https:')
}

/** Sends one request; with `mayRetry` a GET on a stale connection is sent once more. */
function send(
  server: string,
  agent: HttpAgent,
  options: RequestOptions,
  mayRetry: boolean,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, path, headers, body, signal, mayStart = () => true } = options
    const { request: start } = isTls(server) ? loadHttps() : http
    // Node sends no body with a DELETE unless Content-Length is set.
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = start(new URL(`${server}${path}`), {
      agent,
      method,
      headers: { ...headers, ...length },
      signal,
    })
    const headersTimer = failAfter(request, HEADERS_TIMEOUT_MS, 'no response')
    // Node sends nothing, not even the headers, before `end` is called.
    const stopConnecting = whenConnected(request, isTls(server), () => {
      if (mayStart()) request.end(body)
      else
        request.destroy(new NotStartedError(`${method} ${path} was cancelled before it was sent`))
    })
    // An error of the response stream is emitted on the request a second time and must not start a retry.
    let isSettled = false
    const settle = () => {
      isSettled = true
      stopConnecting()
      clearTimeout(headersTimer)
    }
    request.once('response', (response) => {
      settle()
      resolve(response)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (isSettled) return
      settle()
      // The server closed an idle connection just as it was reused: an idempotent request is retried.
      const isStale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
      if (mayRetry && isStale && method === 'GET') resolve(send(server, agent, options, false))
      else reject(error)
    })
  })
}

/** Calls `onConnected` when the request has an open connection; the returned function cancels the timeout. */
function whenConnected(request: ClientRequest, tls: boolean, onConnected: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  request.once('socket', (socket: Socket) => {
    if (!socket.connecting) return onConnected()
    timer = failAfter(request, CONNECT_TIMEOUT_MS, 'no connection')
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      onConnected()
    })
  })
  return () => clearTimeout(timer)
}

function failAfter(request: ClientRequest, ms: number, what: string): NodeJS.Timeout {
  return setTimeout(() => {
    request.destroy(new TimeoutError(`${what} within ${ms / 1000} s`))
  }, ms)
}

/**
 * The chunks of a response body. The stream fails when no chunk arrives for `idleMs` milliseconds, and when the body is
 * not complete after `totalMs` milliseconds.
 */
export async function* withTimeouts(
  body: Readable,
  idleMs: number,
  totalMs: number,
): AsyncGenerator<Buffer> {
  const fail = (text: string) => body.destroy(new TimeoutError(text))
  const start = () =>
    setTimeout(() => fail(`no further data of the response within ${idleMs / 1000} s`), idleMs)
  const total = setTimeout(() => fail(`no complete response within ${totalMs / 1000} s`), totalMs)
  let timer = start()
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      yield chunk
      timer = start()
    }
  } finally {
    clearTimeout(timer)
    clearTimeout(total)
  }
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ETIMEDOUT'
}
