// The interface of a source (an API server, a folder of manifests) and of its store. An error never empties the store:
// objects stay until the source reports their removal.
import type { ImportedService } from './objects.ts'

/** The changes since the last notification; keys of services are "namespace/name". */
export interface StoreChange {
  readonly services: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
  /** performance.now() when the oldest of these changes was read from the source. */
  readonly receivedAt: number
}

/** Read access to the objects of a source. */
export interface StoreReader {
  /** True once every resource was listed completely; it never becomes false again. */
  readonly synced: boolean
  /** The objects of a service. With `maxBytes` slices are read up to that many bytes of text, but at least one. */
  service(key: string, maxBytes?: number): ImportedService | undefined
  serviceKeys(): Iterable<string>
  /** True for a Namespace object, and for the namespace of a ServiceImport. */
  hasNamespace(name: string): boolean
  namespaces(): Iterable<string>
  /** Calls `listener` after each batch of changes, and once when `synced` becomes true. Returns the unsubscriber. */
  subscribe(listener: (change: StoreChange) => void): () => void
}

/** The state of one resource, for metrics. */
export interface ResourceStatus {
  /** "serviceimports", "endpointslices", "namespaces"; "manifests" for a folder. */
  readonly resource: string
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
  /** Resolves with true when synced, with false after `timeoutMs` milliseconds or when closed. */
  whenSynced(timeoutMs: number): Promise<boolean>
  /** Ends all watches. */
  close(): Promise<void>
}
