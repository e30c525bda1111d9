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
  readonly #removalRecorders = new Set<Set<string>>()
  /** Derived name to service, for the imports that there are. */
  readonly #importOfDerived = new Map<string, string>()
  /** Services that were made for an import, whether that is there or not, and which one. */
  readonly #importsOfService = new Map<string, readonly string[]>()
  #changedKeys = new Set<string>()
  #changedSources = new Set<string>()
  #changedNamespaces = new Set<string>()
  #changedEndpoints = new Map<string, number>()
  #reportedSynced = false

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
    for (const keys of this.#importsOfService.values()) for (const key of keys) seen.add(key)
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
    const unconfirmed = this.#unconfirmed.get(resource)
    unconfirmed?.delete(key)
    const versions = this.#versions.get(resource)!
    const version = versionOf(nestedObject(raw, 'metadata'))
    const knownVersion = versions.get(key)
    if (knownVersion === version || (unconfirmed === undefined && isOlder(version, knownVersion)))
      return
    versions.set(key, version)
    if (resource === 'namespaces') {
      this.#setNamespace(key, namespaceView(raw))
      return
    }
    const watchedAt = unconfirmed === undefined ? receivedAt : undefined
    this.#markChanged(resource, key, watchedAt)
    this.#set(resource, key, raw)
    this.#markChanged(resource, key, watchedAt)
  }

  /** Forgets an object; unknown ones are fine. With `uid`, only that very object. */
  remove(resource: FleetResource, key: string, uid = '', receivedAt?: number): void {
    this.#unconfirmed.get(resource)?.delete(key)
    const versions = this.#versions.get(resource)!
    const knownVersion = versions.get(key)
    if (knownVersion === undefined || (uid !== '' && !knownVersion.startsWith(`${uid} `))) return
    for (const uids of this.#removalRecorders)
      uids.add(knownVersion.slice(0, knownVersion.indexOf(' ')))
    this.#markChanged(resource, key, receivedAt)
    versions.delete(key)
    this.#delete(resource, key)
    this.#markChanged(resource, key, receivedAt)
  }

  /** The uids of what goes from now on, added to `uids` until the function that is returned is called. */
  recordRemovals(uids: Set<string>): () => void {
    this.#removalRecorders.add(uids)
    return () => this.#removalRecorders.delete(uids)
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
    const isFirst = this.synced && !this.#reportedSynced
    if (isFirst) this.#reportedSynced = true
    else if (this.#changedKeys.size === 0 && this.#changedNamespaces.size === 0) return
    const change = {
      keys: isFirst ? new Set(this.keys()) : this.#changedKeys,
      sources: isFirst ? new Set(this.#exports.keys()) : this.#changedSources,
      namespaces: isFirst ? new Set(this.#namespaces.keys()) : this.#changedNamespaces,
      endpoints: this.#changedEndpoints,
    }
    this.#changedKeys = new Set()
    this.#changedSources = new Set()
    this.#changedNamespaces = new Set()
    this.#changedEndpoints = new Map()
    for (const listener of [...this.#listeners]) listener(change)
  }

  /** Others annotate namespaces all the time: only what counts here is a change. */
  #setNamespace(name: string, next: NamespaceView): void {
    const old = this.#namespaces.get(name)
    this.#namespaces.set(name, next)
    const same = (['mode', 'unknownMode', 'terminating'] as const).every(
      (field) => old?.[field] === next[field],
    )
    if (same) return
    this.#changedNamespaces.add(name)
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
        this.#slices.set(key, sliceRecord(raw))
        break
    }
  }

  #setService(key: string, service: ServiceRecord): void {
    this.#services.set(key, service)
    const imports = importsOfDerivedService(service)
    if (imports.length > 0) this.#importsOfService.set(key, imports)
    else this.#importsOfService.delete(key)
  }

  #delete(resource: FleetResource, key: string): void {
    if (resource === 'namespaces') this.#namespaces.delete(key)
    else if (resource === 'serviceexports') this.#exports.delete(key)
    else if (resource === 'services') {
      this.#services.delete(key)
      this.#importsOfService.delete(key)
    } else if (resource === 'endpointslices') this.#slices.delete(key)
    else {
      this.#imports.delete(key)
      this.#importOfDerived.delete(derivedKey(key))
    }
  }

  /** Notes the services that the object concerns as it is now. */
  #markChanged(resource: FleetResource, key: string, watchedAt: number | undefined): void {
    if (resource === 'namespaces') this.#changedNamespaces.add(key)
    else if (resource === 'serviceexports') this.#markSource(key)
    else if (resource === 'serviceimports') this.#changedKeys.add(key)
    else if (resource === 'endpointslices') {
      const { service, imports } = this.#slices.affectedServices(key)
      if (service !== undefined && this.#exports.has(service)) {
        this.#markSource(service)
        if (watchedAt !== undefined && !this.#changedEndpoints.has(service)) {
          this.#changedEndpoints.set(service, watchedAt)
        }
      }
      for (const importKey of imports) this.#changedKeys.add(importKey)
    } else {
      if (this.#exports.has(key)) this.#markSource(key)
      const imported = this.#importOfDerived.get(key)
      if (imported !== undefined) this.#changedKeys.add(imported)
      for (const importKey of this.#importsOfService.get(key) ?? []) {
        this.#changedKeys.add(importKey)
      }
    }
  }

  #markSource(key: string): void {
    this.#changedKeys.add(key)
    this.#changedSources.add(key)
  }
}

function derivedKey(key: string): string {
  const slash = key.indexOf('/')
  return `${key.slice(0, slash)}/${amcsName(key.slice(slash + 1))}`
}

/** The services whose derived Service this is, by its label or its owner, and by its name. */
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
