// An HTTP client of one API server, for reads and writes. It opens new connections when the credentials change, and
// reports every failure as an ApiError.
import type { IncomingMessage } from 'node:http'
import { ApiError, asApiError } from './api-error.ts'
import { type RequestInfo, statusError, transportError } from './api-messages.ts'
import type { ApiSpec } from './client-config.ts'
import type { FullClientDeps } from './client-deps.ts'
import type { Clock } from './clock.ts'
import {
  type Connections,
  NotStartedError,
  openConnections,
  type RequestOptions,
  withTimeouts,
} from './connections.ts'
import { CHECK_MS, CredentialKeeper } from './credential-keeper.ts'
import { authHeaders, type Credentials, connectionKey } from './credentials.ts'
import { JSON_TYPE } from './media-types.ts'
import { type ReceiveBuffer, ReceiveBuffers } from './receive-buffer.ts'
import { MB, type ReceiveLimits } from './receive-limits.ts'
import { gateOf, type RequestGate } from './request-gate.ts'
import { type TokenClaims, tokenClaims } from './token-claims.ts'
import { type Decoders, wireFormat } from './wire-format.ts'

/** Error bodies are read up to about this size: a refusal names each invalid field twice. */
const ERROR_BODY_BYTES = MB

interface GetOptions {
  readonly info: RequestInfo
  /** Path and query. */
  readonly path: string
  readonly accept: string
  readonly signal: AbortSignal
}

/** A write. Its preconditions (uid, resourceVersion) are in the body, where the API server checks them. */
interface WriteOptions {
  readonly info: RequestInfo
  /** Path and query. */
  readonly path: string
  /** Sent as JSON: the object to create, a JSON merge patch, or DeleteOptions. */
  readonly body: unknown
  readonly signal: AbortSignal
  /** Called just before the request is sent; false rejects the write with ApiError "not_started". */
  readonly mayStart?: () => boolean
}

interface ApiResponse {
  /** The Content-Type header; '' without one. */
  readonly contentType: string
  /** The body in chunks; it can be read once. */
  readonly body: AsyncIterable<Buffer>
}

interface SizedResponse {
  /** The decoded body. */
  readonly value: unknown
  /** The size of the body. */
  readonly bytes: number
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
  POST: JSON_TYPE,
  PATCH: 'application/merge-patch+json',
  DELETE: JSON_TYPE,
}

/** A client of the API server that `spec` names. */
export class ApiClient {
  readonly #deps: FullClientDeps
  readonly #clock: Clock
  readonly #keeper: CredentialKeeper
  readonly #buffers: ReceiveBuffers
  readonly #gate: RequestGate | undefined
  #connections: Connections | undefined
  #connectionKey = ''
  #unauthorizedAt = Number.NEGATIVE_INFINITY
  #skewMs = 0

  constructor(spec: ApiSpec, deps: FullClientDeps) {
    this.#deps = deps
    this.#clock = deps.clock
    this.#keeper = new CredentialKeeper(spec, deps)
    this.#buffers = new ReceiveBuffers(deps.limits)
    this.#gate = gateOf(deps.requestLimits, deps.clock)
  }

  /**
   * A GET. Resolves with a 2xx response, rejects with ApiError. A 401 reloads the credentials and tries once more,
   * at most every 10 s.
   */
  get(options: GetOptions): Promise<ApiResponse> {
    return this.#authorized({ ...options, method: 'GET' })
  }

