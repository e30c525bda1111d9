// The interface of a source (an API server, a folder of manifests) and of its store. An error never empties the store:
// objects stay until the source reports their removal.
import type { ImportedService, LocalService } from './objects.ts'
import type { SnapshotSpec } from './source-request.ts'

/** The resources of a source. */
export type Resource = 'serviceimports' | 'services' | 'endpointslices' | 'namespaces' | 'pods'

/** The changes since the last notification; keys of services are "namespace/name". */
export interface StoreChange {
  /** Imported Services. */
  readonly services: ReadonlySet<string>
  /** Services of the cluster. */
  readonly localServices: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
  /** Addresses of Pods that came or went, "namespace/IP". */
  readonly pods: ReadonlySet<string>
  /** When the changes happened that Services of the cluster follow, as far as known, in milliseconds since 1970. */
  readonly triggers: ReadonlyMap<string, number>
  /** performance.now() when the oldest of these changes was read from the source. */
  readonly receivedAt: number
}

/** Read access to the objects of a source. */
export interface StoreReader {
  /** True once every resource was listed completely; it never becomes false again. */
  readonly synced: boolean
  /** True once the resource was listed completely; it never becomes false again. */
  listed(resource: Resource): boolean
  /** The objects of an imported Service. With `maxBytes` slices are read up to that many bytes of text, but at least one. */
  service(key: string, maxBytes?: number): ImportedService | undefined
  /** The keys of all ServiceImports. */
  serviceKeys(): Iterable<string>
  /** The objects of a Service of the cluster; `maxBytes` as for `service`. */
  localService(key: string, maxBytes?: number): LocalService | undefined
  /** The keys of all Services of the cluster. */
  localServiceKeys(): Iterable<string>
  /** True for a Namespace object, and for the namespace of a ServiceImport or Service. */
  hasNamespace(name: string): boolean
  namespaces(): Iterable<string>
  /** The labels of a Namespace object, empty where they are not read; undefined without the object. */
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined
  /** True if a Pod has the address "namespace/IP". */
  hasPod(address: string): boolean
  /** The addresses of all Pods, "namespace/IP". */
  podAddresses(): Iterable<string>
  /** Calls `listener` after each batch of changes, and when another resource is listed. Returns the unsubscriber. */
  subscribe(listener: (change: StoreChange) => void): () => void
}

/** The state of one resource, for metrics. */
export interface ResourceStatus {
  /** "manifests" for a folder. */
  readonly resource: Resource | 'manifests'
  readonly synced: boolean
  readonly objects: number
  /** performance.now() of the last event, bookmark, list page or renewed watch; undefined before the first. */
  readonly lastEventAt?: number
  readonly relists: number
  readonly errors: ReadonlyMap<string, number>
}

/** An open source. */
export interface Source {
  readonly store: StoreReader
  /** The name in messages and metrics: "in-cluster", "kubeconfig F context C", "manifests DIR". */
  readonly name: string
  status(): readonly ResourceStatus[]
  /** Counts of invalid objects, skipped or served in part, by reason. */
  readonly invalidObjects: ReadonlyMap<string, number>
  /** Resolves with true when the resources are listed, with false after `timeoutMs` milliseconds or when closed. */
  whenListed(resources: readonly Resource[], timeoutMs: number): Promise<boolean>
  /** Undefined for a source that cannot keep its objects for the next start. */
  readonly snapshot?: SourceSnapshot
  /** Ends all watches, and writes the snapshot. */
  close(): Promise<void>
}

/** The snapshot of a source. */
export interface SourceSnapshot {
  /** True if the source was opened with the objects of a snapshot. */
  readonly isRestored: boolean
  /** Where the snapshot is written from now on; undefined = nowhere. */
  writeTo(spec: SnapshotSpec | undefined): void
  /** Undefined for a source without a snapshot. */
  status(): SnapshotStatus | undefined
}

/** The state of a snapshot, for metrics. */
export interface SnapshotStatus {
  /** True while objects of the snapshot are used that no list has confirmed. */
  readonly isStale: boolean
  readonly writes: number
  readonly failures: number
  /** In bytes; 0 before one was written or read. */
  readonly size: number
  /** Milliseconds since the objects were those of the cluster; undefined before the first list. */
  readonly ageMs?: number
}
