// Keeps a sink (the DNS store, the fleet's cache of a cluster) in sync with one resource of an API server. It lists
// once, then watches. A broken watch resumes at its last resourceVersion; a new list is needed only when that version
// has expired or an event cannot be decoded. A quiet watch is renewed in the same way: it may have died unnoticed. Objects are removed by DELETED events and complete lists only.
import type { ApiClient } from './api-client.ts'
import { ApiError, asApiError } from './api-error.ts'
import type { FullClientDeps } from './client-deps.ts'
import { sleep } from './clock.ts'
import { asFields, serverText, show } from './fields.ts'
import { IdleTimer } from './idle-timer.ts'
import { PagedList } from './list-pages.ts'
import { METADATA_LIST_TYPE } from './media-types.ts'
import { OutageBackoff } from './outage-backoff.ts'
import { requireListSize } from './receive-limits.ts'
import type { Sink } from './sink.ts'
import { requestInfo, type WatchedResource } from './watched-resource.ts'
import { type WatchEvent, wireFormat } from './wire-format.ts'

/** What a reflector reads, where it stores the objects, and its callbacks. */
export interface ReflectorOptions {
  readonly client: ApiClient
  readonly sink: Sink
  readonly deps: FullClientDeps
  readonly signal: AbortSignal
  /** Finds the resource; called again after the API server answered 404. */
  readonly find: () => Promise<WatchedResource>
  /** Awaited before each list and each resumed watch. When it rejects, the attempt fails and the objects stay. */
  readonly beforeListWatch?: () => Promise<void>
  /** Called with each failure, and with undefined when a list is complete or a watch has resumed. */
  readonly onState: (error: ApiError | undefined) => void
  /** Called with Clock.now() when a watch resumes, and after each chunk of a watch and each page of a list. */
  readonly onEvent: (at: number) => void
  /** Called at the start of each list after the first complete one. */
  readonly onRelist: () => void
}

/**
 * A watch without any event for this long, plus up to a tenth, is renewed on a new connection. Silence proves nothing:
 * most API servers send a bookmark about once a minute, but etcd's default is one in ten minutes.
 */
const QUIET_MS = 90_000
/** A watch ends after 1 to 2 times this long, so that load spreads over the server's replicas. */
const WATCH_MIN_S = 300
/** A watch that ends sooner without any event is a failure (client-go: "very short watch"). */
const SHORT_WATCH_MS = 1000
/** A streamed list must be complete after this long. */
const STREAMED_LIST_MS = 600_000
/** The wait after a server sent more than may be read: the next answer is likely as large. */
const TOO_LARGE_MS = 60_000
/** Longer than any resourceVersion, in characters. */
const MAX_VERSION = 256
/** The longest wait after a 404; the text of `missingText` says when a CRD is found after its installation. */
const MISSING_MS = 2000
const INITIAL_END = 'k8s.io/initial-events-end'

/** The progress of one watch. */
interface WatchStream {
  /** Clock.now() when the response headers arrived; undefined before. */
  openedAt: number | undefined
  /** True until the initial list of the stream is complete. */
  listing: boolean
  events: number
  bytes: number
}

/** Runs until the signal aborts; never rejects. */
export async function runReflector(options: ReflectorOptions): Promise<void> {
  await new Reflector(options).run()
}

class Reflector {
  readonly #options: ReflectorOptions
  readonly #backoff: OutageBackoff
  readonly #lists: PagedList
  #watched: WatchedResource | undefined
  /** The resourceVersion at which the next watch starts; undefined when a list is needed. */
  #version: string | undefined
  #listed = false
  #expired = false
  /** False once the server has rejected a streamed list. */
  #canStreamList = true

  constructor(options: ReflectorOptions) {
    this.#options = options
    this.#backoff = new OutageBackoff(options.deps.random, options.deps.clock)
    this.#lists = new PagedList(options.client)
  }