  /**
   * Creates, patches or deletes, by the verb of `info`. Resolves with the object in the response, or with a Status.
   * Rejects with ApiError.
   */
  async write({ body, ...options }: WriteOptions): Promise<unknown> {
    const { info } = options
    const { body: responseBody } = await this.#authorized({
      ...options,
      accept: JSON_TYPE,
      method: methods[info.verb],
      body: JSON.stringify(body),
    })
    return (await this.#decode(info, JSON_TYPE, responseBody)).value
  }

  async #authorized(options: Request): Promise<ApiResponse> {
    const credentials = await this.#keeper.current(options.signal)
    try {
      return await this.#gated(options, credentials)
    } catch (error) {
      const isUnauthorized = error instanceof ApiError && error.reason === 'unauthorized'
      if (!isUnauthorized || this.#clock.now() - this.#unauthorizedAt < CHECK_MS) throw error
      this.#unauthorizedAt = this.#clock.now()
      return this.#gated(options, await this.#keeper.renew(options.signal))
    }
  }

  /** GET of one object or list, decoded; `decoders` are for protobuf responses. Rejects with ApiError. */
  async read(options: GetOptions, decoders?: Decoders): Promise<unknown> {
    return (await this.readSized(options, decoders)).value
  }

  /** As `read`, with the size of the response. */
  async readSized(options: GetOptions, decoders?: Decoders): Promise<SizedResponse> {
    const { contentType, body } = await this.get(options)
    return this.#decode(options.info, contentType, body, decoders)
  }

  /** How much the server may send. */
  get limits(): ReceiveLimits {
    return this.#buffers.limits
  }

  /** A buffer for the events of a watch; it must be released at the end of the watch. */
  openBuffer({ verb, resource }: RequestInfo): ReceiveBuffer {
    return this.#buffers.open(`${verb} ${resource}: an event of ${this.server}`)
  }

  async #decode(
    { verb, resource }: RequestInfo,
    contentType: string,
    body: AsyncIterable<Buffer>,
    decoders?: Decoders,
  ): Promise<SizedResponse> {
    const response = `${verb} ${resource}: the response of ${this.server}`
    const content = await this.#buffers.collect(response, body)
    try {
      return { value: wireFormat(contentType, decoders).decode(content), bytes: content.length }
    } catch (cause) {
      const { reason, message } = asApiError(cause)
      throw new ApiError(reason, `${response} cannot be decoded: ${message}`, { cause })
    }
  }

  /** The URL of the API server; '' before the credentials are loaded. */
  get server(): string {
    return this.#keeper.server
  }

  /** The namespace of the kubeconfig's context; undefined without one, and before the first request. */
  get namespace(): string | undefined {
    return this.#keeper.namespace
  }

  /** A text of the API server without the credentials that our requests carry. */
  hide(text: string): string {
    return this.#keeper.hide(text)
  }

  /** What the token in use says about itself; undefined without a token that ends, or when a plugin renews it. */
  get tokenClaims(): TokenClaims | undefined {
    const token = this.#keeper.givenToken
    return token === undefined ? undefined : tokenClaims(token)
  }

  /**
   * How far the server's clock is ahead of ours, in milliseconds, by the Date header of the last response. The header
   * has a resolution of one second.
   */
  get skewMs(): number {
    return this.#skewMs
  }

  /** Discards the credentials; the next request loads them again. */
  reload(): void {
    this.#keeper.discard()
  }

  /** Closes the connections that no request uses: they may be dead without notice. */
  closeIdle(): void {
    this.#connections?.closeIdle()
  }

  /** Aborts all running requests and streams; the next request opens a new connection. */
  disconnect(): void {
    this.#connections?.destroy()
    this.#connections = undefined
  }

  /** Aborts everything; the client cannot be used afterwards. */
  async close(): Promise<void> {
    this.#keeper.close()
    this.#connections?.destroy()
  }

  /** Sends a request when its turn comes. */
  async #gated(options: Request, credentials: Credentials): Promise<ApiResponse> {
    if (this.#gate === undefined) return this.#send(options, credentials)
    const leave = await this.#gate.enter(options.signal)
    try {
      return await this.#send(options, credentials)
    } finally {
      leave()
    }
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
      const failure = transportError(error, info, credentials)
      // Whatever silenced this connection may have silenced the idle ones, and the retry must not wait for each.
      if (failure.reason === 'timeout') this.closeIdle()
      throw failure
    }
    const { statusCode = 0 } = response
    countRequest(String(statusCode))
    const date = Date.parse(response.headers.date ?? '')
    if (!Number.isNaN(date)) this.#skewMs = date - this.#clock.wall()
    // The reflector has its own idle timeout for watches, which may be quiet for long.
    const chunks =
      info.verb === 'watch'
        ? response
        : withTimeouts(response, this.#deps.responseIdleMs, this.#deps.responseMs)
    if (statusCode >= 200 && statusCode < 300) {
      return {
        contentType: String(response.headers['content-type'] ?? ''),
        body: this.#readable(chunks, info, credentials, signal),
      }
    }
    const retryAfter = response.headers['retry-after']
    const failed = { status: statusCode, retryAfter, body: await this.#readErrorBody(chunks) }
    throw statusError(failed, info, credentials, this.#clock.wall())
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

  #connect(credentials: Credentials): Connections {
    const key = connectionKey(credentials)
    if (this.#connections !== undefined && this.#connectionKey === key) return this.#connections
    // Streams on the old connections continue until they end.
    this.#connections?.retire()
    this.#connectionKey = key
    this.#connections = openConnections(credentials)
    return this.#connections
  }

  async #readErrorBody(body: AsyncIterable<Buffer>): Promise<string> {
    const buffer = this.#buffers.open('the body of an error')
    try {
      for await (const chunk of body) {
        buffer.append(chunk)
        if (buffer.length > ERROR_BODY_BYTES) break
      }
    } catch {
      // The error is reported by its status alone, or with the beginning of its body.
    }
    return buffer.take().toString('utf8')
  }
}
