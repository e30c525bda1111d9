// The facts of a running fleet, from the objects that it watches.
import type { ExportLimits } from '../api/export-limits.ts'
import type { MemberPolicy } from '../api/member-policy.ts'
import { type FleetResource, fleetResources, type ServiceSnapshot } from '../api/records.ts'
import { isReady } from '../api/served.ts'
import type { EndpointView, ImportMode } from '../api/types.ts'
import type { ClusterFacts, EndpointFact, ObjectFacts, Unread } from './facts.ts'
import { type LeaseTimes, leaseAge } from './lease-age.ts'

/** A member as the fleet knows it. */
interface WatchedMember {
  readonly name: string
  /** Undefined until the cluster was reached. */
  readonly id: string | undefined
  /** What is wrong with it now, by the kinds of member/problem.ts. */
  readonly problem: { readonly kind: string; readonly message: string } | undefined
  /** True when all its objects were read; they are kept while it is away. */
  readonly synced: boolean
  /** The versions of the MCS API, by resource; without those whose CRD is missing. */
  readonly mcsVersions: ReadonlyMap<string, string>
  readonly snapshot: ServiceSnapshot
  readonly policy: MemberPolicy
}

/** What a running fleet is asked. */
export interface ExplainRequest {
  readonly namespace: string
  /** Of the service. */
  readonly name: string
  /** The name of the member in which clients ask. */
  readonly from: string | undefined
}

interface WatchedFleet {
  readonly request: ExplainRequest
  /** Milliseconds since 1970. */
  readonly wall: number
  readonly members: readonly WatchedMember[]
  /** The Lease of the leader; undefined before it was read. */
  readonly leader: (LeaseTimes & { readonly holder: string }) | undefined
  /** The Leases of members. */
  readonly records: Iterable<{
    readonly id: string
    readonly uid: string
    readonly leave: 'no' | 'asked' | 'done'
    readonly lease: LeaseTimes
  }>
  readonly importMode: ImportMode
  readonly exportLimits: ExportLimits
}

/** The facts of a service, without a zone: the client knows it. */
export function watchedFacts(fleet: WatchedFleet): ObjectFacts {
  const { request, wall, members, leader, records, importMode, exportLimits } = fleet
  return {
    ...request,
    zone: '',
    now: wall,
    clusters: members.map(watchedCluster),
    importMode,
    exportLimits,
    hub: 'kubectl',
    leader: leader && { cluster: 'the hub', holder: leader.holder, ...leaseAge(leader, wall) },
    members: [...records].map(({ id, uid, leave, lease }) => {
      return { id, uid, hasLeft: leave !== 'no', ...leaseAge(lease, wall) }
    }),
  }
}

/** The facts of a member. What its Pods say, and when objects changed, is not watched. */
function watchedCluster(member: WatchedMember): ClusterFacts {
  const { name, id = name, problem, policy } = member
  // The slices of a cache are read from it each time.
  const snapshot = { ...member.snapshot, slices: [...member.snapshot.slices] }
  const refusal = problem?.kind === 'forbidden' ? problem.message : undefined
  // Their cause is that of `unread` or of `rights`.
  const isShownElsewhere = ['starting', 'forbidden', 'crds-missing'].includes(problem?.kind ?? '')
  return {
    name,
    id,
    kubectl: `kubectl --context ${name}`,
    server: 'The fleet watches it',
    problem: isShownElsewhere ? undefined : problem?.message,
    unread: unreadOf(member),
    snapshot,
    policy,
    endpoints: snapshot.slices.flatMap(({ endpoints }) => endpoints.map(endpointFact)),
    selector: '',
    rights:
      refusal === undefined
        ? undefined
        : { account: 'The account of the fleet', missing: [], refusal },
    changedAt: undefined,
  }
}

function endpointFact(endpoint: EndpointView): EndpointFact {
  return { address: endpoint.addresses[0] ?? '', pod: '', ready: isReady(endpoint), why: '' }
}

/** The resources that were not read. They do not matter in a cluster with a `problem`. */
function unreadOf(member: WatchedMember): ReadonlyMap<FleetResource, Unread> {
  const { problem, synced, mcsVersions } = member
  const unread = (resources: readonly FleetResource[], reason: Unread['reason'], text: string) =>
    new Map(resources.map((one) => [one, { reason, text }]))
  const message = problem?.message ?? ''
  if (problem?.kind === 'crds-missing') {
    const crds = ['serviceexports', 'serviceimports'] as const
    return unread(
      crds.filter((resource) => !mcsVersions.has(resource)),
      'missing',
      message,
    )
  }
  if (synced) return new Map()
  if (problem?.kind === 'forbidden') return unread(fleetResources, 'forbidden', message)
  const why = message === '' ? '' : `: ${message}`
  return unread(fleetResources, 'failed', `its objects are being read${why}`)
}
