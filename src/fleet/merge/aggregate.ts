// What all clusters together say of one service, before anybody is told: who exports it, what the merge is, and
// whether a cluster that we cannot hear right now is part of it. Pure.
import { MCS_SOURCE_CLUSTER_LABEL } from '../api/names.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import type { SliceView, ValidExport } from '../api/types.ts'
import { exportValidity } from './export-validity.ts'
import { noRecords, type Standing } from './membership.ts'
import { type MergedService, mergeExports } from './merge-exports.ts'

/** One member at this moment. What an unsynced one holds counts for nothing. */
export interface MemberView {
  /** Undefined while its identity is unknown. */
  readonly id: string | undefined
  readonly synced: boolean
  readonly snapshot: ServiceSnapshot
}

export interface Judgement {
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
  readonly frozen: ReadonlySet<string>
  /** True when every cluster is synced, so that what nobody exports is exported by nobody. */
  readonly complete: boolean
  readonly standing: Standing
}

/** Judges the service `key` ("namespace/name"). */
export function judge(
  key: string,
  members: readonly MemberView[],
  standing: Standing = noRecords,
): Judgement {
  const slash = key.indexOf('/')
  const { left, recorded } = standing
  const staying = members.filter(({ id }) => id === undefined || !left.has(id))
  const heard = staying.filter(({ id, synced }) => synced && id !== undefined)
  const ids = new Set(heard.map(({ id }) => id!))
  const synced = ids.union(left)
  const exports: ValidExport[] = []
  const slices = new Map<string, readonly SliceView[]>()
  const frozen = new Set<string>()
  for (const { id, snapshot } of heard) {
    const { export: found, service } = snapshot
    for (const source of namedSources(snapshot)) if (!synced.has(source)) frozen.add(source)
    if (found === undefined || found.deleting || service === undefined) continue
    if (!exportValidity(service).valid) continue
    exports.push({ export: found, service })
    slices.set(id!, snapshot.slices)
  }
  return {
    namespace: key.slice(0, slash),
    name: key.slice(slash + 1),
    exports,
    merged: mergeExports(exports),
    synced,
    slices,
    frozen,
    complete: heard.length === staying.length && recorded.isSubsetOf(ids),
    standing,
  }
}

/** The clusters that a consumer's objects name as sources: all that a judgement takes from an importer. */
export function namedSources({ import: found, imported }: ServiceSnapshot): readonly string[] {
  const labelled = imported.flatMap(({ labels }) => labels[MCS_SOURCE_CLUSTER_LABEL] ?? [])
  return [...(found?.clusters ?? []), ...labelled]
}
