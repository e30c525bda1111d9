// The objects of one source, indexed by service. Writers (reflectors, the manifest reader) put and remove objects. A
// relist is mark and sweep: `beginList` marks every key as unconfirmed, each put confirms one, and `endList` removes the
// others, but only after a complete list.
//
// Subscribers are notified in batches (`flush`, after each chunk of a stream). The first notification waits until slices
// are listed: a service compiled before its slices arrive would have some of its addresses only, and be compiled twice.
// It does not wait for slices that cannot be listed (for example by RBAC), nor for other resources: services have answers
// while the rest of their list arrives.
//
// All objects share one room. An object that has no room in it is left out, also one that was known and has grown: what
// was known of it is no longer true, for example the addresses of Pods that others may have by now. Growing past the limit
// would be no limit: many small objects could grow.
import { entryBytes } from '../kube/entry-bytes.ts'
import { RelistTracker } from '../kube/relist-tracker.ts'
import type { Log } from '../log.ts'
import { type Changed, Changes } from './changes.ts'
import type { NamespaceObject } from './convert.ts'
import type { PodChange } from './convert-core.ts'
import type { Slices } from './convert-slice.ts'
import { NamespaceIndex, packLabels } from './namespace-index.ts'
import type { ClusterService, ImportedService, LocalService, ServiceImport } from './objects.ts'
import { packImport, packService, packSlice, unpackImport, unpackService } from './packed.ts'
import { PodIndex } from './pod-index.ts'
import { MAX_SOURCE_BYTES, Room } from './room.ts'
import { SliceIndex } from './slice-index.ts'
import type { StoreRecord } from './snapshot/format.ts'
import type { Resource, StoreChange, StoreReader } from './source.ts'

/** The resource without which the first notification is not sent, as long as it may be listed soon. */
const AWAITED: Resource = 'endpointslices'

interface StoreDeps {
  readonly log: Log
  /** performance.now(). */
  readonly now: () => number
  /** The resources that are read. */
  readonly resources: readonly Resource[]
  /** About how many bytes all objects may take; default MAX_SOURCE_BYTES. */
  readonly maxBytes?: number
}

/** The writable store of a source. Keys are "namespace/name"; `receivedAt` is performance.now() in milliseconds. */
export class Store implements StoreReader {
  readonly #changes: Changes
  readonly #room: Room
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
  #isAwaiting: boolean

