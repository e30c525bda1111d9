// The document of `clusterset-dns status -o json` and of /status.json. docs/status.md describes each field. Fields are added,
// and never change their meaning, within one apiVersion.
import type { ErrorCode } from '../../errors.ts'
import type { LeasePhase } from '../api/types.ts'
import type { ProblemKind } from '../member/problem.ts'

/** `ready`: synced, and all its watches run. The problems are those of member/problem.ts. */
export type ClusterState = 'ready' | ProblemKind | 'leaving' | 'left'

/** The state of a fleet as one observer sees it. */
export interface FleetStatus {
  readonly apiVersion: 'clusterset-dns.io/v1'
  readonly kind: 'FleetStatus'
  /** RFC 3339. */
  readonly time: string
  /** The version of the program that made the document. */
  readonly version: string
  /** Only the leader knows phases, propagation times and retries. */
  readonly observer: 'leader' | 'follower' | 'command'
  /** True when the hub is reached and each cluster is ready or has left. */
  readonly healthy: boolean
  readonly hub: HubStatus
  readonly leader: LeaderStatus
  readonly clusters: readonly ClusterStatus[]
  readonly conflicts: readonly ConflictStatus[]
  /** null: not known to this observer. */
  readonly propagation: readonly PropagationStatus[] | null
  readonly retries: readonly RetryStatus[] | null
}

/** The cluster with the Leases and Secrets of the fleet. */
export interface HubStatus {
  /** How it is reached: "kubeconfig /k context east", "in-cluster". */
  readonly name: string
  /** The member that is the hub; null when it is none, or is not known. */
  readonly member: string | null
  readonly reached: boolean
  /** Why it cannot be used; '' when it can. */
  readonly message: string
}

/** The Lease of the leader. */
export interface LeaderStatus {
  /** The replica that holds it; '' for none. */
  readonly holder: string
  /** When it was last renewed, by the clock of its holder: RFC 3339; '' for never. */
  readonly renewed: string
}

/** One cluster: a member, or one that is only recorded in the hub. */
export interface ClusterStatus {
  /** The configured name; of a cluster that is only recorded, its id. */
  readonly name: string
  /** null until the cluster was reached. */
  readonly id: string | null
  readonly hub: boolean
  readonly state: ClusterState
  /** A code of docs/errors.md; '' when ready, starting, or leaving. */
  readonly code: ErrorCode | ''
  /** Why it is not ready; '' when it is. */
  readonly message: string
  readonly synced: boolean
  readonly phase: LeasePhase | null
  /** By how much its clock is ahead of this program's; null until it was reached. */
  readonly clockSkewSeconds: number | null
  /** "v1.36.3"; '' when it cannot be read. */
  readonly kubernetes: string
  /** The served versions of the MCS API; '' for a CRD that is missing or not found yet. */
  readonly crds: { readonly serviceexports: string; readonly serviceimports: string }
  readonly exports: number
  readonly imports: number
  readonly endpoints: { readonly exported: number; readonly imported: number }
  /** Services that wait in its work queue, and for a retry; null when this observer does not lead. */
  readonly queued: number | null
  readonly retrying: number | null
}

/** A service whose exports disagree, as its ServiceExports say. */
export interface ConflictStatus {
  /** "namespace/name" */
  readonly service: string
  /** "PortConflict" */
  readonly reasons: readonly string[]
  /** Ids of the clusters whose ServiceExports say so. */
  readonly clusters: readonly string[]
  readonly message: string
}

/** How long endpoint changes take from one cluster to another, since this replica started. */
export interface PropagationStatus {
  readonly source: string
  readonly consumer: string
  readonly changes: number
  readonly p50Seconds: number
  readonly p99Seconds: number
}

/** A service that failed in a cluster and waits for a retry. */
export interface RetryStatus {
  readonly cluster: string
  readonly service: string
  /** The last error; '' when none was logged. */
  readonly message: string
}
