// The objects of one source, indexed by service. Writers (reflectors, the manifest reader) put and remove objects. A
// relist is mark and sweep: `beginList` marks every key as unconfirmed, each put confirms one, and `endList` removes the
// others, but only after a complete list.
//
// Subscribers are notified in batches (`flush`, after each chunk of a stream). The first notification waits until
// services and slices are listed: a service compiled before its slices arrive would be compiled twice. It does not
// wait for Namespaces and Pods, nor for a resource that cannot be listed (for example by RBAC).
import { RelistTracker } from '../kube/relist-tracker.ts'
import type { Log } from '../log.ts'
import { Changes } from './changes.ts'
import type { NamespaceObject } from './convert.ts'
import type { PodChange } from './convert-core.ts'
import type { Slices } from './convert-slice.ts'
import { NamespaceIndex } from './namespace-index.ts'
import type { ClusterService, ImportedService, LocalService, ServiceImport } from './objects.ts'
import { packImport, packService, unpackImport, unpackService } from './packed.ts'
import { PodIndex } from './pod-index.ts'
import { SliceIndex } from './slice-index.ts'
import type { Resource, StoreChange, StoreReader } from './source.ts'

/** Resources without which the first notification is not sent, as long as they may be listed soon. */
const AWAITED: readonly Resource[] = ['serviceimports', 'services', 'endpointslices']

interface StoreDeps {
  readonly log: Log
  /** performance.now(). */
  readonly now: () => number
  /** The resources that are read. */
  readonly resources: readonly Resource[]
}

/** The writable store of a source. Keys are "namespace/name"; `receivedAt` is performance.now() in milliseconds. */
export class Store implements StoreReader {
  readonly #changes: Changes
  /** Packed imports by key. */
  readonly #imports = new Map<string, string>()
  /** Packed Services of the cluster by key. */
  readonly #services = new Map<string, string>()
  readonly #importedSlices = new SliceIndex()
  readonly #localSlices = new SliceIndex()
  readonly #namespaces = new NamespaceIndex()
  readonly #pods = new PodIndex()
  readonly #relists = new Map<Resource, RelistTracker>()
  readonly #unlisted: Set<Resource>
  readonly #awaited: Set<Resource>

  constructor({ log, now, resources }: StoreDeps) {
    this.#changes = new Changes(log, now)
    this.#unlisted = new Set(resources)
    this.#awaited = new Set(AWAITED.filter((resource) => resources.includes(resource)))
    for (const resource of resources) this.#relists.set(resource, new RelistTracker())
  }

  get synced(): boolean {
    return this.#unlisted.size === 0
  }

  listed(resource: Resource): boolean {
    return this.#relists.has(resource) && !this.#unlisted.has(resource)
  }

