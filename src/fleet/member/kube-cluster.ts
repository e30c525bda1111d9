// A member cluster behind an API server. Its identity is read first; then a reflector watches each resource.
// Failures are logged and retried, and cached objects are kept meanwhile.
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

/** Milliseconds of clock skew above which a warning is logged: skew can change which export is the oldest. */
const SKEW_MS = 5000
/** Milliseconds for which a confirmed identity is reused, so that concurrent lists read it once. */
const IDENTITY_MS = 5000
/** Milliseconds after which a probe reads the whole identity again: only the ClusterProperty may have changed. */
const CONFIRM_MS = 60_000
/** Consecutive probe timeouts after which the connections count as dead. */
const MAX_TIMEOUTS = 2
/** Milliseconds until a refused identity is read again: the ClusterProperty may have been corrected. */
const REFUSED_MS = 10_000

/** Notifies of a change of the cluster's state without changed objects. */
const noChange: ClusterChange = {
  keys: new Set(),
  sources: new Set(),
  namespaces: new Set(),
  endpoints: new Map(),
}

/** Options of a KubeCluster. */
export interface KubeClusterOptions {
  /** The configured id. */
  readonly name: string
  readonly spec: ApiSpec
  readonly identities: Identities
  readonly deps: ClientDeps
  /** Checked just before a write is sent; false rejects it. */
  readonly mayWrite?: () => boolean
}

/** A member cluster behind an API server. */
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
  /** Objects of the cluster with that UID; empty until the identity is confirmed. */
  #cache: ClusterCache
  /** Aborts when a rebuilt cluster is accepted, so that no object of the old cluster enters the new cache. */
  #replaced = new AbortController()
  /** Served version of the MCS API by resource. */
  readonly #versions = new Map<FleetResource, string>()
  #lastError = 'it has not been reached yet'
  #skewed = false
  /** True when the last identity that was read was refused: another cluster answers than the cached one. */
  #refused = false
  /** When the identity was last confirmed (Clock.now, ms). */
  #identifiedAt = Number.NEGATIVE_INFINITY
  /** Consecutive probes without an answer in time. */
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
      meanwhile: () => (this.synced ? 'its last known objects are kept' : ''),
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

  /** Failures of lists and watches, counted by resource and reason, for metrics. */
  get failures(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return new Map([...this.#health.states()].map(([resource, { errors }]) => [resource, errors]))
  }

  /** Milliseconds by which the server's clock is ahead of ours. */
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
    // With a finalizer the object still exists; without one the response is a Status or the deleted object.
    if (action === 'delete' && listOf(metadata.finalizers).length === 0) {
      cache.remove(resource, `${namespace}/${write.id.name}`, write.id.uid)
    } else if (!removed.has(stringOf(metadata.uid))) {
      // Ignored when a DELETED event arrived before this response: no further event would remove the object.
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
      // Checked by the reason of the abort: a probe is also aborted when this replica stops leading.
      if (isTimeout(signal.reason)) this.#countTimeout()
      else if (isServerAnswer(error) && this.#timeouts < MAX_TIMEOUTS) this.#timeouts = 0
      throw error
    }
  }

  #countTimeout(): void {
    // A single timeout may be a short overload of the server or of this process; disconnecting would make it worse.
    // So would disconnecting twice: each time the server has to list again for all watches.
    if (++this.#timeouts === MAX_TIMEOUTS) this.#client.disconnect()
  }

  async #checkIdentityAndWatches(signal: AbortSignal): Promise<string> {
    if (this.#id === undefined) throw new CodedError('MEMBER', this.#lastError)
    // Watches check the identity too, but the next one may start much later.
    const uid = await readUid(this.#client, signal)
    this.#checkClock()
    const isOld = this.#deps.clock.now() - this.#identifiedAt >= CONFIRM_MS
    if (this.#refused || uid !== this.#uid || isOld) await this.#confirm(signal)
    const wasUnresponsive = this.#timeouts >= MAX_TIMEOUTS
    this.#timeouts = 0
    if (wasUnresponsive) {
      // Watches opened during the outage may never deliver events; this restarts them before their idle timeout.
      this.#client.disconnect()
      throw new CodedError('MEMBER', 'it answers again; its watches are being restarted')
    }
    if (!this.synced) throw new CodedError('MEMBER', this.#lastError)
    const { failing } = [...this.#health.states().values()].find((one) => one.failing) ?? {}
    if (failing !== undefined) throw new CodedError('MEMBER', this.#lastError)
    return uid
  }

  /** Reloads the credentials after they changed at their source. */
  reloadCredentials(): void {
    this.#client.reload()
  }

  /** Stops all watches and closes the connections. */
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

  /** Watches all resources into a new cache until the signal aborts. */
  async #watch(id: string, signal: AbortSignal): Promise<void> {
    const cache = new ClusterCache(id)
    cache.subscribe((change) => {
      this.#checkClock()
      this.#notify(change)
    })
    this.#cache = cache
    this.#lastError = 'its objects are still being listed'
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

  /** Reads the identity until it is accepted; undefined when stopped before. */
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

  /** Confirms the identity unless it was confirmed a moment ago. */
  async #confirmOnce(signal: AbortSignal): Promise<void> {
    const isRecent = this.#deps.clock.now() - this.#identifiedAt < IDENTITY_MS
    if (this.#refused || !isRecent) await this.#confirm(signal)
  }

  /** Rejects when the identity changed: objects of another cluster must not replace the cached ones. */
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

  /** Finds how to watch the resource, with the served version of the MCS API. */
  async #discover(resource: FleetResource, cache: ClusterCache) {
    if (resource === 'serviceexports' || resource === 'serviceimports') {
      const version = await discoverVersion(this.#client, this.#stop.signal, resource)
      this.#versions.set(resource, version)
    }
    return watchFor(resource, this.#version(resource), cache)
  }

  /** The served version of the MCS API; '' for resources of other groups. */
  #version(resource: FleetResource): string {
    return this.#versions.get(resource) ?? ''
  }

  /** Logs a warning when the clock skew exceeds SKEW_MS, once until it is corrected. */
  #checkClock(): void {
    const skew = Math.abs(this.skewMs) > SKEW_MS
    if (skew && !this.#skewed) {
      const seconds = Math.round(this.skewMs / 1000)
      const text = `its clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`
      this.#deps.log.warning(
        `cluster ${this.name}: ${text}; creation times of exports decide their conflicts`,
      )
    }
    this.#skewed = skew
  }
}

/** True for an error that shows that the server answered. */
function isServerAnswer(error: unknown): boolean {
  return error instanceof ApiError ? error.status !== undefined : error instanceof CodedError
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'TimeoutError'
}
