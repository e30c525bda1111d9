// HTTP servers for probes and metrics, one for each address. A reload keeps the servers whose address does not
// change.
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { errorText } from '../errors.ts'
import { listenError } from '../listen-error.ts'
import type { Log } from '../log.ts'
import { createLimitedServer } from './http-limits.ts'

/** Writes the body of a reply whose head was sent, and ends it. Not called for HEAD. */
export type HttpBodyWriter = (response: ServerResponse) => unknown

/** The default content type is plain text. */
export interface HttpReply {
  readonly status: number
  readonly contentType?: string
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | HttpBodyWriter
}

/** What a route knows of a request. */
export interface HttpRequest {
  /** "GET" */
  readonly method: string
  /** The address that asks; "" when its connection is gone. */
  readonly client: string
  /** What follows the path. */
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
}

/** Answers the requests for one path. */
export type HttpRoute = (request: HttpRequest) => HttpReply | Promise<HttpReply>

/** By path: "/healthz". */
export type HttpRoutes = Readonly<Record<string, HttpRoute>>

interface Listening {
  readonly server: Server
  routes: HttpRoutes
}

/** Opened addresses that are not served yet; call `commit` or `discard`. */
export interface PreparedServers {
  /** Serves exactly the prepared addresses: replaces the routes and closes all other addresses. */
  commit(): Promise<void>
  /** Closes the opened addresses; served addresses do not change. */
  discard(): Promise<void>
}

/** A set of HTTP servers by address ("HOST:PORT"). */
export class HttpServers {
  readonly #open = new Map<string, Listening>()
  readonly #log: Log

  /** `log` gets the errors of routes, which clients do not see. */
  constructor(log: Log) {
    this.#log = log
  }

  /**
   * Opens the addresses ("HOST:PORT", the host can be empty) that are not open yet. Rejects with ADDRESS_IN_USE or
   * LISTEN, and then changes nothing.
   */
  async prepare(wanted: ReadonlyMap<string, HttpRoutes>): Promise<PreparedServers> {
    const opened = new Map<string, Listening>()
    const discard = async () => {
      await Promise.all([...opened.values()].map(close))
    }
    try {
      for (const address of wanted.keys()) {
        if (!this.#open.has(address)) opened.set(address, await listen(address, this.#log))
      }
    } catch (error) {
      await discard()
      throw error
    }
    return { commit: () => this.#commit(wanted, opened), discard }
  }

  /** Serves exactly these addresses; rejects as `prepare` does. */
  async serve(wanted: ReadonlyMap<string, HttpRoutes>): Promise<void> {
    const prepared = await this.prepare(wanted)
    await prepared.commit()
  }

  async #commit(
    wanted: ReadonlyMap<string, HttpRoutes>,
    opened: ReadonlyMap<string, Listening>,
  ): Promise<void> {
    for (const [address, listening] of opened) this.#open.set(address, listening)
    for (const [address, listening] of this.#open) {
      const routes = wanted.get(address)
      if (routes === undefined) await this.close(address)
      else listening.routes = routes
    }
  }

  /** Stops serving one address and closes its connections. */
  async close(address: string): Promise<void> {
    const listening = this.#open.get(address)
    if (listening === undefined) return
    this.#open.delete(address)
    await close(listening)
  }

  /** Stops serving all addresses. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((address) => this.close(address)))
  }

  /** Served address -> bound port, which differs from the address for port 0. */
  get addresses(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#open].map(([address, { server }]) => {
        const bound = server.address()
        return [address, bound !== null && typeof bound === 'object' ? bound.port : 0]
      }),
    )
  }
}

async function close({ server }: Listening): Promise<void> {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
}

async function answer(
  routes: HttpRoutes,
  request: IncomingMessage,
  response: ServerResponse,
  failed: (path: string, error: unknown) => void,
): Promise<void> {
  const { method = 'GET', headers, socket } = request
  const [path = '/', query] = (request.url ?? '/').split(/\?(.*)/s)
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined
  const client = socket.remoteAddress ?? ''
  try {
    const reply = await route?.({ method, client, query: new URLSearchParams(query), headers })
    await send(reply ?? notFound, method, response)
  } catch (error) {
    failed(path, error)
    // A body that was begun cannot become another reply.
    if (response.headersSent) response.destroy()
    else await send(internalError, method, response).catch(() => response.destroy())
  }
}

async function send(
  { status, contentType = 'text/plain; charset=utf-8', headers, body }: HttpReply,
  method: string,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(status, { 'content-type': contentType, ...headers })
  if (method === 'HEAD') response.end()
  else if (typeof body === 'function') await body(response)
  else response.end(body)
}

const notFound: HttpReply = { status: 404, body: '404 page not found\n' }
const internalError: HttpReply = { status: 500, body: 'internal error; see the log\n' }

/** Opens an address; it has no routes until a commit. */
async function listen(address: string, log: Log): Promise<Listening> {
  const server = createLimitedServer((request, response) => {
    const failed = (path: string, error: unknown) =>
      log.error(`${path} on ${address}: ${errorText(error)}`)
    void answer(listening.routes, request, response, failed)
  })
  const listening: Listening = { server, routes: {} }
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  const port = Number(address.slice(colon + 1))
  const ready = once(server, 'listening')
  server.listen({ port, ...(host === '' ? {} : { host }) })
  try {
    await ready
  } catch (error) {
    throw listenError('tcp', address, error)
  }
  server.on('error', () => {})
  return listening
}