  service(key: string, maxBytes = Number.POSITIVE_INFINITY): ImportedService | undefined {
    const packed = this.#imports.get(key)
    if (packed === undefined) return undefined
    return { serviceImport: unpackImport(key, packed), ...this.#importedSlices.of(key, maxBytes) }
  }

  serviceKeys(): Iterable<string> {
    return this.#imports.keys()
  }

  localService(key: string, maxBytes = Number.POSITIVE_INFINITY): LocalService | undefined {
    const packed = this.#services.get(key)
    if (packed === undefined) return undefined
    return { service: unpackService(key, packed), ...this.#localSlices.of(key, maxBytes) }
  }

  localServiceKeys(): Iterable<string> {
    return this.#services.keys()
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name)
  }

  namespaces(): Iterable<string> {
    return this.#namespaces.names()
  }

  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined {
    return this.#namespaces.labels(name)
  }

  hasPod(address: string): boolean {
    return this.#pods.has(address)
  }

  podAddresses(): Iterable<string> {
    return this.#pods.addresses()
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    return this.#changes.subscribe(listener)
  }

  /** The number of objects of the resource. */
  size(resource: Resource): number {
    switch (resource) {
      case 'serviceimports':
        return this.#imports.size
      case 'services':
        return this.#services.size
      case 'endpointslices':
        return this.#slices()
      case 'namespaces':
        return this.#namespaces.size
      case 'pods':
        return this.#pods.size
    }
  }

  putImport(key: string, next: ServiceImport, receivedAt: number): void {
    this.#confirm('serviceimports', key)
    const packed = packImport(next)
    const previous = this.#imports.get(key)
    if (previous === packed) return
    if (previous === undefined) this.#imply(next.namespace, 1, receivedAt)
    this.#imports.set(key, packed)
    this.#changes.add('services', key, receivedAt)
  }

  putService(key: string, next: ClusterService, receivedAt: number): void {
    this.#confirm('services', key)
    const packed = packService(next)
    const previous = this.#services.get(key)
    if (previous === packed) return
    if (previous === undefined) this.#imply(next.namespace, 1, receivedAt)
    this.#services.set(key, packed)
    this.#changes.add('localServices', key, receivedAt)
  }

  putSlices(key: string, { imported, local, triggeredAt }: Slices, receivedAt: number): void {
    this.#confirm('endpointslices', key)
    for (const service of this.#importedSlices.put(key, imported)) {
      this.#changes.add('services', service, receivedAt)
    }
    const changed = this.#localSlices.put(key, local)
    for (const service of changed) this.#changes.add('localServices', service, receivedAt)
    // An object of a list may follow a change of long ago.
    const isNews = changed.length > 0 && !this.#relists.get('endpointslices')?.listing
    if (triggeredAt === undefined || local === undefined || !isNews) return
    this.#changes.addTrigger(`${local.namespace}/${local.service}`, triggeredAt)
  }

  putNamespace(
    name: string,
    labels: NamespaceObject['labels'] | undefined,
    receivedAt: number,
  ): void {
    this.#confirm('namespaces', name)
    if (this.#namespaces.set(name, labels)) this.#changes.add('namespaces', name, receivedAt)
  }

  putPod(key: string, next: PodChange, receivedAt: number): void {
    this.#confirm('pods', key)
    if (next === 'unchanged') return
    const changed = next === 'none' ? this.#pods.delete(key) : this.#pods.set(key, next.ip)
    for (const address of changed) this.#changes.add('pods', address, receivedAt)
  }

  /** Removes one object; an unknown key is ignored. */
  remove(resource: Resource, key: string, receivedAt: number): void {
    this.#confirm(resource, key)
    switch (resource) {
      case 'serviceimports':
        if (!this.#imports.delete(key)) return
        this.#imply(namespaceOf(key), -1, receivedAt)
        this.#changes.add('services', key, receivedAt)
        return
      case 'services':
        if (!this.#services.delete(key)) return
        this.#imply(namespaceOf(key), -1, receivedAt)
        this.#changes.add('localServices', key, receivedAt)
        return
      case 'endpointslices':
        this.putSlices(
          key,
          { imported: undefined, local: undefined, triggeredAt: undefined },
          receivedAt,
        )
        return
      case 'namespaces':
        if (this.#namespaces.delete(key)) this.#changes.add('namespaces', key, receivedAt)
        return
      case 'pods':
        this.putPod(key, 'none', receivedAt)
    }
  }

  /** Starts a list; replaces one that never ended. */
  beginList(resource: Resource): void {
    this.#relists.get(resource)?.begin(this.#keys(resource))
  }

  /** Ends a list. A complete one removes the unconfirmed objects and makes the resource listed. */
  endList(resource: Resource, complete: boolean, receivedAt: number): void {
    const stale = this.#relists.get(resource)?.end(complete)
    if (stale === undefined) return
    for (const key of stale) this.remove(resource, key, receivedAt)
    if (this.#unlisted.delete(resource)) this.#changes.force()
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
    if (this.#changes.started) this.#changes.flush()
    else {
      this.#changes.start({
        services: this.#imports.keys(),
        localServices: this.#services.keys(),
        namespaces: this.namespaces(),
        pods: this.podAddresses(),
      })
    }
  }

  *#keys(resource: Resource): Iterable<string> {
    switch (resource) {
      case 'serviceimports':
        return yield* this.#imports.keys()
      case 'services':
        return yield* this.#services.keys()
      case 'endpointslices':
        yield* this.#importedSlices.keys()
        for (const key of this.#localSlices.keys()) if (!this.#importedSlices.has(key)) yield key
        return
      case 'namespaces':
        return yield* this.#namespaces.keys()
      case 'pods':
        yield* this.#pods.keys()
    }
  }

  #slices(): number {
    const [imported, local] = [this.#importedSlices, this.#localSlices]
    if (imported.size === 0 || local.size === 0) return imported.size + local.size
    let both = 0
    for (const key of imported.keys()) if (local.has(key)) both++
    return imported.size + local.size - both
  }

  #confirm(resource: Resource, key: string): void {
    this.#relists.get(resource)?.confirm(key)
  }

  #imply(namespace: string, step: 1 | -1, receivedAt: number): void {
    if (this.#namespaces.imply(namespace, step)) {
      this.#changes.add('namespaces', namespace, receivedAt)
    }
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'))
}
