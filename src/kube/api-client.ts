// Requests to one API server, reads and writes: credentials that follow their files, connections that follow the credentials,
// and errors in words.
import type { IncomingMessage } from 'node:http'
import { ApiError } from './api-error.ts'
import { type RequestInfo, statusError, transportError } from './api-messages.ts'
import { type ApiSpec, loadClientConfig } from './client-config.ts'
import type { Clock } from './clock.ts'
import {
  type Connections,
  NotStartedError,
  openConnections,
  type RequestOptions,
  withIdleTimeout,
} from './connections.ts'
import {
  authHeaders,
  type ClientConfig,
  type Credentials,
  connectionKey,
  filesChanged,
  readCredentials,
} from './credentials.ts'
import type { FullClientDeps } from './source-deps.ts'
import { type Decoders, wireFormat } from './wire-format.ts'

/** How often the files of the credentials are looked at, and the floor between two re-reads after a 401. */
const CHECK_MS = 10_000
/** Renewed this long before they expire. */
const EXPIRY_MARGIN_MS = 60_000
const ERROR_BODY_BYTES = 4096

export interface GetOptions {
  readonly info: RequestInfo
  /** Path and query. */
  readonly path: string
  readonly accept: string
  readonly signal: AbortSignal
}

/** A write. What it must meet (uid, resourceVersion) stands in its body, where the server checks it. */
export interface WriteOptions {
  readonly info: RequestInfo
  /** Path and query. */
  readonly path: string
  /** Sent as JSON: the object of a create, a JSON merge patch, DeleteOptions. */
  readonly body: unknown
  readonly signal: AbortSignal
  /** Asked just before the request goes out; false rejects it with "not_started". */
  readonly mayStart?: () => boolean
}

export interface ApiResponse {
  /** "application/json"; '' when the server does not say. */
  readonly contentType: string
  /** To be read once, in chunks. */
  readonly body: AsyncIterable<Buffer>
}

interface Request extends GetOptions {
  readonly method: RequestOptions['method']
  readonly body?: string
  readonly mayStart?: () => boolean
}

const methods = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  patch: 'PATCH',
  delete: 'DELETE',
} as const satisfies Record<RequestInfo['verb'], RequestOptions['method']>

const contentTypes: Readonly<Record<RequestOptions['method'], string>> = {
  GET: '',
  POST: 'application/json',
  PATCH: 'application/merge-patch+json',
  DELETE: 'application/json',
}

export class ApiClient {
  readonly #spec: ApiSpec
  readonly #deps: FullClientDeps
  readonly #clock: Clock
  #clientConfig: ClientConfig | undefined
  #credentials: Credentials | undefined
  #connections: Connections | undefined
  #connectionKey = ''
  #checkedAt = Number.NEGATIVE_INFINITY
  #unauthorizedAt = Number.NEGATIVE_INFINITY
  #loading: Promise<Credentials> | undefined
  /** Ends what is being read for nobody in particular. */
  readonly #stop = new AbortController()
  #skewMs = 0

  constructor(spec: ApiSpec, deps: FullClientDeps) {
    this.#spec = spec
    this.#deps = deps
    this.#clock = deps.clock
  }

  /** GET; resolves to a 2xx, rejects with ApiError. A 401 re-reads the credentials and tries again. */
  get(options: GetOptions): Promise<ApiResponse> {
    return this.#authorized({ ...options, method: 'GET' })
  }

