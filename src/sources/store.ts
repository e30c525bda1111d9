// The objects of one source, indexed by service. Writers (reflectors, the manifest reader) put and remove objects. A
// relist is mark and sweep: `beginList` marks every key as unconfirmed, each put confirms one, and `endList` removes the
// others, but only after a complete list.
//
// Subscribers are notified in batches (`flush`, after each chunk of a stream). The first notification waits until
// imports and slices are listed: a ServiceImport compiled before its slices arrive would be compiled twice. It does not
// wait for Namespaces, nor for a resource that cannot be listed (for example by RBAC).
import { errorStack } from '../errors.ts'
import { RelistTracker } from '../kube/relist-tracker.ts'
import type { Log } from '../log.ts'
import type { EndpointSlice, ImportedService, ServiceImport } from './objects.ts'
import { packImport, unpackImport } from './packed.ts'
import { SliceIndex } from './slice-index.ts'
import type { StoreChange, StoreReader } from './source.ts'

/** The resources of a store. */
export type Resource = 'serviceimports' | 'endpointslices' | 'namespaces'

export const resources: readonly Resource[] = ['serviceimports', 'endpointslices', 'namespaces']

interface StoreDeps {
  readonly log: Log
  /** performance.now(). */
  readonly now: () => number
}

/** The writable store of a source. Keys are "namespace/name"; `receivedAt` is performance.now() in milliseconds. */
export class Store implements StoreReader {
  readonly #deps: StoreDeps
  /** Packed imports by key. */
  readonly #imports = new Map<string, string>()
  readonly #slices = new SliceIndex()
  readonly #namespaces = new Set<string>()
  /** The number of ServiceImports in each namespace; a namespace with imports exists. */
  readonly #implied = new Map<string, number>()
  readonly #unlisted = new Set<Resource>(resources)
  readonly #awaited = new Set<Resource>(['serviceimports', 'endpointslices'])
  readonly #relists: Readonly<Record<Resource, RelistTracker>> = {
    serviceimports: new RelistTracker(),
    endpointslices: new RelistTracker(),
    namespaces: new RelistTracker(),
  }
  readonly #listeners = new Set<(change: StoreChange) => void>()
  #changedServices = new Set<string>()
  #changedNamespaces = new Set<string>()
  #receivedAt: number | undefined
  #published = false
  #publishedSynced = false

  constructor(deps: StoreDeps) {
    this.#deps = deps
  }

  get synced(): boolean {
    return this.#unlisted.size === 0
  }

  /** True once the resource was listed completely. */
  listed(resource: Resource): boolean {
    return !this.#unlisted.has(resource)
  }

  service(key: string, maxBytes = Number.POSITIVE_INFINITY): ImportedService | undefined {
    const packed = this.#imports.get(key)
    if (packed === undefined) return undefined
    return { serviceImport: unpackImport(key, packed), ...this.#slices.of(key, maxBytes) }
  }

  serviceKeys(): Iterable<string> {
    return this.#imports.keys()
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name) || this.#implied.has(name)
  }

  *namespaces(): Iterable<string> {
    yield* this.#namespaces
    for (const name of this.#implied.keys()) if (!this.#namespaces.has(name)) yield name
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The number of objects of the resource. */
  size(resource: Resource): number {
    if (resource === 'serviceimports') return this.#imports.size
    return resource === 'endpointslices' ? this.#slices.size : this.#namespaces.size
  }

  putImport(key: string, next: ServiceImport, receivedAt: number): void {
    this.#relists.serviceimports.confirm(key)
    const packed = packImport(next)
    const previous = this.#imports.get(key)
    if (previous === packed) return
    if (previous === undefined) this.#imply(next.namespace, 1, receivedAt)
    this.#imports.set(key, packed)
    this.#serviceChanged(key, receivedAt)
  }

  putSlice(key: string, next: EndpointSlice, receivedAt: number): void {
    this.#relists.endpointslices.confirm(key)
    for (const service of this.#slices.set(key, next)) this.#serviceChanged(service, receivedAt)
  }

  putNamespace(name: string, receivedAt: number): void {
    this.#relists.namespaces.confirm(name)
    if (this.#namespaces.has(name)) return
    if (!this.#implied.has(name)) this.#namespaceChanged(name, receivedAt)
    this.#namespaces.add(name)
  }

  /** Removes one object; an unknown key is ignored. */
  remove(resource: Resource, key: string, receivedAt: number): void {
    this.#relists[resource].confirm(key)
    if (resource === 'serviceimports') {
      if (!this.#imports.delete(key)) return
      this.#imply(key.slice(0, key.indexOf('/')), -1, receivedAt)
      this.#serviceChanged(key, receivedAt)
    } else if (resource === 'endpointslices') {
      const service = this.#slices.delete(key)
      if (service !== undefined) this.#serviceChanged(service, receivedAt)
    } else if (this.#namespaces.delete(key) && !this.#implied.has(key)) {
      this.#namespaceChanged(key, receivedAt)
    }
  }

  /** Starts a list; replaces one that never ended. */
  beginList(resource: Resource): void {
    this.#relists[resource].begin(this.#keys(resource))
  }

  /** Ends a list. A complete one removes the unconfirmed objects and makes the resource listed. */
  endList(resource: Resource, complete: boolean, receivedAt: number): void {
    const stale = this.#relists[resource].end(complete)
    if (stale === undefined) return
    for (const key of stale) this.remove(resource, key, receivedAt)
    this.#unlisted.delete(resource)
    this.#awaited.delete(resource)
  }

  /** The resource cannot be listed at present: subscribers are notified without waiting for it. */
  doNotAwait(resource: Resource): void {
    this.#awaited.delete(resource)
    this.flush()
  }

  /** Notifies the subscribers of the changes since the last flush; of all objects the first time. */
  flush(): void {
    if (this.#awaited.size > 0) return
    if (!this.#published) {
      this.#published = true
      this.#publishedSynced = this.synced
      this.#notify(new Set(this.#imports.keys()), new Set(this.namespaces()))
    } else if (this.synced && !this.#publishedSynced) {
      this.#publishedSynced = true
      this.#notify(this.#changedServices, new Set(this.namespaces()))
    } else if (this.#changedServices.size > 0 || this.#changedNamespaces.size > 0) {
      this.#notify(this.#changedServices, this.#changedNamespaces)
    }
  }

  #notify(services: ReadonlySet<string>, namespaces: ReadonlySet<string>): void {
    const change = { services, namespaces, receivedAt: this.#receivedAt ?? this.#deps.now() }
    this.#changedServices = new Set()
    this.#changedNamespaces = new Set()
    this.#receivedAt = undefined
    for (const listener of [...this.#listeners]) {
      try {
        listener(change)
      } catch (error) {
        const text = errorStack(error)
        this.#deps.log.error(`a subscriber of the store failed: ${text.replaceAll('\n', ' ')}`)
      }
    }
  }

  #keys(resource: Resource): Iterable<string> {
    if (resource === 'serviceimports') return this.#imports.keys()
    return resource === 'endpointslices' ? this.#slices.keys() : this.#namespaces
  }

  #serviceChanged(service: string, receivedAt: number): void {
    if (!this.#published) return
    this.#receivedAt = Math.min(this.#receivedAt ?? receivedAt, receivedAt)
    this.#changedServices.add(service)
  }

  #namespaceChanged(name: string, receivedAt: number): void {
    if (!this.#published) return
    this.#receivedAt = Math.min(this.#receivedAt ?? receivedAt, receivedAt)
    this.#changedNamespaces.add(name)
  }

  #imply(namespace: string, step: 1 | -1, receivedAt: number): void {
    const before = this.#implied.get(namespace) ?? 0
    if (before + step > 0) this.#implied.set(namespace, before + step)
    else this.#implied.delete(namespace)
    const presenceChanged = before === 0 || before + step === 0
    if (presenceChanged && !this.#namespaces.has(namespace))
      this.#namespaceChanged(namespace, receivedAt)
  }
}
