// What all clusters together say of one service, before anybody is told: who exports it, what the merge is, and
// whether a cluster that we cannot hear right now is part of it. Pure.
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import type { SliceView, ValidExport } from '../api/types.ts'
import { exportValidity } from './export-validity.ts'
import { type Membership, noRecords } from './membership.ts'
import { type MergedService, mergeExports } from './merge-exports.ts'

/** One member at this moment. What an unsynced one holds counts for nothing. */
export interface MemberSnapshot {
  /** Undefined while its identity is unknown. */
  readonly id: string | undefined
  readonly synced: boolean
  readonly snapshot: ServiceSnapshot
}

export interface AggregatedService {
  readonly namespace: string
  readonly name: string
  /** The valid exports of the synced members. */
  readonly exports: readonly ValidExport[]
  readonly merged: MergedService | undefined
  /** Ids of those whose word we have: the synced members, and those that left and have none any more. */
  readonly synced: ReadonlySet<string>
  /** The EndpointSlices of the exporters, by cluster id. */
  readonly slices: ReadonlyMap<string, readonly SliceView[]>
  /** Sources that imports name and that are not synced: while there are any, nothing merged changes. */
  readonly unreachable: ReadonlySet<string>
  /** True when every cluster is synced, so that what nobody exports is exported by nobody. */
  readonly complete: boolean
  readonly membership: Membership
}

/** Judges the service `key` ("namespace/name"). */
export function aggregateExports(
  key: string,
  members: readonly MemberSnapshot[],
  membership: Membership = noRecords,
): AggregatedService {
  const slash = key.indexOf('/')
  const { left, recorded } = membership
  const remaining = members.filter(({ id }) => id === undefined || !left.has(id))
  const syncedMembers = remaining.filter(({ id, synced }) => synced && id !== undefined)
  const syncedIds = new Set(syncedMembers.map(({ id }) => id!))
  const synced = syncedIds.union(left)
  const exports: ValidExport[] = []
  const slices = new Map<string, readonly SliceView[]>()
  const unreachable = new Set<string>()
  for (const { id, snapshot } of syncedMembers) {
    const { export: serviceExport, service } = snapshot
    for (const source of namedSources(snapshot)) if (!synced.has(source)) unreachable.add(source)
    if (serviceExport === undefined || serviceExport.deleting || service === undefined) continue
    if (!exportValidity(service).valid) continue
    exports.push({ export: serviceExport, service })
    slices.set(id!, snapshot.slices)
  }
  return {
    namespace: key.slice(0, slash),
    name: key.slice(slash + 1),
    exports,
    merged: mergeExports(exports),
    synced,
    slices,
    unreachable,
    complete: syncedMembers.length === remaining.length && recorded.isSubsetOf(syncedIds),
    membership,
  }
}

/** The clusters that a consumer's objects name as sources: all that a judgement takes from an importer. */
export function namedSources({
  import: serviceImport,
  imported,
}: ServiceSnapshot): readonly string[] {
  const labelled = imported.flatMap(({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? [])
  return [...(serviceImport?.clusters ?? []), ...labelled]
}
