// GET requests to one API server, with credentials that may change under way. A 401 reads them anew and
// tries once more; every failure comes out as an ApiError with a text that says what to do.
import { type Dispatcher, errors } from 'undici'
import { ApiError } from './api-error.ts'
import { type Ask, statusError, transportError } from './api-messages.ts'
import type { Clock } from './clock.ts'
import { authHeaders, type Credentials } from './credentials.ts'
import { makeDispatcher } from './dispatcher.ts'
import type { LiveCredentials } from './live-credentials.ts'

const MAX_ERROR_BODY = 16_384
const STALLED_MS = 30_000

export interface ApiRequest extends Ask {
  /** Path and query. */
  readonly path: string
  readonly accept?: string
  readonly signal: AbortSignal
}

export class ApiClient {
  readonly #credentials: LiveCredentials
  readonly #clock: Clock
  readonly #replaced = new Set<() => void>()
  #dispatcher: Dispatcher | undefined
  #server = ''

  constructor(credentials: LiveCredentials, clock: Clock) {
    this.#credentials = credentials
    this.#clock = clock
    credentials.onReplaced(() => this.#replace())
  }

  /** The server's address, once it is known. */
  get server(): string {
    return this.#server
  }

  /** Called when running watches should move to a new connection. */
  onReplaced(listener: () => void): () => void {
    this.#replaced.add(listener)
    return () => this.#replaced.delete(listener)
  }

  /** Sends a GET and returns the body once the status is 200; throws ApiError. */
  async open(request: ApiRequest): Promise<Dispatcher.ResponseData['body']> {
    const credentials = await this.#credentials.get()
    const first = await this.#send(request, credentials)
    if (!(first instanceof ApiError)) return first
    if (first.reason !== 'unauthorized' || !(await this.#credentials.refused(credentials)))
      throw first
    const second = await this.#send(request, await this.#credentials.get())
    if (second instanceof ApiError) throw second
    return second
  }

  /** The body of a GET as text; throws ApiError. A body that stalls for 30 seconds is given up. */
  async text(request: ApiRequest): Promise<string> {
    const chunks: Uint8Array[] = []
    const stalled = new AbortController()
    let readAt = this.#clock.now()
    const watch = (): (() => void) =>
      this.#clock.after(STALLED_MS, () => {
        if (this.#clock.now() - readAt < STALLED_MS) cancel = watch()
        else
          stalled.abort(new ApiError('idle', `${this.#server} stalls in the middle of an answer`))
      })
    let cancel = watch()
    try {
      const signal = AbortSignal.any([request.signal, stalled.signal])
      for await (const chunk of await this.open({ ...request, signal })) {
        chunks.push(chunk as Uint8Array)
        readAt = this.#clock.now()
      }
      return Buffer.concat(chunks).toString('utf8')
    } catch (error) {
      if (stalled.signal.aborted) throw stalled.signal.reason
      if (error instanceof ApiError) throw error
      throw transportError(error, request, await this.#credentials.get())
    } finally {
      cancel()
    }
  }

  /** The body of a GET as JSON; throws ApiError. */
  async json(request: ApiRequest): Promise<unknown> {
    const text = await this.text(request)
    try {
      return JSON.parse(text)
    } catch (cause) {
      const what = `${request.verb} ${request.resource}`
      throw new ApiError('protocol', `${this.#server} answers ${what} with no JSON`, { cause })
    }
  }

  /** Drops every connection. */
  async close(): Promise<void> {
    const dispatcher = this.#dispatcher
    this.#dispatcher = undefined
    await dispatcher?.destroy()
  }

  async #send(
    request: ApiRequest,
    credentials: Credentials,
  ): Promise<Dispatcher.ResponseData['body'] | ApiError> {
    const { path, accept = 'application/json', signal } = request
    this.#server = credentials.server
    try {
      this.#dispatcher ??= makeDispatcher(credentials)
      const base = new URL(credentials.server)
      const prefix = base.pathname.replace(/\/+$/, '')
      const { statusCode, headers, body } = await this.#dispatcher.request({
        origin: base.origin,
        path: prefix + path,
        method: 'GET',
        headers: { accept, 'user-agent': 'clusterset-dns', ...authHeaders(credentials) },
        signal,
      })
      if (statusCode === 200) return body
      const retryAfter = headers['retry-after']
      const text = await readError(body)
      const after = typeof retryAfter === 'string' ? retryAfter : undefined
      return statusError(statusCode, after, text, request, credentials, this.#clock.wall())
    } catch (error) {
      if (error instanceof ApiError || signal.aborted) throw error
      throw transportError(error, request, credentials)
    }
  }

  #replace(): void {
    const before = this.#dispatcher
    this.#dispatcher = undefined
    // What still runs on it (a list) may end; watches are told to move.
    before?.close().catch(() => {})
    for (const listener of [...this.#replaced]) listener()
  }
}

/** The start of an error's body; errors on the way are not worth more. */
async function readError(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = ''
  try {
    for await (const chunk of body) {
      text += Buffer.from(chunk as Uint8Array).toString('utf8')
      if (text.length > MAX_ERROR_BODY) break
    }
  } catch (error) {
    if (error instanceof errors.RequestAbortedError) throw error
  }
  return text
}
