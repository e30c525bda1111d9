// The trimmed objects of one cluster, indexed by the services they concern. Reflectors and the embedded cluster
// put raw objects in, and so does the answer of each of our writes, so that the next look sees it; an event that
// is older than what is known is passed over. A relist is mark and sweep: no error ever empties anything.
import type { Fields } from '../../kube/fields.ts'
import { keyOf } from '../../kube/fields.ts'
import type { Sink } from '../../kube/sink.ts'
import type { ClusterChange, ClusterReader } from '../api/member-cluster.ts'
import { amcsName, DERIVED_LABEL } from '../api/names.ts'
import { isImportOwner } from '../api/ownership.ts'
import {
  type ExportRecord,
  type FleetResource,
  fleetResources,
  type ImportRecord,
  type NamespaceView,
  type ServiceRecord,
  type ServiceSnapshot,
} from '../api/records.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'
import { exportRecord, importRecord, namespaceView, serviceRecord, sliceRecord } from './convert.ts'
import { PackedMap } from './packed-map.ts'
import { SliceRecordIndex } from './slice-index.ts'

export class ClusterCache implements ClusterReader, Sink {
  readonly #cluster: string
  readonly #namespaces = new Map<string, NamespaceView>()
  readonly #exports = new PackedMap<ExportRecord>()
  readonly #imports = new PackedMap<ImportRecord>()
  readonly #services = new PackedMap<ServiceRecord>()
  readonly #slices = new SliceRecordIndex()
  /** Of each resource "uid version" by key. */
  readonly #versions = new Map<FleetResource, Map<string, string>>()
  readonly #unlisted = new Set<string>(fleetResources)
  readonly #unconfirmed = new Map<string, Set<string>>()
  readonly #listeners = new Set<(change: ClusterChange) => void>()
  /** Who wants to know the uids of what goes. */
  readonly #removals = new Set<Set<string>>()
  /** Derived name to service, for the imports that there are. */
  readonly #derived = new Map<string, string>()
  /** Services that were made for an import, whether that is there or not, and which one. */
  readonly #made = new Map<string, readonly string[]>()
  #keys = new Set<string>()
  #sources = new Set<string>()
  #spaces = new Set<string>()
  #endpoints = new Map<string, number>()
  #toldSynced = false

  /** `cluster` is the id of the cluster. */
  constructor(cluster: string) {
    this.#cluster = cluster
    for (const resource of fleetResources) this.#versions.set(resource, new Map())
  }

  get synced(): boolean {
    return this.#unlisted.size === 0
  }