  async run(): Promise<void> {
    const { signal, deps, onState } = this.#options
    while (!signal.aborted) {
      try {
        await this.#listAndWatch()
      } catch (error) {
        if (signal.aborted) return
        const failure = asApiError(error)
        if (this.#refusesStreamedList(failure)) continue
        onState(failure)
        if (failure.reason === 'not_found') this.#watched = undefined
        if (mustRelist(failure)) this.#version = undefined
        // An expired version is not a server failure: the list starts at once, unless the last failure was the same.
        const retryNow = failure.reason === 'expired' && !this.#expired
        this.#expired = failure.reason === 'expired'
        if (retryNow) continue
        await sleep(deps.clock, this.#retryDelay(failure), signal)
      }
    }
  }

  /** Lists if needed, then watches until the watch ends. */
  async #listAndWatch(): Promise<void> {
    this.#watched ??= await this.#options.find()
    await this.#options.beforeListWatch?.()
    if (this.#version !== undefined && (await this.#isServerBehind(this.#watched, this.#version))) {
      this.#version = undefined
    }
    if (this.#version === undefined) {
      if (this.#listed) this.#options.onRelist()
      if (this.#canStreamList) return this.#watch(this.#watched, true)
      await this.#list(this.#watched)
    }
    return this.#watch(this.#watched, false)
  }

  /**
   * True when the server's resourceVersion is older than ours: etcd was restored from a backup. A watch from a future
   * version would be silent until the server reaches it, and miss every event before.
   */
  async #isServerBehind(watched: WatchedResource, lastVersion: string): Promise<boolean> {
    const { client, signal } = this.#options
    // No label selector: the server would have to search for a match.
    const path = `${watched.path}?limit=1`
    const request = { info: requestInfo(watched, 'list'), path, accept: METADATA_LIST_TYPE, signal }
    const list = asFields(await client.read(request))
    const current = asFields(list?.metadata)?.resourceVersion
    // Versions that are not numbers compare as false: their order is unknown.
    return typeof current === 'string' && Number(current) < Number(lastVersion)
  }

  /** Milliseconds until the next attempt. */
  #retryDelay({ reason, retryAfterMs }: ApiError): number {
    if (reason === 'too_large') return TOO_LARGE_MS
    if (reason !== 'not_found') return this.#backoff.next(retryAfterMs)
    // A missing CRD is no outage: when its installation is found, a failure of the first list is retried soon.
    this.#backoff.reset()
    return MISSING_MS * (0.5 + 0.5 * this.#options.deps.random())
  }

  #refusesStreamedList(failure: ApiError): boolean {
    const refused = failure.status === 400 || failure.status === 422 || failure.status === 415
    if (!refused || !this.#canStreamList || this.#version !== undefined) return false
    this.#canStreamList = false
    return true
  }

  async #list(watched: WatchedResource): Promise<void> {
    const { sink, signal, deps } = this.#options
    const { resource } = watched
    sink.beginList(resource)
    let complete = false
    try {
      for await (const { items, resourceVersion } of this.#lists.pages(watched, signal)) {
        for (const item of items) watched.put(item, deps.clock.now())
        this.#options.onEvent(deps.clock.now())
        this.#version = resourceVersion
      }
      complete = true
    } finally {
      if (!complete) this.#version = undefined
      this.#endList(resource, complete)
    }
    this.#recovered()
  }

  #endList(resource: string, complete: boolean): void {
    const { sink, deps } = this.#options
    try {
      sink.endList(resource, complete, deps.clock.now())
    } finally {
      sink.flush()
    }
  }

