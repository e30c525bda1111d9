// An import in a namespace that the operator of the hub denies: nothing of ours remains there, and a user's import tells
// why. Without sources it freezes nothing in other clusters.
import { type DesiredCondition, setCondition, withoutConditions } from '../api/conditions.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import { releaseImport } from './departure.ts'
import { importRemoval } from './import-writes.ts'
import type { Plan, PlanOptions } from './plan.ts'

/** Plans the removal of what we created for an import, and the condition of a user's import. */
export function planDeniedImport(
  namespace: string,
  name: string,
  snapshot: ServiceSnapshot,
  { now, pruned }: Pick<PlanOptions, 'now' | 'pruned'>,
): Plan {
  const { import: serviceImport } = snapshot
  const steps = [importRemoval(namespace, name, snapshot)]
  if (serviceImport?.deleting === false) {
    const { conditions, generation } = serviceImport
    const others = withoutConditions(conditions, ['SourceExpired'])
    const told = pruned.has('serviceimports status.conditions')
      ? conditions
      : setCondition(others, denied(namespace), generation, now)
    steps.push(releaseImport(serviceImport, told, now))
  }
  return { steps, warnings: [] }
}

function denied(namespace: string): DesiredCondition {
  const message =
    `The operator of the fleet does not let this cluster import into the namespace "${namespace}" ` +
    '(namespaces.import of the member).'
  return { type: 'Ready', status: 'False', reason: 'NamespaceDenied', message }
}
