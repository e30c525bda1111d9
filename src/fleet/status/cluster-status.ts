// The state of one cluster. Pure.
import type { LeasePhase } from '../api/types.ts'
import type { MemberRecord } from '../hub/roster.ts'
import type { ObjectCounts } from '../member/object-counts.ts'
import type { MemberProblem } from '../member/problem.ts'
import type { ClusterState, ClusterStatus } from './document.ts'

/** What is known of an open member. */
export interface ObservedMember {
  readonly name: string
  readonly id: string | undefined
  readonly synced: boolean
  readonly problem: MemberProblem | undefined
  /** Milliseconds by which its clock is ahead. */
  readonly skewMs: number
  readonly counts: ObjectCounts
  readonly mcsVersions: ReadonlyMap<string, string>
  readonly kubernetes: string
}

/** What the leader knows of a cluster. */
export interface LeaderView {
  readonly phase: LeasePhase
  /** False while its probes fail. */
  readonly answers: boolean
  readonly queued: number
  readonly retrying: number
}

/** The state that a member is in. `leave` is that of its Lease; `answers` is false while the leader's probes fail. */
export function stateOf(
  problem: MemberProblem | undefined,
  leave: MemberRecord['leave'],
  answers = true,
): ClusterState {
  if (leave !== 'no') return leave === 'done' ? 'left' : 'leaving'
  return problem?.kind ?? (answers ? 'ready' : 'away')
}

/** The status of a member; `leads` is undefined for an observer that does not lead. */
export function memberStatus(
  member: ObservedMember,
  hub: string | undefined,
  leave: MemberRecord['leave'],
  leads: LeaderView | undefined,
): ClusterStatus {
  const { name, id, synced, problem, skewMs, counts, mcsVersions, kubernetes } = member
  const state = stateOf(problem, leave, leads?.answers)
  return {
    name,
    id: id ?? null,
    hub: name === hub,
    state,
    code: leave === 'no' ? (problem?.code ?? (state === 'away' ? 'API_UNREACHABLE' : '')) : '',
    message: messageOf(state, name, problem),
    synced,
    phase: leads?.phase ?? null,
    clockSkewSeconds: id === undefined ? null : skewMs / 1000,
    kubernetes,
    crds: {
      serviceexports: mcsVersions.get('serviceexports') ?? '',
      serviceimports: mcsVersions.get('serviceimports') ?? '',
    },
    exports: counts.exports,
    imports: counts.imports,
    endpoints: { exported: counts.exportedEndpoints, imported: counts.importedEndpoints },
    queued: leads?.queued ?? null,
    retrying: leads?.retrying ?? null,
  }
}

/** The status of a cluster that is no open member: the hub records it, or has a Secret of it, which is refused. */
export function recordedStatus(
  { id, leave }: Pick<MemberRecord, 'id' | 'leave'>,
  refusal?: string,
): ClusterStatus {
  const state = refusal === undefined ? 'away' : 'failed'
  const noMember = 'the hub records it, but no configured member has this id'
  return {
    name: id,
    id,
    hub: false,
    state: leave === 'no' ? state : stateOf(undefined, leave),
    code: leave === 'no' ? 'MEMBER' : '',
    message:
      leave === 'no' ? (refusal ?? noMember) : messageOf(stateOf(undefined, leave), id, undefined),
    synced: false,
    phase: null,
    clockSkewSeconds: null,
    kubernetes: '',
    crds: { serviceexports: '', serviceimports: '' },
    exports: 0,
    imports: 0,
    endpoints: { exported: 0, imported: 0 },
    queued: null,
    retrying: null,
  }
}

function messageOf(state: ClusterState, name: string, problem: MemberProblem | undefined): string {
  if (state === 'ready') return ''
  if (state === 'left') return `to add it again: clusterset-dns fleet join ${name}`
  if (state === 'leaving') return 'the fleet is removing its objects'
  return problem?.message ?? 'the leader gets no answer from it'
}
