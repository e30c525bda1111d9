// A member cluster behind an API server. First it is asked who it is; then a reflector follows each resource.
// Whatever goes wrong is said and tried again; what is known stays known.
import { CodedError } from '../../errors.ts'
import { ApiClient } from '../../kube/api-client.ts'
import { ApiError } from '../../kube/api-error.ts'
import { Backoff } from '../../kube/backoff.ts'
import type { ApiSpec } from '../../kube/client-config.ts'
import { sleep } from '../../kube/clock.ts'
import { discoverVersion } from '../../kube/discovery.ts'
import { runReflector } from '../../kube/reflector.ts'
import { type ClientDeps, type FullClientDeps, fullClientDeps } from '../../kube/source-deps.ts'
import { WatchHealth } from '../../kube/watch-health.ts'
import type { ClusterChange, MemberCluster } from '../api/member-cluster.ts'
import { type FleetResource, fleetResources } from '../api/records.ts'
import { listOf, nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, ClusterEvent, Write } from '../api/writes.ts'
import { objectOf } from '../api/writes.ts'
import { ClusterCache } from './cluster-cache.ts'
import { type Identities, type Identity, readIdentity, readUid } from './identity.ts'
import { eventObject, eventPath, groupOf, watchFor, writeBody, writePath } from './requests.ts'

/** Clocks that are further apart than this are worth a warning: exports of a second could change places. */
const SKEW_MS = 5000
/** Several lists that begin together ask once who the cluster is. */
const IDENTITY_MS = 5000
/** Probes ask for the whole identity this often: a ClusterProperty may change while nothing else does. */
const CONFIRM_MS = 60_000
/** Probes in a row without an answer after which the connections count as dead. */
const MAX_TIMEOUTS = 2
/** A member that was refused is asked again this often: its ClusterProperty may have been repaired. */
const REFUSED_MS = 10_000

/** Says that only the cluster itself is another than before. */
const noChange: ClusterChange = {
  keys: new Set(),
  sources: new Set(),
  namespaces: new Set(),
  endpoints: new Map(),
}

export interface KubeClusterOptions {
  /** The configured id. */
  readonly name: string
  readonly spec: ApiSpec
  readonly identities: Identities
  readonly deps: ClientDeps
  /** Asked just before a write goes out. */
  readonly mayWrite?: () => boolean
}

export class KubeCluster implements MemberCluster {
  readonly name: string
  readonly #deps: FullClientDeps
  readonly #identities: Identities
  readonly #client: ApiClient
  readonly #mayWrite: () => boolean
  readonly #stop = new AbortController()
  readonly #health: WatchHealth
  readonly #listeners = new Set<(change: ClusterChange) => void>()
  readonly #callbacks: ReadonlyMap<FleetResource, ReturnType<WatchHealth['callbacks']>>
  readonly #running: Promise<void>
  #id: string | undefined
  #uid = ''
  /** Of the cluster with that UID; empty until the identity is known. */
  #cache: ClusterCache
  /** Aborts when the cluster is accepted as another one: nothing of the former may come into what is known. */
  #replaced = new AbortController()
  /** Of the MCS API, by its resources. */
  readonly #versions = new Map<FleetResource, string>()
  #lastError = 'it was not reached yet'
  #skewed = false
  /** True when another cluster answers than the one whose objects we know. */
  #refused = false
  #identifiedAt = Number.NEGATIVE_INFINITY
  /** Probes in a row that had no answer in time. */
  #timeouts = 0

