// Puts the status of a fleet together. Pure.
import type { ExportView } from '../api/types.ts'
import type { MemberRecord } from '../hub/roster.ts'
import {
  type LeaderView,
  memberStatus,
  type ObservedMember,
  recordedStatus,
} from './cluster-status.ts'
import { conflictsOf } from './conflicts.ts'
import type {
  ClusterState,
  ClusterStatus,
  FleetStatus,
  HubStatus,
  LeaderStatus,
  PropagationStatus,
  RetryStatus,
} from './document.ts'

/** What only the leader knows. */
export interface LeaderKnowledge {
  /** By configured name. */
  readonly clusters: ReadonlyMap<string, LeaderView>
  readonly propagation: readonly PropagationStatus[]
  readonly retries: readonly RetryStatus[]
}

/** What one observer knows of a fleet. */
export interface Observation {
  /** Milliseconds since 1970. */
  readonly wall: number
  readonly version: string
  readonly hub: HubStatus
  readonly leader: LeaderStatus
  readonly members: readonly ObservedMember[]
  /** By cluster id. */
  readonly records: ReadonlyMap<string, Pick<MemberRecord, 'id' | 'leave'>>
  /** Why Secrets of the hub define no member, by the id that they name. */
  readonly refused: ReadonlyMap<string, string>
  readonly exports: Iterable<ExportView>
  readonly observer: FleetStatus['observer']
  /** Undefined for an observer that does not lead. */
  readonly knowledge: LeaderKnowledge | undefined
}

/** The document. */
export function fleetStatus(seen: Observation): FleetStatus {
  const { wall, version, hub, leader, observer, knowledge } = seen
  const clusters = clusterStatuses(seen, hub.member ?? undefined, knowledge?.clusters)
  return {
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'FleetStatus',
    time: new Date(wall).toISOString(),
    version,
    observer,
    healthy: hub.reached && isWhole(clusters),
    hub,
    leader,
    clusters,
    conflicts: conflictsOf(seen.exports),
    propagation: knowledge?.propagation ?? null,
    retries: knowledge?.retries ?? null,
  }
}

/** The members in their order, then the clusters that only the hub knows, by its Leases or its refused Secrets. */
export function clusterStatuses(
  { members, records, refused }: Pick<Observation, 'members' | 'records' | 'refused'>,
  hub: string | undefined,
  views: LeaderKnowledge['clusters'] | undefined,
): readonly ClusterStatus[] {
  const open = members.map((member) => {
    const leave = records.get(member.id ?? member.name)?.leave ?? 'no'
    return memberStatus(member, hub, leave, views?.get(member.name))
  })
  const known = new Set(members.map(({ id, name }) => id ?? name))
  const others = new Map([...refused.keys()].map((id) => [id, { id, leave: 'no' as const }]))
  const recorded = [...new Map<string, Pick<MemberRecord, 'id' | 'leave'>>([...others, ...records])]
  return [
    ...open,
    ...recorded
      .filter(([id]) => !known.has(id))
      .map(([id, record]) => recordedStatus(record, refused.get(id))),
  ]
}

/** True when there is a ready cluster, and each one is ready or has left. */
function isWhole(clusters: readonly { readonly state: ClusterState }[]): boolean {
  const states = clusters.map(({ state }) => state)
  return states.includes('ready') && states.every((one) => one === 'ready' || one === 'left')
}
