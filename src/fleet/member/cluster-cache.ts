// The objects of one cluster, kept as ClusterRecords. Raw objects come from reflectors, from the embedded cluster and
// from the response of each write, so that the next reconcile reads its own writes. Events older than the cached version are
// ignored. A relist is mark and sweep: an error never removes objects. Objects over the limit are refused with an error;
// those that are cached stay, and may shrink.
import type { ApiError } from '../../kube/api-error.ts'
import { ENTRY_BYTES } from '../../kube/entry-bytes.ts'
import { keyOf } from '../../kube/fields.ts'
import { tooLarge } from '../../kube/receive-limits.ts'
import { RelistTracker } from '../../kube/relist-tracker.ts'
import type { Sink } from '../../kube/sink.ts'
import type { CanonicalAddress } from '../api/addresses.ts'
import type { ClusterChange, ClusterReader } from '../api/member-cluster.ts'
import {
  type ExportRecord,
  type FleetResource,
  fleetResources,
  type ServiceSnapshot,
} from '../api/records.ts'
import { nestedObject } from '../api/unstructured.ts'
import { ClusterRecords } from './cluster-records.ts'
import type { ObjectCounts } from './object-counts.ts'
import { isOlder, uidOf, versionOf } from './object-version.ts'
import type { OwnNetwork } from './own-network.ts'
import { PendingChanges } from './pending-changes.ts'
import { type ServiceChange, ServiceChanges } from './service-changes.ts'

/** How much a cache may keep. */
interface CacheLimits {
  /** About how many bytes; the last object may exceed it. */
  readonly bytes: number
  /** What the operator can do, at the end of the error text. */
  readonly remedy: string
}

/** The answers of writes may exceed the limit by this factor: the API server has stored these objects. */
const ANSWER_FACTOR = 1.25

/** An object has at least its record. */
const MIN_OBJECT_BYTES = ENTRY_BYTES

const noLimits: CacheLimits = { bytes: Number.POSITIVE_INFINITY, remedy: '' }

/** The informer store of one member cluster; also the sink of its reflectors. */
export class ClusterCache implements ClusterReader, Sink {
  readonly #limits: CacheLimits
  readonly #records: ClusterRecords
  /** How many objects of the running list had no room, by resource. */
  readonly #skipped = new Map<FleetResource, number>()
  /** Resources without a complete list so far. */
  readonly #unlisted = new Set<string>(fleetResources)
  readonly #relists = new Map<FleetResource, RelistTracker>()
  readonly #listeners = new Set<(change: ClusterChange) => void>()
  /** The sets to which the uids of removed objects are added. */
  readonly #removalRecorders = new Set<Set<string>>()
  readonly #pending = new PendingChanges()
  readonly #observe: ((change: ServiceChange) => void) | undefined
  readonly #observed = new ServiceChanges((key) => this.snapshot(key))
  #reportedSynced = false

  /** `cluster` is the id in the clusterset. `observe` is told what changes of services after the first complete list. */
  constructor(
    cluster: string,
    limits: CacheLimits = noLimits,
    observe: ((change: ServiceChange) => void) | undefined = undefined,
  ) {
    this.#limits = limits
    this.#observe = observe
    this.#records = new ClusterRecords(cluster)
    for (const resource of fleetResources) {
      this.#relists.set(resource, new RelistTracker())
    }
  }

  get synced(): boolean {
    return this.#unlisted.size === 0
  }

  /** About how much memory the objects take. */
  get bytes(): number {
    return this.#records.bytes
  }

  /** How many objects of the cluster are cached. */
  get counts(): ObjectCounts {
    return this.#records.counts
  }

  /** All exports; each is read when it is its turn. */
  exports(): Iterable<ExportRecord> {
    return this.#records.exports()
  }

  keys(): Iterable<string> {
    return this.#records.services()
  }

  snapshot(key: string): ServiceSnapshot {
    return this.#records.snapshot(key)
  }

  exportAge(key: string): string | undefined {
    return this.#records.exportAge(key)
  }

  hasSlice(namespace: string, name: string): boolean {
    return this.#records.hasSlice(namespace, name)
  }

  ownAddress(address: CanonicalAddress): string | undefined {
    return this.#records.ownAddress(address)
  }