  constructor(options: KubeClusterOptions) {
    const { name, spec, identities, deps } = options
    this.name = name
    this.#mayWrite = options.mayWrite ?? (() => true)
    this.#deps = fullClientDeps(deps)
    this.#identities = identities
    this.#client = new ApiClient(spec, this.#deps)
    this.#cache = new ClusterCache(name)
    const { log, clock } = this.#deps
    this.#health = new WatchHealth({
      name: `cluster ${name}`,
      log,
      clock,
      meanwhile: () => (this.synced ? 'what is known of it stays' : ''),
      onFailure: (_, error) => {
        this.#lastError = error.message
      },
    })
    this.#callbacks = new Map(fleetResources.map((one) => [one, this.#health.callbacks(one)]))
    this.#running = this.#run()
  }

  get id(): string | undefined {
    return this.#id
  }

  get synced(): boolean {
    if (this.#id === undefined || this.#refused || this.#replaced.signal.aborted) return false
    return this.#cache.synced
  }

  get lastError(): string {
    return this.synced ? '' : this.#lastError
  }

  get reader(): ClusterCache {
    return this.#cache
  }

  /** Reasons of failures by resource, for metrics. */
  get failures(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return new Map([...this.#health.states()].map(([resource, { errors }]) => [resource, errors]))
  }

  get skewMs(): number {
    return this.#client.skewMs
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async write(write: Write, signal: AbortSignal): Promise<Body> {
    const { resource, namespace, action } = write
    const cache = this.#cache
    const removed = new Set<string>()
    const stopRecording = cache.recordRemovals(removed)
    const answer = await this.#send(write, signal).finally(stopRecording)
    const metadata = nestedObject(answer, 'metadata')
    // With a finalizer the object is still there; without one the answer is a Status, or what was deleted.
    if (action === 'delete' && listOf(metadata.finalizers).length === 0) {
      cache.remove(resource, `${namespace}/${write.id.name}`, write.id.uid)
    } else if (!removed.has(stringOf(metadata.uid))) {
      // One whose end was heard before the answer came stays away: nobody would tell of its end again.
      cache.put(resource, answer)
    }
    cache.flush()
    return action === 'delete' ? {} : answer
  }

  async report(event: ClusterEvent, signal: AbortSignal): Promise<void> {
    await this.#client.write({
      info: { verb: 'create', resource: 'events', group: '' },
      path: eventPath(event.namespace),
      body: eventObject(event, this.#version(event.resource)),
      signal,
      mayStart: this.#mayWrite,
    })
  }

  async probe(signal: AbortSignal): Promise<string> {
    const combined = AbortSignal.any([signal, this.#stop.signal])
    try {
      return await this.#checkIdentityAndWatches(combined)
    } catch (error) {
      // This must be told by the reason: a probe also ends with the term of its leader.
      if (isTimeout(signal.reason)) this.#countTimeout()
      else if (isServerAnswer(error) && this.#timeouts < MAX_TIMEOUTS) this.#timeouts = 0
      throw error
    }
  }

  #countTimeout(): void {
    // One alone may be the server's bad moment, or ours; cutting everything would make that worse. So would cutting
    // more than once: with the watches anew it lists for those that it has no time to answer.
    if (++this.#timeouts === MAX_TIMEOUTS) this.#client.disconnect()
  }

  async #checkIdentityAndWatches(signal: AbortSignal): Promise<string> {
    if (this.#id === undefined) throw new CodedError('MEMBER', this.#lastError)
    // The watches ask this too, but the next one may begin much later.
    const uid = await readUid(this.#client, signal)
    this.#checkClock()
    const isOld = this.#deps.clock.now() - this.#identifiedAt >= CONFIRM_MS
    if (this.#refused || uid !== this.#uid || isOld) await this.#confirm(signal)
    const wasUnresponsive = this.#timeouts >= MAX_TIMEOUTS
    this.#timeouts = 0
    if (wasUnresponsive) {
      // What was opened in the silence may stay silent for ever, and this is sooner than the watches' own limit.
      this.#client.disconnect()
      throw new CodedError('MEMBER', 'it answers again; its watches begin anew')
    }
    if (!this.synced) throw new CodedError('MEMBER', this.#lastError)
    const { failing } = [...this.#health.states().values()].find((one) => one.failing) ?? {}
    if (failing !== undefined) throw new CodedError('MEMBER', this.#lastError)
    return uid
  }

  /** Its credentials have changed where they come from. */
  reloadCredentials(): void {
    this.#client.reload()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#client.close()
  }

  async #send(write: Write, signal: AbortSignal): Promise<Body> {
    const { resource, action } = write
    const version = this.#version(resource)
    const answer = await this.#client.write({
      info: { verb: action, resource: objectOf(write), group: groupOf(resource) },
      path: writePath(write, version),
      body: writeBody(write, version),
      signal,
      mayStart: this.#mayWrite,
    })
    return nestedObject(answer)
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    const identity = await this.#identify()
    if (identity === undefined) return
    this.#id = identity.id
    while (!signal.aborted) {
      this.#replaced = new AbortController()
      await this.#watch(identity.id, AbortSignal.any([signal, this.#replaced.signal]))
    }
  }

  /** Knows nothing at first, and follows all resources until the signal aborts. */
  async #watch(id: string, signal: AbortSignal): Promise<void> {
    const cache = new ClusterCache(id)
    cache.subscribe((change) => {
      this.#checkClock()
      this.#notify(change)
    })
    this.#cache = cache
    this.#lastError = 'it is still being listed'
    this.#notify(noChange)
    await Promise.all(
      fleetResources.map((resource) =>
        runReflector({
          client: this.#client,
          sink: cache,
          deps: this.#deps,
          signal,
          find: () => this.#discover(resource, cache),
          beforeTurn: () => this.#confirmOnce(signal),
          ...this.#callbacks.get(resource)!,
        }),
      ),
    )
  }

  /** Asks until there is an answer that can be taken; undefined when it is stopped before. */
  async #identify(): Promise<Identity | undefined> {
    const { clock, log, random } = this.#deps
    const { signal } = this.#stop
    const backoff = new Backoff(random)
    let loggedError = ''
    while (!signal.aborted) {
      try {
        const identity = await readIdentity(this.#client, this.name, signal)
        this.#identities.claim(this.name, identity)
        this.#uid = identity.uid
        this.#identifiedAt = clock.now()
        return identity
      } catch (error) {
        if (signal.aborted) return undefined
        this.#lastError = error instanceof Error ? error.message : String(error)
        if (loggedError !== this.#lastError) log.error(`cluster ${this.name}: ${this.#lastError}`)
        loggedError = this.#lastError
        const wait = error instanceof ApiError ? backoff.next(error.retryAfterMs) : REFUSED_MS
        await sleep(clock, wait, signal)
      }
    }
    return undefined
  }

  async #confirmOnce(signal: AbortSignal): Promise<void> {
    const isRecent = this.#deps.clock.now() - this.#identifiedAt < IDENTITY_MS
    if (this.#refused || !isRecent) await this.#confirm(signal)
  }

  /** Rejects when the cluster is not who it was: what it lists must not replace what we know. */
  async #confirm(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    const identity = await readIdentity(this.#client, this.name, signal)
    try {
      this.#identities.claim(this.name, identity)
      this.#identifiedAt = clock.now()
      if (this.#uid !== identity.uid) this.#replaced.abort()
      this.#uid = identity.uid
      this.#setRefused(false)
    } catch (error) {
      this.#lastError = error instanceof Error ? error.message : String(error)
      this.#setRefused(true)
      throw error
    }
  }

  #setRefused(refused: boolean): void {
    if (this.#refused === refused) return
    this.#refused = refused
    this.#notify(noChange)
  }

  #notify(change: ClusterChange): void {
    for (const listener of [...this.#listeners]) listener(change)
  }

  async #discover(resource: FleetResource, cache: ClusterCache) {
    if (resource === 'serviceexports' || resource === 'serviceimports') {
      const version = await discoverVersion(this.#client, this.#stop.signal, resource)
      this.#versions.set(resource, version)
    }
    return watchFor(resource, this.#version(resource), cache)
  }

  /** Of the MCS API; '' for resources of others. */
  #version(resource: FleetResource): string {
    return this.#versions.get(resource) ?? ''
  }

  #checkClock(): void {
    const skew = Math.abs(this.skewMs) > SKEW_MS
    if (skew && !this.#skewed) {
      const seconds = Math.round(this.skewMs / 1000)
      const text = `its clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`
      this.#deps.log.warning(`cluster ${this.name}: ${text}; the older export wins a conflict`)
    }
    this.#skewed = skew
  }
}

/** True for an error that is the word of the cluster itself. */
function isServerAnswer(error: unknown): boolean {
  return error instanceof ApiError ? error.status !== undefined : error instanceof CodedError
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
