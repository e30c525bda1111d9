// A source of truth (an API server, a folder of manifests) and what it tells its readers. The store
// behind it is never emptied by an error: what was known stays until the source itself says otherwise.
import type { ImportedService } from './objects.ts'

/** What changed since the last call; keys are "namespace/name". */
export interface StoreChange {
  readonly services: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
  /** performance.now() when the oldest of these changes was read from the source. */
  readonly receivedAt: number
}

export interface StoreReader {
  /** True once every resource was listed in full; never false again. */
  readonly synced: boolean
  service(key: string): ImportedService | undefined
  serviceKeys(): Iterable<string>
  /** True for a known Namespace, and for one that holds a ServiceImport. */
  hasNamespace(name: string): boolean
  namespaces(): Iterable<string>
  /** Called after each batch of changes, and once when `synced` turns true. Returns the unsubscriber. */
  subscribe(listener: (change: StoreChange) => void): () => void
}

export interface ResourceStatus {
  /** "serviceimports", "endpointslices", "namespaces"; "manifests" for a folder. */
  readonly resource: string
  readonly synced: boolean
  readonly objects: number
  /** performance.now() of the last event, bookmark or completed list; undefined before the first. */
  readonly lastEventAt?: number
  readonly relists: number
  readonly errors: ReadonlyMap<string, number>
}

export interface Source {
  readonly store: StoreReader
  /** For messages and metrics: "in-cluster", "kubeconfig F context C", "manifests DIR". */
  readonly name: string
  status(): readonly ResourceStatus[]
  /** Objects that were skipped or served in part, by reason. */
  readonly invalidObjects: ReadonlyMap<string, number>
  /** Resolves when synced, or after `timeoutMs`, whichever is first; true when synced. */
  whenSynced(timeoutMs: number): Promise<boolean>
  close(): Promise<void>
}