  constructor({ log, now, resources, maxBytes = MAX_SOURCE_BYTES }: StoreDeps) {
    this.#changes = new Changes(log, now)
    this.#room = new Room(maxBytes)
    this.#unlisted = new Set(resources)
    this.#isAwaiting = resources.includes(AWAITED)
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
    return { service: unpackImport(key, packed), ...this.#importedSlices.of(key, maxBytes) }
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

  /** About how many bytes the objects take. */
  get bytes(): number {
    return this.#room.bytes
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

  /** Adds or replaces an object, as the other functions `put`; false when it has no room, and then it is removed. */
  putImport(key: string, next: ServiceImport, receivedAt: number): boolean {
    this.#confirm('serviceimports', key)
    const isKept = this.#put(this.#imports, key, packImport(next), 'services', receivedAt)
    return isKept || this.#leaveOut('serviceimports', key, receivedAt)
  }

  putService(key: string, next: ClusterService, receivedAt: number): boolean {
    this.#confirm('services', key)
    const isKept = this.#put(this.#services, key, packService(next), 'localServices', receivedAt)
    return isKept || this.#leaveOut('services', key, receivedAt)
  }

  putSlices(key: string, { imported, local, triggeredAt }: Slices, receivedAt: number): boolean {
    this.#confirm('endpointslices', key)
    const [ofImport, ofService] = [imported && packSlice(imported), local && packSlice(local)]
    const growth =
      this.#importedSlices.growth(key, ofImport) + this.#localSlices.growth(key, ofService)
    if (!this.#room.take(growth)) return this.#leaveOut('endpointslices', key, receivedAt)
    for (const service of this.#importedSlices.put(key, ofImport)) {
      this.#changes.add('services', service, receivedAt)
    }
    const changed = this.#localSlices.put(key, ofService)
    for (const service of changed) this.#changes.add('localServices', service, receivedAt)
    // An object of a list may follow a change of long ago.
    const isNews = changed.length > 0 && !this.#relists.get('endpointslices')?.listing
    if (triggeredAt !== undefined && local !== undefined && isNews) {
      this.#changes.addTrigger(`${local.namespace}/${local.service}`, triggeredAt)
    }
    return true
  }

  putNamespace(
    name: string,
    labels: NamespaceObject['labels'] | undefined,
    receivedAt: number,
  ): boolean {
    this.#confirm('namespaces', name)
    const packed = packLabels(labels)
    if (!this.#room.take(this.#namespaces.growth(name, packed))) {
      return this.#leaveOut('namespaces', name, receivedAt)
    }
    if (this.#namespaces.set(name, packed)) this.#changes.add('namespaces', name, receivedAt)
    return true
  }

  putPod(key: string, next: PodChange, receivedAt: number): boolean {
    this.#confirm('pods', key)
    if (next === 'unchanged') return true
    const ip = next === 'none' ? undefined : next.ip
    if (!this.#room.take(this.#pods.growth(key, ip))) {
      return this.#leaveOut('pods', key, receivedAt)
    }
    const changed = ip === undefined ? this.#pods.delete(key) : this.#pods.set(key, ip)
    for (const address of changed) this.#changes.add('pods', address, receivedAt)
    return true
  }

  /** Removes one object; an unknown key is ignored. */
  remove(resource: Resource, key: string, receivedAt: number): void {
    this.#confirm(resource, key)
    switch (resource) {
      case 'serviceimports':
        this.#put(this.#imports, key, undefined, 'services', receivedAt)
        return
      case 'services':
        this.#put(this.#services, key, undefined, 'localServices', receivedAt)
        return
      case 'endpointslices':
        this.putSlices(
          key,
          { imported: undefined, local: undefined, triggeredAt: undefined },
          receivedAt,
        )
        return
      case 'namespaces':
        this.#room.take(this.#namespaces.growth(key, undefined))
        if (this.#namespaces.delete(key)) this.#changes.add('namespaces', key, receivedAt)
        return
      case 'pods':
        this.putPod(key, 'none', receivedAt)
    }
  }

  /**
   * All objects as texts, those that others need first. Objects may change between two of them; one that stays is among
   * them in any case.
   */
  *records(): Iterable<StoreRecord> {
    for (const [key, text] of this.#namespaces.objects()) yield { kind: 'n', key, text }
    for (const [key, text] of this.#importedSlices.entries()) yield { kind: 'e', key, text }
    for (const [key, text] of this.#localSlices.entries()) yield { kind: 'l', key, text }
    for (const [key, text] of this.#pods.entries()) yield { kind: 'p', key, text }
    for (const [key, text] of this.#imports) yield { kind: 'i', key, text }
    for (const [key, text] of this.#services) yield { kind: 's', key, text }
  }

  /** Puts an object of `records` into a store that has no subscribers; one without room is left out. */
  restore({ kind, key, text }: StoreRecord): void {
    switch (kind) {
      case 'n':
        if (this.#room.take(this.#namespaces.growth(key, text))) this.#namespaces.set(key, text)
        return
      case 'e':
      case 'l': {
        const slices = kind === 'e' ? this.#importedSlices : this.#localSlices
        if (this.#room.take(slices.growth(key, text))) slices.put(key, text)
        return
      }
      case 'p':
        if (this.#room.take(this.#pods.growth(key, text))) this.#pods.set(key, text)
        return
      case 'i':
        this.#put(this.#imports, key, text, 'services', 0)
        return
      case 's':
        this.#put(this.#services, key, text, 'localServices', 0)
    }
  }

  /** All objects are restored: whoever subscribes has read them, so subscribers are notified of differences only. */
  endRestore(): void {
    this.#changes.startKnown()
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
    if (resource === AWAITED) this.#isAwaiting = false
  }

  /** The resource cannot be listed at present: subscribers are notified without waiting for it. */
  doNotAwait(resource: Resource): void {
    if (resource === AWAITED) this.#isAwaiting = false
    this.flush()
  }

  /** Notifies the subscribers of the changes since the last flush; of all objects the first time. */
  flush(): void {
    if (this.#isAwaiting) return
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

  #leaveOut(resource: Resource, key: string, receivedAt: number): false {
    this.remove(resource, key, receivedAt)
    return false
  }

  #confirm(resource: Resource, key: string): void {
    this.#relists.get(resource)?.confirm(key)
  }

  /** Sets or removes the packed text of a Service, which implies its namespace; false when it has no room. */
  #put(
    texts: Map<string, string>,
    key: string,
    packed: string | undefined,
    kind: Changed,
    receivedAt: number,
  ): boolean {
    const previous = texts.get(key)
    if (previous === packed) return true
    const namespace = key.slice(0, key.indexOf('/'))
    const step = previous === undefined ? 1 : packed === undefined ? -1 : 0
    const implied = step === 0 ? 0 : this.#namespaces.growthOfImplied(namespace, step)
    if (!this.#room.take(entryBytes(key, packed) - entryBytes(key, previous) + implied))
      return false
    if (step !== 0 && this.#namespaces.imply(namespace, step)) {
      this.#changes.add('namespaces', namespace, receivedAt)
    }
    if (packed === undefined) texts.delete(key)
    else texts.set(key, packed)
    this.#changes.add(kind, key, receivedAt)
    return true
  }
}
