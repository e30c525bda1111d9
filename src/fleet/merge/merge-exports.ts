// Merges the exports of one namespaced name in several clusters into one service: KEP-1645, "Constraints and
// Conflict Resolution". Ports and IP families are united; everything else comes from the oldest export. The result
// does not depend on the order of the exports.
import { defaultExportLimits } from '../api/export-limits.ts'
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

/** The merged service, the same for every importing cluster. */
export interface MergedService extends Policies {
  readonly type: ImportType
  readonly ports: readonly Port[]
  /** The ports of the union over the limit. */
  readonly portsLeftOut: readonly Port[]
  /** The union: a family that only some clusters serve may be used. */
  readonly ipFamilies: readonly IpFamily[]
  readonly labels: StringMap
  readonly annotations: StringMap
  /** Id of the cluster with the oldest export. */
  readonly oldest: string
  /** Ids of all exporting clusters, sorted: `status.clusters` of the import. */
  readonly clusters: readonly string[]
  /** In the order of `conflictReasons`. They apply to all exports, the oldest included (KEP-1645). */
  readonly conflicts: readonly Conflict[]
}

/** Merges the valid exports of one namespaced name, with at most `maxPorts` ports; undefined when there are none. */
export function mergeExports(
  exports: readonly ValidExport[],
  maxPorts = defaultExportLimits.ports,
): MergedService | undefined {
  const ordered = exportsByAge(exports)
  const oldest = ordered[0]
  if (oldest === undefined) return undefined
  const ports = unitePorts(...ordered.map(({ service }) => service.ports))
  return {
    type: importType(oldest.service),
    ports: ports.slice(0, maxPorts),
    portsLeftOut: ports.slice(maxPorts),
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
function importType({ headless }: ServiceView): ImportType {
  return headless ? 'Headless' : 'ClusterSetIP'
}
