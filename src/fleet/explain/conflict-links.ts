// Where the exports of a service disagree: who has which value, and who wins.
import type { ConflictReason } from '../api/names.ts'
import type { ValidExport } from '../api/types.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import type { Conflict } from '../merge/conflicts.ts'
import { exportsByAge } from '../merge/precedence.ts'
import { inNamespace } from './commands.ts'
import type { ObjectFacts } from './facts.ts'
import { broken, holds, type Link, warning } from './link.ts'
import { frozenText, type Sources } from './sources.ts'
import { listed } from './texts.ts'

/** What an export has of the property that a conflict is about. */
const values: Readonly<Record<ConflictReason, (one: ValidExport) => string>> = {
  PortConflict: ({ service }) =>
    listed(service.ports.map((one) => `${one.name || '(unnamed)'} ${one.port}/${one.protocol}`)),
  TypeConflict: ({ service }) => (service.headless ? 'Headless' : 'ClusterSetIP'),
  SessionAffinityConflict: ({ service }) => service.sessionAffinity || 'None',
  SessionAffinityConfigConflict: ({ service }) => `${service.affinityTimeout} s`,
  AnnotationsConflict: (one) => JSON.stringify(one.export.exportedAnnotations),
  LabelsConflict: (one) => JSON.stringify(one.export.exportedLabels),
  InternalTrafficPolicyConflict: ({ service }) => service.internalTrafficPolicy || 'Cluster',
  TrafficDistributionConflict: ({ service }) => service.trafficDistribution || '(none)',
  IPFamilyConflict: ({ service }) => service.ipFamilies.join(' and '),
}

/**
 * A link for each conflict, or one that there is none. A conflict of the type is broken: clients in one cluster expect what
 * the other one does not have. The others are merged by KEP-1645's rules. While a source is not known, nothing is compared.
 */
export function conflictLinks(
  { merged, exports }: AggregatedService,
  { clusters, namespace, name }: Pick<ObjectFacts, 'clusters' | 'namespace' | 'name'>,
  sources: Pick<Sources, 'unknown'>,
): readonly Link[] {
  if (merged === undefined) return []
  const at = { id: 'conflicts', at: '' } as const
  const frozen = frozenText(sources)
  if (frozen !== undefined) return [warning(at, `The exports are not compared: ${frozen}`)]
  if (merged.conflicts.length === 0) return [holds(at, 'The exports agree.')]
  return merged.conflicts.map((conflict) => {
    const text = conflictText(conflict, exportsByAge(exports))
    if (conflict.reason !== 'TypeConflict') return warning(at, text)
    const other = clusters.find(({ id }) => id === conflict.disagreeing[0])!
    return broken(at, text, inNamespace(other, namespace, `get serviceexport ${name} -o yaml`))
  })
}

function conflictText({ reason, message }: Conflict, exports: readonly ValidExport[]): string {
  const all = exports.map((one, i) => {
    const winner = i === 0 ? ', the oldest export, which wins' : ''
    return `${one.export.cluster} has ${values[reason](one)}${winner}`
  })
  return `${reason}: ${all.join('; ')}. ${message}`
}
