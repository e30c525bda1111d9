// The state of one service across all clusters: its exports, their merge, and the unreachable clusters that may
// be part of it. Pure.
import type { EndpointPolicy } from '../api/endpoint-addresses.ts'
import { defaultExportLimits, type ExportLimit, type ExportLimits } from '../api/export-limits.ts'
import { splitKey } from '../api/keys.ts'
import type { MemberPolicy, QuotaLimits } from '../api/member-policy.ts'
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import { portKey, usablePorts } from '../api/ports.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import { withoutReserved } from '../api/reserved-keys.ts'
import type { ExportView, Port, ValidExport } from '../api/types.ts'
import { type ExportRefusal, exportRefusal } from './export-refusal.ts'
import { exportValidity } from './export-validity.ts'
import { type ExportedSlice, limitExport } from './limit-export.ts'
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
  /** The limit of the policy that the export exceeds. */
  readonly overQuota: keyof QuotaLimits | undefined
}

/** One service across all clusters. */
export interface AggregatedService {
  readonly namespace: string
  readonly name: string
  /**
   * The valid exports of the synced members, without the refused ones and without ports over the limit; none is older
   * than its cluster.
   */
  readonly exports: readonly ValidExport[]
  /** Why valid exports do not count, by cluster id. */
  readonly refused: ReadonlyMap<string, ExportRefusal>
  /** Undefined when there is no valid export. */
  readonly merged: MergedService | undefined
  /** Ids of the clusters whose state is known: the synced members and the clusters that left. */
  readonly synced: ReadonlySet<string>
  /** Where the endpoints of the exporters may be, by cluster id. */
  readonly endpointPolicies: ReadonlyMap<string, EndpointPolicy>
  /** The EndpointSlices of the exporters, by cluster id, without endpoints over the limits. */
  readonly slices: ReadonlyMap<string, readonly ExportedSlice[]>
  readonly limits: ExportLimits
  /** The limits that exports exceed, by cluster id; without the others. */
  readonly exceeded: ReadonlyMap<string, ReadonlySet<ExportLimit>>
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
  limits: ExportLimits = defaultExportLimits,
): AggregatedService {
  const { left, recorded } = membership
  const remaining = members.filter(({ id }) => id === undefined || !left.has(id))
  const syncedMembers = remaining.filter(({ id, synced }) => synced && id !== undefined)
  const syncedIds = new Set(syncedMembers.map(({ id }) => id!))
  const synced = syncedIds.union(left)
  const { namespace, name } = splitKey(key)
  const exports: ValidExport[] = []
  const refused = new Map<string, ExportRefusal>()
  const slices = new Map<string, readonly ExportedSlice[]>()
  const exceeded = new Map<string, ReadonlySet<ExportLimit>>()
  const endpointPolicies = new Map<string, EndpointPolicy>()
  const unreachable = new Set<string>()
  for (const { id, snapshot, policy, overQuota } of syncedMembers) {
    const { export: serviceExport, service } = snapshot
    for (const source of namedSources(snapshot)) if (!synced.has(source)) unreachable.add(source)
    if (serviceExport === undefined || serviceExport.deleting || service === undefined) continue
    if (!exportValidity(service).valid) continue
    const refusal = exportRefusal(namespace, policy, overQuota)
    if (refusal !== undefined) {
      refused.set(id!, refusal)
      continue
    }
    const limited = limitExport(service, snapshot.slices, limits)
    const carried = withoutReservedKeys(serviceExport, policy)
    const created = membership.created(id!)
    exports.push({
      export: notOlderThanCluster(carried, created),
      service: limited.service,
    })
    slices.set(id!, limited.slices)
    endpointPolicies.set(id!, policy.endpoints)
    if (limited.exceeded.size > 0) exceeded.set(id!, limited.exceeded)
  }
  const merged = mergeExports(exports, limits.ports)
  for (const id of sourcesOf(merged?.portsLeftOut ?? [], exports)) {
    exceeded.set(id, new Set<ExportLimit>(['ports']).union(exceeded.get(id) ?? new Set()))
  }
  return {
    namespace,
    name,
    exports,
    refused,
    merged,
    synced,
    slices,
    endpointPolicies,
    limits,
    exceeded,
    unreachable,
    complete: syncedMembers.length === remaining.length && recorded.isSubsetOf(syncedIds),
    membership,
  }
}

/** The export without the labels and annotations that the policy of its cluster does not hand on. */
function withoutReservedKeys<E extends ExportView>(
  serviceExport: E,
  { isReservedKey }: MemberPolicy,
): E {
  const { exportedLabels, exportedAnnotations } = serviceExport
  return {
    ...serviceExport,
    exportedLabels: withoutReserved(exportedLabels, isReservedKey),
    exportedAnnotations: withoutReserved(exportedAnnotations, isReservedKey),
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

/** Ids of the clusters that export one of the ports. */
function sourcesOf(ports: readonly Port[], exports: readonly ValidExport[]): readonly string[] {
  const keys = new Set(ports.map(portKey))
  return exports
    .filter(({ service }) => usablePorts(service.ports).some((port) => keys.has(portKey(port))))
    .map((one) => one.export.cluster)
}
