// The state of one service across all clusters: its exports, their merge, and the unreachable clusters that may
// be part of it. Pure.
import { splitKey } from '../api/keys.ts'
import type { MemberPolicy } from '../api/member-policy.ts'
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import type { SliceView, ValidExport } from '../api/types.ts'
import { type ExportRefusal, exportRefusal } from './export-refusal.ts'
import { exportValidity } from './export-validity.ts'
import { type Membership, noRecords } from './membership.ts'
import { type MergedService, mergeExports } from './merge-exports.ts'
import { notOlderThanCluster } from './precedence.ts'

/** One member with its objects of the service; they are ignored unless the member is synced. */
interface MemberSnapshot {
  /** Undefined while the identity is unknown. */
  readonly id: string | undefined
  readonly synced: boolean
  readonly snapshot: ServiceSnapshot
  readonly policy: MemberPolicy
}

/** One service across all clusters. */
export interface AggregatedService {
  readonly namespace: string
  readonly name: string
  /** The valid exports of the synced members, without the refused ones; none is older than its cluster. */
  readonly exports: readonly ValidExport[]
  /** Why valid exports do not count, by cluster id. */
  readonly refused: ReadonlyMap<string, ExportRefusal>
  /** Undefined when there is no valid export. */
  readonly merged: MergedService | undefined
  /** Ids of the clusters whose state is known: the synced members and the clusters that left. */
  readonly synced: ReadonlySet<string>
  /** The EndpointSlices of the exporters, by cluster id. */
  readonly slices: ReadonlyMap<string, readonly SliceView[]>
  /** Ids of source clusters that imports name but that are not synced; they freeze the merged fields. */
  readonly unreachable: ReadonlySet<string>
  /** True when all members and recorded clusters are synced: only then may the service count as unexported. */
  readonly complete: boolean
  readonly membership: Membership
}

/** Aggregates the snapshots of the service `key` ("namespace/name"). */
export function aggregateExports(
  key: string,
  members: readonly MemberSnapshot[],
  membership: Membership = noRecords,
): AggregatedService {
  const { left, recorded } = membership
  const remaining = members.filter(({ id }) => id === undefined || !left.has(id))
  const syncedMembers = remaining.filter(({ id, synced }) => synced && id !== undefined)
  const syncedIds = new Set(syncedMembers.map(({ id }) => id!))
  const synced = syncedIds.union(left)
  const { namespace, name } = splitKey(key)
  const exports: ValidExport[] = []
  const refused = new Map<string, ExportRefusal>()
  const slices = new Map<string, readonly SliceView[]>()
  const unreachable = new Set<string>()
  for (const { id, snapshot, policy } of syncedMembers) {
    const { export: serviceExport, service } = snapshot
    for (const source of namedSources(snapshot)) if (!synced.has(source)) unreachable.add(source)
    if (serviceExport === undefined || serviceExport.deleting || service === undefined) continue
    if (!exportValidity(service).valid) continue
    const refusal = exportRefusal(namespace, policy)
    if (refusal !== undefined) {
      refused.set(id!, refusal)
      continue
    }
    exports.push({ export: notOlderThanCluster(serviceExport, membership.created(id!)), service })
    slices.set(id!, [...snapshot.slices])
  }
  return {
    namespace,
    name,
    exports,
    refused,
    merged: mergeExports(exports),
    synced,
    slices,
    unreachable,
    complete: syncedMembers.length === remaining.length && recorded.isSubsetOf(syncedIds),
    membership,
  }
}

/** Ids of the source clusters that an importing cluster's objects name, in its import and its imported slices. */
export function namedSources({
  import: serviceImport,
  imported,
}: ServiceSnapshot): readonly string[] {
  const labelled = imported.flatMap(({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? [])
  return [...(serviceImport?.clusters ?? []), ...labelled]
}
