// The objects of one cluster, indexed by the services they affect. Raw objects come from reflectors, from the
// embedded cluster and from the response of each write, so that the next reconcile reads its own writes. Events
// older than the cached version are ignored. A relist is mark and sweep: an error never removes objects. Objects over
// the limit are refused with an error; those that are cached stay, and may shrink.
import type { ApiError } from '../../kube/api-error.ts'
import { ENTRY_BYTES } from '../../kube/entry-bytes.ts'
import { keyOf } from '../../kube/fields.ts'
import { tooLarge } from '../../kube/receive-limits.ts'
import { RelistTracker } from '../../kube/relist-tracker.ts'
import type { Sink } from '../../kube/sink.ts'
import type { CanonicalAddress } from '../api/addresses.ts'
import { splitKey } from '../api/keys.ts'
import type { ClusterChange, ClusterReader } from '../api/member-cluster.ts'
import { amcsName, DERIVED_LABEL, SERVICE_NAME_LABEL } from '../api/names.ts'
import { isImportOwner } from '../api/ownership.ts'
import {
  type ExportRecord,
  type FleetResource,
  fleetResources,
  type ImportRecord,
  type NamespaceView,
  type ServiceRecord,
  type ServiceSnapshot,
  type SliceRecord,
} from '../api/records.ts'
import type { ObjectId } from '../api/types.ts'
import { nestedObject } from '../api/unstructured.ts'
import { exportRecord, importRecord, namespaceView, serviceRecord, sliceRecord } from './convert.ts'
import { type ByteCount, CountedTexts } from './counted-texts.ts'
import { MultiMap } from './multi-map.ts'
import { isOlder, uidOf, versionOf } from './object-version.ts'
import { API_SERVICE, OwnAddresses } from './own-addresses.ts'
import type { OwnNetwork } from './own-network.ts'
import { PackedMap } from './packed-map.ts'
import { PendingChanges } from './pending-changes.ts'
import { SliceRecordIndex } from './slice-index.ts'

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
  readonly #cluster: string
  readonly #limits: CacheLimits
  readonly #count: ByteCount = { bytes: 0 }
  readonly #namespaces = new PackedMap<NamespaceView>(this.#count)
  readonly #exports = new PackedMap<ExportRecord>(this.#count)
  readonly #imports = new PackedMap<ImportRecord>(this.#count)
  readonly #services = new PackedMap<ServiceRecord>(this.#count)
  readonly #slices = new SliceRecordIndex(this.#count)
  readonly #own = new OwnAddresses(this.#count)
  readonly #stores = {
    namespaces: this.#namespaces,
    serviceexports: this.#exports,
    serviceimports: this.#imports,
    services: this.#services,
    endpointslices: this.#slices,
  }
  /** "uid resourceVersion" of each Namespace; other records have their own. */
  readonly #namespaceVersions = new CountedTexts(this.#count)
  /** How many objects of the running list had no room, by resource. */
  readonly #skipped = new Map<FleetResource, number>()
  /** Resources without a complete list so far. */
  readonly #unlisted = new Set<string>(fleetResources)
  readonly #relists = new Map<FleetResource, RelistTracker>()
  readonly #listeners = new Set<(change: ClusterChange) => void>()
  /** The sets to which the uids of removed objects are added. */
  readonly #removalRecorders = new Set<Set<string>>()
  /** Key of the import by the key of its derived Service, for all cached imports. */
  readonly #importOfDerived = new CountedTexts(this.#count)
  /** By the key of a derived Service: the keys of its imports, whether they exist or not. */
  readonly #importsOfService = new MultiMap(this.#count)
  readonly #pending = new PendingChanges()
  #reportedSynced = false

  /** `cluster` is the id in the clusterset. */
  constructor(cluster: string, limits: CacheLimits = noLimits) {
    this.#cluster = cluster
    this.#limits = limits
    for (const resource of fleetResources) {
      this.#relists.set(resource, new RelistTracker())
    }
  }

  get synced(): boolean {
    return this.#unlisted.size === 0
  }

  /** About how much memory the objects take. */
  get bytes(): number {
    return this.#count.bytes
  }

  *keys(): Iterable<string> {
    const seen = new Set<string>([
      ...this.#exports.keys(),
      ...this.#imports.keys(),
      ...this.#slices.importKeys(),
    ])
    for (const key of this.#importsOfService.values()) seen.add(key)
    yield* seen
  }

  snapshot(key: string): ServiceSnapshot {
    const { namespace } = splitKey(key)
    return {
      namespace: this.#namespaces.get(namespace),
      export: this.#exports.get(key),
      service: this.#services.get(key),
      slices: this.#slices.ofService(key),
      import: this.#imports.get(key),
      derived: this.#services.get(derivedKey(key)),
      imported: this.#slices.ofImport(key),
    }
  }

  exportAge(key: string): string | undefined {
    const serviceExport = this.#exports.get(key)
    return serviceExport?.deleting === false ? serviceExport.creationTimestamp : undefined
  }

  hasSlice(namespace: string, name: string): boolean {
    return this.#slices.has(`${namespace}/${name}`)
  }

  ownAddress(address: CanonicalAddress): string | undefined {
    return this.#own.find(address)
  }

  /** Sets the addresses that no cached object shows. Returns whether anything changed. */
  setNetwork(network: OwnNetwork): boolean {
    return this.#own.setNetwork(network)
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
    if (this.#count.bytes > this.#limits.bytes * ANSWER_FACTOR) throw this.#full(resource)
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
    const knownVersion = this.#version(resource, key)
    if (knownVersion === version || (!relist.listing && isOlder(version, knownVersion))) return
    const isFull = this.#count.bytes > limitBytes
    if (isFull && (knownVersion === undefined || this.#growth(resource, key, raw, version) > 0)) {
      this.#skip(resource, relist.mayRemove)
      return
    }
    if (resource === 'namespaces') {
      this.#namespaceVersions.set(key, version)
      this.#setNamespace(key, namespaceView(raw))
      return
    }
    const watchedAt = relist.listing ? undefined : receivedAt
    this.#markChanged(resource, key, watchedAt)
    this.#set(resource, key, raw)
    this.#markChanged(resource, key, watchedAt)
  }

  /** Removes an object if it is cached and, when `uid` is given, has that uid. `key` is "namespace/name". */
  remove(resource: FleetResource, key: string, uid = '', receivedAt?: number): void {
    this.#relists.get(resource)!.confirm(key)
    const knownVersion = this.#version(resource, key)
    if (knownVersion === undefined || (uid !== '' && !knownVersion.startsWith(`${uid} `))) return
    for (const uids of this.#removalRecorders) uids.add(uidOf(knownVersion))
    this.#markChanged(resource, key, receivedAt)
    this.#delete(resource, key)
    this.#markChanged(resource, key, receivedAt)
  }

  /** Adds the uids of removed objects to `uids` until the returned function is called. */
  recordRemovals(uids: Set<string>): () => void {
    this.#removalRecorders.add(uids)
    return () => this.#removalRecorders.delete(uids)
  }

  /** Marks all cached objects of the resource as unconfirmed. */
  beginList(resource: FleetResource): void {
    this.#skipped.delete(resource)
    this.#relists.get(resource)!.begin(this.#stores[resource].keys())
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
    const change = isFirst
      ? {
          keys: new Set(this.keys()),
          sources: new Set(this.#exports.keys()),
          namespaces: new Set(this.#namespaces.keys()),
          endpoints: pending.endpoints,
        }
      : pending
    for (const listener of [...this.#listeners]) listener(change)
  }

  /** "uid resourceVersion" of a cached object. */
  #version(resource: FleetResource, key: string): string | undefined {
    if (resource === 'namespaces') return this.#namespaceVersions.get(key)
    const record = this.#stores[resource].get(key) as ObjectId | undefined
    return record && versionOf({ uid: record.uid, resourceVersion: record.resourceVersion })
  }

  /** Other programs often annotate Namespaces; only a change of these fields is reported. */
  #setNamespace(name: string, next: NamespaceView): void {
    const old = this.#namespaces.get(name)
    this.#namespaces.set(name, next)
    const same = (['mode', 'unknownMode', 'terminating'] as const).every(
      (field) => old?.[field] === next[field],
    )
    if (same) return
    this.#pending.markNamespace(name)
  }

  /** Counts an object without room. Throws when the list cannot make room, or not for so many. */
  #skip(resource: FleetResource, mayRemove: boolean): void {
    const skipped = (this.#skipped.get(resource) ?? 0) + 1
    this.#skipped.set(resource, skipped)
    if (!mayRemove || skipped * MIN_OBJECT_BYTES > this.#limits.bytes) {
      throw this.#full(resource)
    }
  }

  /** By how many bytes the cache grows with this object; a full one takes what makes a known object smaller. */
  #growth(resource: FleetResource, key: string, raw: unknown, version: string): number {
    switch (resource) {
      case 'namespaces':
        return (
          this.#namespaceVersions.growth(key, version) +
          this.#namespaces.growth(key, namespaceView(raw))
        )
      case 'serviceexports':
        return this.#exports.growth(key, exportRecord(raw, this.#cluster))
      case 'serviceimports':
        return this.#imports.growth(key, importRecord(raw))
      case 'services': {
        const service = serviceRecord(raw)
        const addresses = this.#own.growthOfService(key, this.#services.get(key), service)
        return this.#services.growth(key, service) + addresses
      }
      case 'endpointslices': {
        const slice = sliceRecord(raw)
        const ofApi = isApiSlice(slice) ? slice : undefined
        const addresses = this.#own.growthOfApiSlice(key, this.#apiSlice(key), ofApi)
        return this.#slices.growth(key, slice) + addresses
      }
    }
  }

  #full(resource: FleetResource): ApiError {
    const { bytes, remedy } = this.#limits
    return tooLarge(`${resource}: what is kept of the objects of this cluster`, bytes, remedy)
  }

  #set(resource: Exclude<FleetResource, 'namespaces'>, key: string, raw: unknown): void {
    switch (resource) {
      case 'serviceexports':
        this.#exports.set(key, exportRecord(raw, this.#cluster))
        break
      case 'serviceimports':
        this.#imports.set(key, importRecord(raw))
        this.#importOfDerived.set(derivedKey(key), key)
        break
      case 'services':
        this.#setService(key, serviceRecord(raw))
        break
      case 'endpointslices':
        this.#setSlice(key, sliceRecord(raw))
        break
    }
  }

  #setService(key: string, service: ServiceRecord): void {
    this.#own.setService(key, this.#services.get(key), service)
    this.#services.set(key, service)
    this.#forgetImportsOf(key)
    for (const one of importsOfDerivedService(service)) this.#importsOfService.add(key, one)
  }

  #forgetImportsOf(service: string): void {
    for (const one of this.#importsOfService.get(service)) {
      this.#importsOfService.remove(service, one)
    }
  }

  /** Sets a slice; undefined removes it. */
  #setSlice(key: string, slice: SliceRecord | undefined): void {
    const before = this.#apiSlice(key)
    if (slice === undefined) this.#slices.delete(key)
    else this.#slices.set(key, slice)
    this.#own.setApiSlice(key, before, this.#apiSlice(key))
  }

  /** The slice if it is one of the API server, which has all of them in its namespace. */
  #apiSlice(key: string): SliceRecord | undefined {
    if (!key.startsWith('default/')) return undefined
    const { service } = this.#slices.affectedServices(key)
    return service === API_SERVICE ? this.#slices.get(key) : undefined
  }

  #delete(resource: FleetResource, key: string): void {
    if (resource === 'namespaces') {
      this.#namespaceVersions.delete(key)
      this.#namespaces.delete(key)
    } else if (resource === 'serviceexports') this.#exports.delete(key)
    else if (resource === 'services') {
      this.#own.setService(key, this.#services.get(key), undefined)
      this.#services.delete(key)
      this.#forgetImportsOf(key)
    } else if (resource === 'endpointslices') this.#setSlice(key, undefined)
    else {
      this.#imports.delete(key)
      this.#importOfDerived.delete(derivedKey(key))
    }
  }

  /** Marks the services affected by the cached object as changed; called before and after each change. */
  #markChanged(resource: FleetResource, key: string, watchedAt: number | undefined): void {
    if (resource === 'namespaces') this.#pending.markNamespace(key)
    else if (resource === 'serviceexports') this.#pending.markSource(key)
    else if (resource === 'serviceimports') this.#pending.markKey(key)
    else if (resource === 'endpointslices') {
      const { service, imports } = this.#slices.affectedServices(key)
      if (service !== undefined && this.#exports.has(service)) {
        this.#pending.markSource(service)
        if (watchedAt !== undefined) this.#pending.markEndpoints(service, watchedAt)
      }
      for (const importKey of imports) this.#pending.markKey(importKey)
    } else {
      if (this.#exports.has(key)) this.#pending.markSource(key)
      const imported = this.#importOfDerived.get(key)
      if (imported !== undefined) this.#pending.markKey(imported)
      for (const importKey of this.#importsOfService.get(key)) {
        this.#pending.markKey(importKey)
      }
    }
  }
}

function isApiSlice({ namespace, labels }: SliceRecord): boolean {
  return `${namespace}/${labels[SERVICE_NAME_LABEL]}` === API_SERVICE
}

function derivedKey(key: string): string {
  const { namespace, name } = splitKey(key)
  return `${namespace}/${amcsName(name)}`
}

/** The import keys for which this is the derived Service: named by its label or owner, with a matching name. */
function importsOfDerivedService({
  namespace,
  name,
  labels,
  ownerReferences,
}: ServiceRecord): readonly string[] {
  const candidates = ownerReferences.filter(isImportOwner).map((owner) => owner.name)
  const label = labels[DERIVED_LABEL]
  if (label !== undefined) candidates.push(label)
  return candidates
    .filter((importName) => amcsName(importName) === name)
    .map((importName) => `${namespace}/${importName}`)
}
