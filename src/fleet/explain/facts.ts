// What `explain` knows about one service: read from the clusters, the fleet's Leases and DNS servers. Plain data, so that the
// rules of this folder need no input or output.
import type { ExportLimits } from '../api/export-limits.ts'
import type { MemberPolicy } from '../api/member-policy.ts'
import type { FleetResource, ServiceSnapshot } from '../api/records.ts'
import type { ImportMode } from '../api/types.ts'

/** Why a resource of a cluster was not read. */
export interface Unread {
  /** `missing`: the cluster does not serve the resource, so its CRD is missing. */
  readonly reason: 'forbidden' | 'missing' | 'failed'
  readonly text: string
}

/** An endpoint of the exported Service in its own cluster. */
export interface EndpointFact {
  readonly address: string
  /** The name of its Pod; '' when it has none. */
  readonly pod: string
  readonly ready: boolean
  /** Why it is not ready, as far as its Pod tells; '' when unknown. */
  readonly why: string
}

/** The permissions of the fleet's account in a cluster. */
export interface RightsFacts {
  /** Whose permissions were asked for. */
  readonly account: string
  /** The missing ones, as "list services"; empty if all are granted. */
  readonly missing: readonly string[]
  /** The API server's refusal, where it alone is known. */
  readonly refusal?: string
}

/** What was read of one cluster. */
export interface ClusterFacts {
  /** The name that the user gave. */
  readonly name: string
  /** The id in the clusterset; `name` until it was read. */
  readonly id: string
  /** True when `id` is only the name of a context, because the id could not be read. */
  readonly isIdUnknown?: boolean
  /** The words of a command in this cluster: "kubectl --context east". */
  readonly kubectl: string
  /** Version and address of the API server; '' when it was not reached. */
  readonly server: string
  /** Why the cluster was not reached; undefined when it was. */
  readonly problem: string | undefined
  readonly unread: ReadonlyMap<FleetResource, Unread>
  readonly snapshot: ServiceSnapshot
  /** What the configuration of the fleet allows the cluster. */
  readonly policy: MemberPolicy
  readonly endpoints: readonly EndpointFact[]
  /** The selector of the Service: "app=web"; '' without one. */
  readonly selector: string
  /** Undefined when they were not asked for, or could not be. */
  readonly rights: RightsFacts | undefined
  /** When the import or its EndpointSlices were last written, in milliseconds since 1970; undefined when unknown. */
  readonly changedAt: number | undefined
}

/** The Lease of the fleet's leader. */
export interface LeaderFacts {
  /** The name of the cluster that has it. */
  readonly cluster: string
  /** '' while no replica leads. */
  readonly holder: string
  /** Milliseconds since it was renewed. */
  readonly ageMs: number
  readonly durationMs: number
}

/** The Lease of a member in the hub: the leader renews it while it reaches the cluster. */
export interface MemberLease {
  /** The id of the cluster. */
  readonly id: string
  /** UID of its kube-system namespace; '' when it is not recorded. */
  readonly uid: string
  /** Milliseconds since it was renewed. */
  readonly ageMs: number
  readonly durationMs: number
  /** True after `fleet leave`. */
  readonly hasLeft: boolean
}

/** A reply of a DNS server, or why there is none. */
export type DnsOutcome =
  | {
      readonly kind: 'reply'
      /** "NOERROR" */
      readonly rcode: string
      /** The Extended DNS Error (RFC 8914); undefined without one. */
      readonly ede: { readonly code: number; readonly text: string } | undefined
      readonly authoritative: boolean
      /** The addresses, sorted. */
      readonly addresses: readonly string[]
      /** Seconds: the least TTL of the answer. */
      readonly ttl: number | undefined
      /** The SOA of a negative answer: its owner without the final dot, and the seconds that the answer may be kept. */
      readonly soa: { readonly owner: string; readonly ttl: number } | undefined
    }
  /** `refused`: no program listens there; `silent`: no reply in time. */
  | { readonly kind: 'refused' | 'silent'; readonly text: string }

/** One question to a DNS server. */
export interface DnsFacts {
  /** "127.0.0.1:1053" */
  readonly server: string
  readonly type: 'A' | 'AAAA'
  readonly outcome: DnsOutcome
}

/** What DNS has to answer in one cluster. */
export interface ExpectedAnswer {
  /** The name of the cluster, and the words of a command in it. */
  readonly cluster: string
  readonly kubectl: string
  /** Sorted; empty while the import has none. */
  readonly addresses: readonly string[]
}

/** The answers of DNS servers; undefined where none was named. */
export interface DnsAnswers {
  /** The DNS server itself. */
  readonly dns: readonly DnsFacts[] | undefined
  /** The cluster's DNS in front of it. */
  readonly clusterDns: readonly DnsFacts[] | undefined
}

/** Everything that is known about one service. */
export interface ServiceFacts extends ObjectFacts, DnsAnswers {}

/** What is known about the objects of one service. */
export interface ObjectFacts {
  readonly namespace: string
  readonly name: string
  /** The zone of the clusterset, without the final dot. */
  readonly zone: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly clusters: readonly ClusterFacts[]
  /** The name of the cluster in which clients ask; undefined: every importing cluster is looked at. */
  readonly from: string | undefined
  /** `importMode` of the configuration; undefined when it is not known. */
  readonly importMode: ImportMode | undefined
  /** `exportLimits` of the configuration; the defaults when absent. */
  readonly exportLimits?: ExportLimits
  /** True when the configuration of the fleet was not read: policies and limits are then the defaults. */
  readonly isConfigUnknown?: boolean
  /** The words of a command in the hub; "kubectl" when it is not known. */
  readonly hub: string
  /** Undefined when no cluster that was read has one. */
  readonly leader: LeaderFacts | undefined
  /** The Leases of all members; undefined when they were not read. */
  readonly members: readonly MemberLease[] | undefined
}