  /** A write, by the verb of its `ask`; resolves to the object as the server now has it (or a Status). */
  async write({ body, ...options }: WriteOptions): Promise<unknown> {
    const { info, path } = options
    const { body: responseBody } = await this.#authorized({
      ...options,
      accept: 'application/json',
      method: methods[info.verb],
      body: JSON.stringify(body),
    })
    return this.#decode(path, 'application/json', responseBody)
  }

  async #authorized(options: Request): Promise<ApiResponse> {
    const credentials = await this.#current(options.signal)
    try {
      return await this.#send(options, credentials)
    } catch (error) {
      const isUnauthorized = error instanceof ApiError && error.reason === 'unauthorized'
      if (!isUnauthorized || this.#clock.now() - this.#unauthorizedAt < CHECK_MS) throw error
      this.#unauthorizedAt = this.#clock.now()
      return this.#send(options, await this.#load(options.signal, true))
    }
  }

  /** GET of one object or list; `decoders` where it may come as protobuf. */
  async read(options: GetOptions, decoders?: Decoders): Promise<unknown> {
    const { contentType, body } = await this.get(options)
    return this.#decode(options.path, contentType, body, decoders)
  }

  async #decode(
    path: string,
    contentType: string,
    body: AsyncIterable<Buffer>,
    decoders?: Decoders,
  ): Promise<unknown> {
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(chunk)
    try {
      return wireFormat(contentType, decoders).decode(Buffer.concat(chunks))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const text = `${this.#credentials?.server} answers ${path} with something unreadable: ${why}`
      throw new ApiError('protocol', text, { cause })
    }
  }

  get server(): string {
    return this.#credentials?.server ?? ''
  }

  /** How far the server's clock is ahead of ours by its last answer; whole seconds are all it tells. */
  get skewMs(): number {
    return this.#skewMs
  }

  /** The credentials have changed at their source: the next request reads them anew. */
  reload(): void {
    this.#clientConfig = undefined
    this.#credentials = undefined
    // What is being read now may be what was there before.
    this.#loading = undefined
  }

  /** Ends what is under way, streams too; the next request opens a connection of its own. */
  disconnect(): void {
    this.#connections?.destroy()
    this.#connections = undefined
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#connections?.destroy()
  }

  async #send(options: Request, credentials: Credentials): Promise<ApiResponse> {
    const { info, path, accept, signal, method, body, mayStart } = options
    const { host } = new URL(credentials.server)
    const startedAt = this.#clock.now()
    const countRequest = (code: string) =>
      this.#deps.requests.observe(host, code, (this.#clock.now() - startedAt) / 1000, method)
    const headers = {
      ...authHeaders(credentials),
      accept,
      'user-agent': this.#deps.userAgent,
      ...(body === undefined ? {} : { 'content-type': contentTypes[method] }),
    }
    const request = {
      method,
      path,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
      ...(mayStart === undefined ? {} : { mayStart }),
    }
    let response: IncomingMessage
    try {
      response = await this.#connect(credentials).request(request)
    } catch (error) {
      if (signal.aborted) throw error
      if (error instanceof NotStartedError) throw new ApiError('not_started', error.message)
      countRequest('<error>')
      throw transportError(error, info, credentials)
    }
    const { statusCode = 0 } = response
    countRequest(String(statusCode))
    const date = Date.parse(response.headers.date ?? '')
    if (!Number.isNaN(date)) this.#skewMs = date - this.#clock.wall()
    // A watch has its own limit: it may be silent for long.
    const chunks =
      info.verb === 'watch' ? response : withIdleTimeout(response, this.#deps.responseIdleMs)
    if (statusCode >= 200 && statusCode < 300) {
      return {
        contentType: String(response.headers['content-type'] ?? ''),
        body: this.#readable(chunks, info, credentials, signal),
      }
    }
    throw statusError(
      statusCode,
      response.headers['retry-after'],
      await readErrorBody(chunks),
      info,
      credentials,
      this.#clock.wall(),
    )
  }

  async *#readable(
    body: AsyncIterable<Buffer>,
    info: RequestInfo,
    credentials: Credentials,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer> {
    try {
      yield* body
    } catch (error) {
      if (signal.aborted) throw error
      const { reason, message } = transportError(error, info, credentials)
      throw new ApiError(reason === 'timeout' ? reason : 'disconnected', message, { cause: error })
    }
  }

  async #current(signal: AbortSignal): Promise<Credentials> {
    const credentials = this.#credentials
    const now = this.#clock.now()
    if (credentials === undefined) return this.#load(signal, true)
    const expires = credentials.expiresAt ?? Number.POSITIVE_INFINITY
    if (this.#clock.wall() > expires - EXPIRY_MARGIN_MS) return this.#load(signal, true)
    if (now - this.#checkedAt < CHECK_MS) return credentials
    this.#checkedAt = now
    if (!(await filesChanged(credentials.hashes))) return credentials
    try {
      return await this.#load(signal, false)
    } catch (error) {
      // Half of a rotation, as a rule: what worked until now goes on while it may.
      this.#deps.log.warning(error instanceof Error ? error.message : String(error))
      return credentials
    }
  }

  /** Reads the credentials anew; several that ask at once share one reading, which ends with none of them. */
  async #load(signal: AbortSignal, rebuild: boolean): Promise<Credentials> {
    signal.throwIfAborted()
    if (this.#loading === undefined) {
      const loading: Promise<Credentials> = this.#read(rebuild, () => this.#loading === loading)
      this.#loading = loading
      const clear = () => {
        if (this.#loading === loading) this.#loading = undefined
      }
      loading.then(clear, clear)
    }
    return unlessAborted(this.#loading, signal)
  }

  async #read(rebuild: boolean, isNewest: () => boolean): Promise<Credentials> {
    // The recipe itself is kept while the files that it was made from are the same.
    const reuse =
      !rebuild &&
      this.#clientConfig !== undefined &&
      !(await filesChanged(this.#clientConfig.hashes))
    const { signal } = this.#stop
    const clientConfig = reuse
      ? this.#clientConfig!
      : await loadClientConfig(this.#spec, this.#deps, signal)
    const credentials = await readCredentials(clientConfig)
    if (!isNewest()) return credentials
    this.#clientConfig = clientConfig
    this.#credentials = credentials
    this.#checkedAt = this.#clock.now()
    return credentials
  }

  #connect(credentials: Credentials): Connections {
    const key = connectionKey(credentials)
    if (this.#connections !== undefined && this.#connectionKey === key) return this.#connections
    // Streams on the former connections go on until they end by themselves.
    this.#connections?.retire()
    this.#connectionKey = key
    this.#connections = openConnections(credentials)
    return this.#connections
  }
}

/** As the promise, but rejects when the signal aborts first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function readErrorBody(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  try {
    for await (const chunk of body) {
      text += String(chunk)
      if (text.length > ERROR_BODY_BYTES) break
    }
  } catch {
    // The status alone has to do.
  }
  return text
}
