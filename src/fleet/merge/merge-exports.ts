// From the exports of one namespaced name in several clusters to the one service that they are together:
// KEP-1645, "Constraints and Conflict Resolution". Ports are united, all else is the oldest export's. The
// result depends on the set of exports only, not on the order in which they came.
import { usableFamilies } from '../api/ip-families.ts'
import { usableAnnotations, usableLabels } from '../api/labels.ts'
import { usablePolicies } from '../api/policies.ts'
import { unitePorts } from '../api/ports.ts'
import type {
  ImportType,
  IpFamily,
  Policies,
  Port,
  ServiceView,
  StringMap,
  ValidExport,
} from '../api/types.ts'
import { type Conflict, findConflicts } from './conflicts.ts'
import { exportsByAge } from './precedence.ts'

/** What every cluster says alike after the merge. */
export interface MergedService extends Policies {
  readonly type: ImportType
  readonly ports: readonly Port[]
  /** The union: an importer may get traffic by a family that only some clusters serve. */
  readonly ipFamilies: readonly IpFamily[]
  readonly labels: StringMap
  readonly annotations: StringMap
  /** Cluster id of the export that wins. */
  readonly oldest: string
  /** Ids of all exporting clusters, sorted: `status.clusters` of the import. */
  readonly clusters: readonly string[]
  /** In the order of `conflictReasons`. They concern all exports, the winner's too (KEP-1645). */
  readonly conflicts: readonly Conflict[]
}

/** Merges the valid exports of one namespaced name; undefined when there is none. */
export function mergeExports(exports: readonly ValidExport[]): MergedService | undefined {
  const ordered = exportsByAge(exports)
  const oldest = ordered[0]
  if (oldest === undefined) return undefined
  return {
    type: importType(oldest.service),
    ports: unitePorts(...ordered.map(({ service }) => service.ports)),
    ...usablePolicies(oldest.service),
    ipFamilies: usableFamilies(ordered.flatMap(({ service }) => service.ipFamilies)),
    labels: usableLabels(oldest.export.exportedLabels),
    annotations: usableAnnotations(oldest.export.exportedAnnotations),
    oldest: oldest.export.cluster,
    clusters: ordered.map((one) => one.export.cluster).sort(),
    conflicts: findConflicts(
      ordered.map((one) => ({
        cluster: one.export.cluster,
        type: importType(one.service),
        ports: unitePorts(one.service.ports),
        ...usablePolicies(one.service),
        ipFamilies: usableFamilies(one.service.ipFamilies),
        labels: one.export.exportedLabels,
        annotations: one.export.exportedAnnotations,
      })),
    ),
  }
}

/** "Headless" for `clusterIP: None`, else "ClusterSetIP" (KEP-1645, "Service Types"). */
export function importType({ headless }: ServiceView): ImportType {
  return headless ? 'Headless' : 'ClusterSetIP'
}