  /** Watches until the stream ends or is quiet for too long; `initial` streams the existing objects first (KEP-3157 WatchList). */
  async #watch(watched: WatchedResource, initial: boolean): Promise<void> {
    const { client, sink, signal, deps } = this.#options
    const idle = new IdleTimer(deps.clock, QUIET_MS * (1 + 0.1 * deps.random()))
    const stream: WatchStream = { openedAt: undefined, listing: false, events: 0, bytes: 0 }
    try {
      await this.#readStream(watched, initial, stream, idle)
    } catch (error) {
      if (!idle.signal.aborted || signal.aborted) throw error
      // The connection may be dead without notice, and so may be the idle ones that were opened before.
      client.closeIdle()
      if (stream.openedAt === undefined || stream.listing) {
        const text = `${client.server} sent nothing for ${QUIET_MS / 1000} s on watch ${watched.resource} before its list was complete`
        throw new ApiError('idle', text, { cause: error })
      }
    } finally {
      idle.stop()
      const now = deps.clock.now()
      if (stream.listing) {
        this.#version = undefined
        sink.endList(watched.resource, false, now)
      }
      // Events before one that cannot be decoded are applied, so the sink must notify its readers of them.
      sink.flush()
      const { events, openedAt = now } = stream
      if (events > 0 || now - openedAt >= SHORT_WATCH_MS) this.#resetFailures()
    }
  }

  /** Applies the events of one watch and records its progress in `stream`; rejects unless it ends normally. */
  async #readStream(
    watched: WatchedResource,
    initial: boolean,
    stream: WatchStream,
    idle: IdleTimer,
  ): Promise<void> {
    const { client, sink, signal, deps } = this.#options
    const info = requestInfo(watched, 'watch')
    const { body, contentType } = await client.get({
      info,
      path: this.#watchPath(watched, initial),
      accept: watched.acceptWatch,
      signal: AbortSignal.any([signal, idle.signal]),
    })
    if (initial) {
      sink.beginList(watched.resource)
      stream.listing = true
    }
    const openedAt = deps.clock.now()
    stream.openedAt = openedAt
    if (!initial) {
      this.#options.onState(undefined)
      this.#options.onEvent(openedAt)
    }
    const rest = client.openBuffer(info)
    const reader = wireFormat(contentType, watched.decoders).events(rest)
    try {
      for await (const chunk of body) {
        const receivedAt = deps.clock.now()
        idle.restart()
        stream.bytes += chunk.length
        for (const event of reader.push(chunk)) {
          const endsList = this.#apply(watched, event, receivedAt)
          stream.events++
          if (endsList && stream.listing) {
            sink.endList(watched.resource, true, receivedAt)
            stream.listing = false
            this.#recovered()
          }
        }
        if (stream.listing) this.#requireEnd(watched, stream)
        this.#options.onEvent(receivedAt)
        sink.flush()
      }
    } finally {
      rest.release()
    }
    if (stream.listing)
      throw new ApiError('disconnected', 'the stream ended before the list was complete')
    if (stream.events === 0 && deps.clock.now() - openedAt < SHORT_WATCH_MS) {
      const text = `${client.server} ended watch ${watched.resource} at once, without an event`
      throw new ApiError('disconnected', text)
    }
  }

  /** Throws ApiError when a streamed list is too large, or should be complete by now. */
  #requireEnd({ resource }: WatchedResource, { bytes, openedAt = 0 }: WatchStream): void {
    const { client, deps } = this.#options
    requireListSize(client.limits, resource, bytes)
    if (deps.clock.now() - openedAt <= STREAMED_LIST_MS) return
    const text = `${client.server} did not complete the list of ${resource} in ${STREAMED_LIST_MS / 1000} s`
    throw new ApiError('timeout', text)
  }

  #watchPath({ path, query }: WatchedResource, initial: boolean): string {
    const timeout = Math.round(WATCH_MIN_S * (1 + this.#options.deps.random()))
    const start = initial
      ? '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan'
      : `&resourceVersion=${encodeURIComponent(this.#version ?? '')}`
    return `${path}?watch=1&allowWatchBookmarks=true&timeoutSeconds=${timeout}${start}${query}`
  }

  /** Applies one event; true for the bookmark that ends the initial list. */
  #apply(watched: WatchedResource, event: WatchEvent, receivedAt: number): boolean {
    const { type, object } = event
    const { client } = this.#options
    if (type === 'ERROR') throw eventError(object, watched.resource, client)
    const metadata = asFields(asFields(object)?.metadata)
    if (type === 'ADDED' || type === 'MODIFIED') watched.put(object, receivedAt)
    else if (type === 'DELETED') watched.remove(object, receivedAt)
    else if (type !== 'BOOKMARK')
      throw new ApiError('protocol', `watch event of type ${show(client.hide(type))}`)
    // Set last: an event that could not be applied must be sent again.
    const version = metadata?.resourceVersion
    if (typeof version === 'string' && version.length <= MAX_VERSION) this.#version = version
    return type === 'BOOKMARK' && asFields(metadata?.annotations)?.[INITIAL_END] === 'true'
  }

  #recovered(): void {
    this.#listed = true
    this.#resetFailures()
    this.#options.onState(undefined)
  }

  #resetFailures(): void {
    this.#expired = false
    this.#backoff.reset()
  }
}

/** The error of an ERROR event, whose object is a Status. */
function eventError(object: unknown, resource: string, client: Pick<ApiClient, 'hide'>): ApiError {
  const status = asFields(object)
  const code = typeof status?.code === 'number' ? status.code : 0
  const message =
    typeof status?.message === 'string'
      ? serverText(client.hide(status.message))
      : 'without a message'
  const reason = code === 410 ? 'expired' : 'error_event'
  return new ApiError(reason, `watch ${resource}: the server reports ${code}: ${message}`, {
    status: code,
  })
}

/** True for errors after which events may have been missed. */
function mustRelist({ reason }: ApiError): boolean {
  return ['expired', 'error_event', 'protocol', 'too_large', 'handler', 'not_found'].includes(
    reason,
  )
}