  *keys(): Iterable<string> {
    const seen = new Set<string>([
      ...this.#exports.keys(),
      ...this.#imports.keys(),
      ...this.#slices.importKeys(),
    ])
    for (const keys of this.#made.values()) for (const key of keys) seen.add(key)
    yield* seen
  }

  snapshot(key: string): ServiceSnapshot {
    const slash = key.indexOf('/')
    const namespace = key.slice(0, slash)
    return {
      namespace: this.#namespaces.get(namespace),
      export: this.#exports.get(key),
      service: this.#services.get(key),
      slices: this.#slices.ofService(key),
      import: this.#imports.get(key),
      derived: this.#services.get(`${namespace}/${amcsName(key.slice(slash + 1))}`),
      imported: this.#slices.ofImport(key),
    }
  }

  hasSlice(namespace: string, name: string): boolean {
    return this.#slices.has(`${namespace}/${name}`)
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes an object of the cluster; one without a name is passed over. `receivedAt` (Clock.now) of a list counts
   * for nothing; the answer of a write has none.
   */
  put(resource: FleetResource, raw: unknown, receivedAt?: number): void {
    const key = keyOf(raw)
    if (key === '') return
    const listing = this.#unconfirmed.get(resource)
    listing?.delete(key)
    const versions = this.#versions.get(resource)!
    const version = versionOf(nestedObject(raw, 'metadata'))
    const known = versions.get(key)
    if (known === version || (listing === undefined && isOlder(version, known))) return
    versions.set(key, version)
    if (resource === 'namespaces') {
      this.#setNamespace(key, namespaceView(raw))
      return
    }
    const watchedAt = listing === undefined ? receivedAt : undefined
    this.#touch(resource, key, watchedAt)
    this.#set(resource, key, raw)
    this.#touch(resource, key, watchedAt)
  }

  /** Forgets an object; unknown ones are fine. With `uid`, only that very object. */
  remove(resource: FleetResource, key: string, uid = '', receivedAt?: number): void {
    this.#unconfirmed.get(resource)?.delete(key)
    const versions = this.#versions.get(resource)!
    const known = versions.get(key)
    if (known === undefined || (uid !== '' && !known.startsWith(`${uid} `))) return
    for (const uids of this.#removals) uids.add(known.slice(0, known.indexOf(' ')))
    this.#touch(resource, key, receivedAt)
    versions.delete(key)
    this.#delete(resource, key)
    this.#touch(resource, key, receivedAt)
  }

  /** The uids of what goes from now on, added to `uids` until the function that is returned is called. */
  noteRemovals(uids: Set<string>): () => void {
    this.#removals.add(uids)
    return () => this.#removals.delete(uids)
  }

  beginList(resource: FleetResource): void {
    this.#unconfirmed.set(resource, new Set(this.#versions.get(resource)!.keys()))
  }

  endList(resource: FleetResource, complete: boolean): void {
    const unconfirmed = this.#unconfirmed.get(resource)
    this.#unconfirmed.delete(resource)
    if (!complete || unconfirmed === undefined) return
    for (const key of unconfirmed) this.remove(resource, key)
    this.#unlisted.delete(resource)
  }

  flush(): void {
    const first = this.synced && !this.#toldSynced
    if (first) this.#toldSynced = true
    else if (this.#keys.size === 0 && this.#spaces.size === 0) return
    const change = {
      keys: first ? new Set(this.keys()) : this.#keys,
      sources: first ? new Set(this.#exports.keys()) : this.#sources,
      namespaces: first ? new Set(this.#namespaces.keys()) : this.#spaces,
      endpoints: this.#endpoints,
    }
    this.#keys = new Set()
    this.#sources = new Set()
    this.#spaces = new Set()
    this.#endpoints = new Map()
    for (const listener of [...this.#listeners]) listener(change)
  }

  /** Others annotate namespaces all the time: only what counts here is a change. */
  #setNamespace(name: string, next: NamespaceView): void {
    const known = this.#namespaces.get(name)
    this.#namespaces.set(name, next)
    const same = (['mode', 'unknownMode', 'terminating'] as const).every(
      (field) => known?.[field] === next[field],
    )
    if (same) return
    this.#spaces.add(name)
  }

  #set(resource: Exclude<FleetResource, 'namespaces'>, key: string, raw: unknown): void {
    switch (resource) {
      case 'serviceexports':
        this.#exports.set(key, exportRecord(raw, this.#cluster))
        break
      case 'serviceimports':
        this.#imports.set(key, importRecord(raw))
        this.#derived.set(derivedKey(key), key)
        break
      case 'services':
        this.#setService(key, serviceRecord(raw))
        break
      case 'endpointslices':
        this.#slices.set(key, sliceRecord(raw))
        break
    }
  }

  #setService(key: string, service: ServiceRecord): void {
    this.#services.set(key, service)
    const made = derivedFor(service)
    if (made.length > 0) this.#made.set(key, made)
    else this.#made.delete(key)
  }

  #delete(resource: FleetResource, key: string): void {
    if (resource === 'namespaces') this.#namespaces.delete(key)
    else if (resource === 'serviceexports') this.#exports.delete(key)
    else if (resource === 'services') {
      this.#services.delete(key)
      this.#made.delete(key)
    } else if (resource === 'endpointslices') this.#slices.delete(key)
    else {
      this.#imports.delete(key)
      this.#derived.delete(derivedKey(key))
    }
  }

  /** Notes the services that the object concerns as it is now. */
  #touch(resource: FleetResource, key: string, watchedAt: number | undefined): void {
    if (resource === 'namespaces') this.#spaces.add(key)
    else if (resource === 'serviceexports') this.#touchSource(key)
    else if (resource === 'serviceimports') this.#keys.add(key)
    else if (resource === 'endpointslices') {
      const { service, imports } = this.#slices.affectedServices(key)
      if (service !== undefined && this.#exports.has(service)) {
        this.#touchSource(service)
        if (watchedAt !== undefined && !this.#endpoints.has(service)) {
          this.#endpoints.set(service, watchedAt)
        }
      }
      for (const one of imports) this.#keys.add(one)
    } else {
      if (this.#exports.has(key)) this.#touchSource(key)
      const imported = this.#derived.get(key)
      if (imported !== undefined) this.#keys.add(imported)
      for (const one of this.#made.get(key) ?? []) this.#keys.add(one)
    }
  }

  #touchSource(key: string): void {
    this.#keys.add(key)
    this.#sources.add(key)
  }
}

function derivedKey(key: string): string {
  const slash = key.indexOf('/')
  return `${key.slice(0, slash)}/${amcsName(key.slice(slash + 1))}`
}

/** The services whose derived Service this is, by its label or its owner, and by its name. */
function derivedFor({
  namespace,
  name,
  labels,
  ownerReferences,
}: ServiceRecord): readonly string[] {
  const candidates = ownerReferences.filter(isImportOwner).map((owner) => owner.name)
  const label = labels[DERIVED_LABEL]
  if (label !== undefined) candidates.push(label)
  return candidates.filter((one) => amcsName(one) === name).map((one) => `${namespace}/${one}`)
}

function versionOf(metadata: Fields): string {
  return `${stringOf(metadata.uid)} ${stringOf(metadata.resourceVersion)}`
}

/** True when both are versions of one object and `version` is the earlier one. */
function isOlder(version: string, known: string | undefined): boolean {
  if (known === undefined) return false
  const [uid, number] = version.split(' ')
  const [knownUid, knownNumber] = known.split(' ')
  return uid === knownUid && Number(number) < Number(knownNumber)
}
