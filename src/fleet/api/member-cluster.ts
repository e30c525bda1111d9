// The interface of a member cluster: cached objects by service, change notifications and writes. Implemented
// for an API server (member/kube-cluster.ts) and in memory (embedded/cluster.ts).
import type { CanonicalAddress } from './addresses.ts'
import type { ServiceSnapshot } from './records.ts'
import type { Body, ClusterEvent, Write } from './writes.ts'

/** What changed since the last notification. */
export interface ClusterChange {
  /** Services, as "namespace/name". */
  readonly keys: ReadonlySet<string>
  /** Those of `keys` whose export, Service or EndpointSlices changed; the others affect this cluster only. */
  readonly sources: ReadonlySet<string>
  /** Names of changed Namespaces. */
  readonly namespaces: ReadonlySet<string>
  /**
   * Those of `keys` whose endpoints changed by a watch event, with the time (Clock.now, ms) of the first event.
   * Changes from a list are left out: the time at which they happened is unknown.
   */
  readonly endpoints: ReadonlyMap<string, number>
}

/** Reads the cached objects of one cluster. Keys are "namespace/name" of a service. */
export interface ClusterReader {
  /** The services with an export, an import or objects derived from an import. */
  keys(): Iterable<string>
  snapshot(key: string): ServiceSnapshot
  /** creationTimestamp of the export; undefined when there is none or it is being deleted. */
  exportAge(key: string): string | undefined
  /** True when the cluster has an EndpointSlice of this name, whoever manages it. */
  hasSlice(namespace: string, name: string): boolean
  /** What the address is in this cluster, for messages; undefined unless it is one of Services, nodes or the API server. */
  ownAddress(address: CanonicalAddress): string | undefined
}

/** The Lease of the leader of a fleet. */
export interface LeaderLease {
  readonly uid: string
  /** '' when no replica leads. */
  readonly holder: string
}

/** A member cluster of the fleet. */
export interface MemberCluster {
  /** The configured id, for messages. */
  readonly name: string
  /** Id in the clusterset; undefined until the cluster was reached and its identity confirmed. */
  readonly id: string | undefined
  /** creationTimestamp of its kube-system namespace, RFC 3339; absent or '' when unknown. */
  readonly created?: string
  /**
   * True once every resource was listed completely: only then does a missing object mean that it is gone. Where they are read
   * at all, its nodes and Service ranges were read by then, or could not be.
   */
  readonly synced: boolean
  readonly reader: ClusterReader
  /** Calls `listener` for each change, also when `synced` changes. Returns the unsubscribe function. */
  subscribe(listener: (change: ClusterChange) => void): () => void
  /**
   * Resolves to the raw object after the write, {} for a delete; the reader includes it by then.
   * Rejects with ApiError.
   */
  write(write: Write, signal: AbortSignal): Promise<Body>
  /** Creates an Event. Rejects with ApiError. */
  report(event: ClusterEvent, signal: AbortSignal): Promise<void>
  /** Why the cluster is not synced, for messages; '' when it is synced. */
  readonly lastError: string
  /**
   * Checks that the cluster answers, that its identity is unchanged and that all its watches run. Resolves to the
   * UID of its kube-system namespace; rejects with the problem. When `signal` aborts with a TimeoutError, the
   * probe counts as unanswered.
   */
  probe(signal: AbortSignal): Promise<string>
  /** The Lease of the leader if the cluster is, or was, the hub of a fleet; else undefined. Rejects with ApiError. */
  leaderLease(signal: AbortSignal): Promise<LeaderLease | undefined>
  /** Stops the watches and closes the connections. */
  close(): Promise<void>
}
