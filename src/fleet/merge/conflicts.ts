// Conflicts between the exports of one service, for the condition `Conflict`: KEP-1645, "Conflict Resolution".
// A property is in conflict when any export differs from the oldest one, even when the merge loses nothing, as
// with ports that only one cluster has.
import { sameStrings } from '../api/labels.ts'
import type { ConflictReason } from '../api/names.ts'
import { samePorts } from '../api/ports.ts'
import type { ImportType, IpFamily, Policies, Port, StringMap } from '../api/types.ts'

/** A property in which exports differ. */
export interface Conflict {
  readonly reason: ConflictReason
  /** Names the property, the winning cluster and the number of clusters that disagree. */
  readonly message: string
  /** Ids of the clusters that differ from the oldest export's, oldest first. */
  readonly disagreeing: readonly string[]
}

/** The compared properties of one export, with defaults filled in. */
interface ComparedExport extends Policies {
  readonly cluster: string
  readonly type: ImportType
  readonly ports: readonly Port[]
  readonly ipFamilies: readonly IpFamily[]
  readonly labels: StringMap
  readonly annotations: StringMap
}

interface Property {
  readonly reason: ConflictReason
  readonly field: string
  /** What is used instead; part of the message before "oldest service export in". */
  readonly resolution: (oldest: ComparedExport) => string
  readonly same: (oldest: ComparedExport, other: ComparedExport) => boolean
}

// In the order in which the reasons are joined.
const properties: readonly Property[] = [
  {
    reason: 'PortConflict',
    field: 'ports',
    resolution: () => 'the union, where collisions are won by the',
    same: (a, b) => samePorts(a.ports, b.ports),
  },
  {
    reason: 'TypeConflict',
    field: 'type',
    resolution: ({ type }) => quotedFrom(type),
    same: (a, b) => a.type === b.type,
  },
  {
    reason: 'SessionAffinityConflict',
    field: 'session affinity',
    resolution: ({ sessionAffinity }) => quotedFrom(sessionAffinity),
    same: (a, b) => a.sessionAffinity === b.sessionAffinity,
  },
  {
    reason: 'SessionAffinityConfigConflict',
    field: 'session affinity config',
    resolution: ({ affinityTimeout }) => quotedFrom(`${affinityTimeout}s`),
    // Configs are compared only when the affinity is the same.
    same: (a, b) =>
      a.sessionAffinity !== b.sessionAffinity || a.affinityTimeout === b.affinityTimeout,
  },
  {
    reason: 'AnnotationsConflict',
    field: 'exported annotations',
    resolution: () => 'those from',
    same: (a, b) => sameStrings(a.annotations, b.annotations),
  },
  {
    reason: 'LabelsConflict',
    field: 'exported labels',
    resolution: () => 'those from',
    same: (a, b) => sameStrings(a.labels, b.labels),
  },
  {
    reason: 'InternalTrafficPolicyConflict',
    field: 'internal traffic policy',
    resolution: ({ internalTrafficPolicy }) => quotedFrom(internalTrafficPolicy),
    same: (a, b) => a.internalTrafficPolicy === b.internalTrafficPolicy,
  },
  {
    reason: 'TrafficDistributionConflict',
    field: 'traffic distribution',
    resolution: ({ trafficDistribution }) => quotedFrom(trafficDistribution),
    same: (a, b) => a.trafficDistribution === b.trafficDistribution,
  },
  {
    reason: 'IPFamilyConflict',
    field: 'IP families',
    resolution: () => 'the union, starting with those from',
    same: (a, b) => sameFamilies(a.ipFamilies, b.ipFamilies),
  },
]

/** The conflicts among `exports`, which are ordered from the oldest export to the newest. */
export function findConflicts(exports: readonly ComparedExport[]): readonly Conflict[] {
  const [oldest, ...others] = exports
  if (oldest === undefined) return []
  return properties.flatMap(({ reason, field, resolution, same }) => {
    const disagreeing = others.filter((other) => !same(oldest, other))
    if (disagreeing.length === 0) return []
    const winner = `${resolution(oldest)} oldest service export in "${oldest.cluster}"`
    const count = `${disagreeing.length}/${exports.length} clusters disagree`
    const message = `Conflicting ${field}. Using ${winner}. ${count}.`
    return [{ reason, message, disagreeing: disagreeing.map(({ cluster }) => cluster) }]
  })
}

function quotedFrom(value: string): string {
  return `"${value}" from`
}

/** An export without families agrees with any. */
function sameFamilies(a: readonly IpFamily[], b: readonly IpFamily[]): boolean {
  if (a.length === 0 || b.length === 0) return true
  return a.length === b.length && a.every((family) => b.includes(family))
}