  /** Sets the addresses that no cached object shows. Returns whether anything changed. */
  setNetwork(network: OwnNetwork): boolean {
    return this.#records.setNetwork(network)
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Adds or replaces a raw object; ignores it when it has no name or is older than the cached one. `receivedAt`
   * (Clock.now, ms) is ignored during a list. Throws ApiError "too_large" when the cache is full, unless a cached object
   * becomes no larger. During a list that may remove objects, the end of the list throws.
   */
  put(resource: FleetResource, raw: unknown, receivedAt?: number): void {
    this.#put(resource, raw, receivedAt, this.#limits.bytes)
  }

  /** Adds or replaces the object that answers a write, as `put` does, up to a quarter above the limit. */
  putAnswer(resource: FleetResource, raw: unknown): void {
    this.#put(resource, raw, undefined, this.#limits.bytes * ANSWER_FACTOR)
  }

  /** Throws ApiError "too_large" when the answer of a write has no room: such a write must not be sent. */
  requireRoom(resource: FleetResource): void {
    if (this.#records.bytes > this.#limits.bytes * ANSWER_FACTOR) throw this.#full(resource)
  }

  #put(
    resource: FleetResource,
    raw: unknown,
    receivedAt: number | undefined,
    limitBytes: number,
  ): void {
    const key = keyOf(raw)
    if (key === '') return
    const relist = this.#relists.get(resource)!
    relist.confirm(key)
    const version = versionOf(nestedObject(raw, 'metadata'))
    const knownVersion = this.#records.version(resource, key)
    if (knownVersion === version || (!relist.listing && isOlder(version, knownVersion))) return
    const isFull = this.#records.bytes > limitBytes
    if (
      isFull &&
      (knownVersion === undefined || this.#records.growth(resource, key, raw, version) > 0)
    ) {
      this.#skip(resource, relist.mayRemove)
      return
    }
    if (resource === 'namespaces') {
      if (this.#records.setNamespace(key, version, raw)) this.#pending.markNamespace(key)
      return
    }
    const watchedAt = relist.listing ? undefined : receivedAt
    this.#markChanged(resource, key, watchedAt)
    this.#records.set(resource, key, raw)
    this.#markChanged(resource, key, watchedAt, true)
  }

  /** Removes an object if it is cached and, when `uid` is given, has that uid. `key` is "namespace/name". */
  remove(resource: FleetResource, key: string, uid = '', receivedAt?: number): void {
    this.#relists.get(resource)!.confirm(key)
    const knownVersion = this.#records.version(resource, key)
    if (knownVersion === undefined || (uid !== '' && !knownVersion.startsWith(`${uid} `))) return
    for (const uids of this.#removalRecorders) uids.add(uidOf(knownVersion))
    this.#markChanged(resource, key, receivedAt)
    this.#records.delete(resource, key)
    this.#markChanged(resource, key, receivedAt, true)
  }

  /** Adds the uids of removed objects to `uids` until the returned function is called. */
  recordRemovals(uids: Set<string>): () => void {
    this.#removalRecorders.add(uids)
    return () => this.#removalRecorders.delete(uids)
  }

  /** Marks all cached objects of the resource as unconfirmed. */
  beginList(resource: FleetResource): void {
    this.#skipped.delete(resource)
    this.#relists.get(resource)!.begin(this.#records.keys(resource))
  }

  /**
   * Removes the objects that the list did not return, if it was complete. Throws ApiError "too_large" when it had objects
   * over the limit: the next list has the room of those that were removed.
   */
  endList(resource: FleetResource, complete: boolean): void {
    const stale = this.#relists.get(resource)!.end(complete)
    if (stale === undefined) return
    for (const key of stale) this.remove(resource, key)
    if (this.#skipped.has(resource)) throw this.#full(resource)
    this.#unlisted.delete(resource)
  }

  /** Notifies the listeners of the changes since the last flush; the first time synced, of every key. */
  flush(): void {
    const isFirst = this.synced && !this.#reportedSynced
    if (isFirst) this.#reportedSynced = true
    else if (this.#pending.isEmpty) return
    const pending = this.#pending.take()
    for (const change of this.#observed.take()) this.#observe?.(change)
    const change = isFirst
      ? {
          keys: new Set(this.keys()),
          sources: new Set(this.#records.keys('serviceexports')),
          namespaces: new Set(this.#records.keys('namespaces')),
          endpoints: pending.endpoints,
        }
      : pending
    for (const listener of [...this.#listeners]) listener(change)
  }

  /** Counts an object without room. Throws when the list cannot make room, or not for so many. */
  #skip(resource: FleetResource, mayRemove: boolean): void {
    const skipped = (this.#skipped.get(resource) ?? 0) + 1
    this.#skipped.set(resource, skipped)
    if (!mayRemove || skipped * MIN_OBJECT_BYTES > this.#limits.bytes) {
      throw this.#full(resource)
    }
  }

  #full(resource: FleetResource): ApiError {
    const { bytes, remedy } = this.#limits
    return tooLarge(`${resource}: what is kept of the objects of this cluster`, bytes, remedy)
  }

  /** Marks the services affected by the cached object as changed; called before and after each change. */
  #markChanged(
    resource: FleetResource,
    key: string,
    watchedAt: number | undefined,
    isDone = false,
  ): void {
    if (resource === 'namespaces') {
      this.#pending.markNamespace(key)
      return
    }
    const { sources, imports } = this.#records.affectedBy(resource, key)
    for (const source of sources) {
      this.#pending.markSource(source)
      if (resource === 'endpointslices' && watchedAt !== undefined)
        this.#pending.markEndpoints(source, watchedAt)
    }
    for (const one of imports) this.#pending.markKey(one)
    if (this.#observe === undefined || !this.#reportedSynced) return
    const services = [...sources, ...imports]
    if (!isDone) this.#observed.beforeChange(services)
    else if (resource === 'endpointslices') this.#observed.sliceSet(services, key)
  }
}
