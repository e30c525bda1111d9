// The facts of a running fleet, from the objects that it watches.
import type { MemberPolicy } from '../api/member-policy.ts'
import type { FleetResource, ServiceSnapshot } from '../api/records.ts'
import type { ImportMode } from '../api/types.ts'
import type { ClusterFacts, EndpointFact, ObjectFacts, Unread } from './facts.ts'

/** A member as the fleet knows it. */
interface WatchedMember {
  readonly name: string
  /** Undefined until the cluster was reached. */
  readonly id: string | undefined
  /** What is wrong with it now, by the kinds of member/problem.ts. */
  readonly problem: { readonly kind: string; readonly message: string } | undefined
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

/** The fields of a Lease that tell its age. */
interface LeaseTimes {
  /** RFC 3339; '' when unset. */
  readonly renewTime: string
  readonly durationSeconds: number
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
}

/** The facts of a service, without a zone: the client knows it. */
export function watchedFacts(fleet: WatchedFleet): ObjectFacts {
  const { request, wall, members, leader, records, importMode } = fleet
  const times = ({ renewTime, durationSeconds }: LeaseTimes) => {
    const age = wall - Date.parse(renewTime)
    return { ageMs: Number.isNaN(age) ? 0 : age, durationMs: durationSeconds * 1000 }
  }
  return {
    ...request,
    zone: '',
    now: wall,
    clusters: members.map(watchedCluster),
    importMode,
    hub: 'kubectl',
    leader: leader && { cluster: 'the hub', holder: leader.holder, ...times(leader) },
    members: [...records].map(({ id, uid, leave, lease }) => {
      return { id, uid, hasLeft: leave !== 'no', ...times(lease) }
    }),
  }
}

/** The facts of a member. What its Pods say, and when objects changed, is not watched. */
function watchedCluster(member: WatchedMember): ClusterFacts {
  const { name, id = name, problem, policy } = member
  // The slices of a cache are read from it each time.
  const snapshot = { ...member.snapshot, slices: [...member.snapshot.slices] }
  const isRefused = problem?.kind === 'forbidden'
  const areCrdsMissing = problem?.kind === 'crds-missing'
  const account = 'The account of the fleet'
  return {
    name,
    id,
    kubectl: `kubectl --context ${name}`,
    server: 'The fleet watches it',
    problem: isRefused || areCrdsMissing ? undefined : problem?.message,
    unread: areCrdsMissing ? missingCrds(member) : new Map(),
    snapshot,
    policy,
    endpoints: snapshot.slices.flatMap(({ endpoints }) => endpoints.map(endpointFact)),
    selector: '',
    rights: isRefused ? { account, missing: [], refusal: problem.message } : undefined,
    changedAt: undefined,
  }
}

function endpointFact({
  addresses,
  conditions,
}: {
  readonly addresses: readonly string[]
  readonly conditions: { readonly ready: boolean | undefined }
}): EndpointFact {
  return { address: addresses[0] ?? '', pod: '', ready: conditions.ready ?? true, why: '' }
}

function missingCrds({ mcsVersions, problem }: WatchedMember): ReadonlyMap<FleetResource, Unread> {
  const resources = ['serviceexports', 'serviceimports'] as const
  const missing = resources.filter((resource) => !mcsVersions.has(resource))
  return new Map(missing.map((one) => [one, { reason: 'missing', text: problem?.message ?? '' }]))
}
