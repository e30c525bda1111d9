// One member cluster as the controller sees it: what it holds of each service, what changed, and writes. An
// API server (member/kube-cluster.ts) and a cluster in memory (embedded/cluster.ts) are both one.
import type { ServiceSnapshot } from './records.ts'
import type { Body, ClusterEvent, Write } from './writes.ts'

/** What changed since the last call. */
export interface ClusterChange {
  /** Services, as "namespace/name". */
  readonly keys: ReadonlySet<string>
  /** Those of `keys` of which the export, its Service or its slices changed; the others concern the cluster alone. */
  readonly sources: ReadonlySet<string>
  readonly namespaces: ReadonlySet<string>
  /**
   * Those of `keys` whose endpoints changed while they were watched, and when (Clock.now) the first change came.
   * What a list brings is not among them: nobody knows when it happened.
   */
  readonly endpoints: ReadonlyMap<string, number>
}

export interface ClusterReader {
  /** The services that the cluster has anything of. */
  keys(): Iterable<string>
  snapshot(key: string): ServiceSnapshot
  hasSlice(namespace: string, name: string): boolean
}

export interface MemberCluster {
  /** The configured id, for messages. */
  readonly name: string
  /** Undefined until the cluster was reached and its identity is known. */
  readonly id: string | undefined
  /** True once every resource was listed in full: only then may anything be concluded from what is absent. */
  readonly synced: boolean
  readonly reader: ClusterReader
  /** Also told when `synced` turns true, or false. Returns the unsubscriber. */
  subscribe(listener: (change: ClusterChange) => void): () => void
  /**
   * Resolves to the raw object that the cluster now holds, {} for a delete; the reader knows it by then.
   * Rejects with ApiError.
   */
  write(write: Write, signal: AbortSignal): Promise<Body>
  /** Creates an Event. Rejects with ApiError. */
  report(event: ClusterEvent, signal: AbortSignal): Promise<void>
  /** Why it is not synced, for a person; '' when it is. */
  readonly lastError: string
  /**
   * Asks whether the cluster is there and still the same, and whether all its watches run; resolves to the UID of
   * its kube-system namespace, rejects with what is wrong. A signal that aborts for a TimeoutError says that it is
   * silent.
   */
  probe(signal: AbortSignal): Promise<string>
  close(): Promise<void>
}
