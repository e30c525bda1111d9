// From what all members hold of one service to the writes for one of them. Pure: the same snapshots give the
// same writes, whoever came first, and after the writes there are none.
//
// Steps are independent of each other; the writes of one step depend on those before them.
import { type Condition, type DesiredCondition, setConditions } from '../api/conditions.ts'
import { IMPORT_MODE_ANNOTATION } from '../api/names.ts'
import type { NamespaceView, ServiceSnapshot } from '../api/records.ts'
import type { ImportMode } from '../api/types.ts'
import type { ObjectNote, Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { exportValidity } from '../merge/export-validity.ts'
import { conditionEvents } from './condition-events.ts'
import { planDeparture } from './departure.ts'
import { desiredExportConditions } from './export-conditions.ts'
import { exportWarnings } from './export-warnings.ts'
import { importWarnings } from './import-warnings.ts'
import type { Plan, PlanOptions } from './plan.ts'
import { planConsumer } from './reconcile-import.ts'

/** The writes for the member that holds `snapshot`, which must be synced. */
export function reconcile(
  aggregated: AggregatedService,
  snapshot: ServiceSnapshot,
  options: PlanOptions,
): Plan {
  const namespaceView = snapshot.namespace
  // Whatever is in a namespace that ends, ends with it, and new objects would be refused.
  if (namespaceView === undefined || namespaceView.terminating) return { steps: [], warnings: [] }
  if (options.left) {
    return planDeparture(aggregated.namespace, aggregated.name, snapshot, options.now)
  }
  const { steps, warnings } = planConsumer(aggregated, snapshot, options)
  const status = exportStatus(aggregated, snapshot, options)
  return {
    steps: [...steps, status].filter((writes) => writes.length > 0),
    warnings: [...warnings, ...warningsOfImport(snapshot), ...warningsOfExport(snapshot)],
    remarks: namespaceRemarks(aggregated.namespace, namespaceView, options.mode),
  }
}

function warningsOfExport({
  export: serviceExport,
  service,
  slices,
}: ServiceSnapshot): readonly ObjectNote[] {
  if (serviceExport === undefined || serviceExport.deleting || service === undefined) return []
  return exportValidity(service).valid ? exportWarnings(serviceExport, service, slices) : []
}

function warningsOfImport({ import: serviceImport }: ServiceSnapshot): readonly ObjectNote[] {
  return serviceImport === undefined || serviceImport.deleting ? [] : importWarnings(serviceImport)
}

/** A mode that nobody knows is most of all missed where there is no object yet that could carry an Event. */
function namespaceRemarks(namespace: string, { unknownMode }: NamespaceView, mode: ImportMode) {
  if (unknownMode === '') return []
  const what = `the annotation ${IMPORT_MODE_ANNOTATION} of namespace ${namespace} is`
  return [`${what} ${JSON.stringify(unknownMode)}, which does not count: ${mode} holds there`]
}

function exportStatus(
  aggregated: AggregatedService,
  { export: serviceExport, service }: ServiceSnapshot,
  { now, pruned }: PlanOptions,
): readonly Write[] {
  if (serviceExport === undefined || serviceExport.deleting) return []
  if (pruned.has('serviceexports status.conditions')) return []
  const { merged, namespace } = aggregated
  const desired = desiredExportConditions(exportValidity(service), merged?.conflicts ?? [])
  const decided = desired.filter(
    (condition) => !isUndecided(condition, serviceExport.conditions, aggregated),
  )
  const { conditions: previous, generation } = serviceExport
  const conditions = setConditions(previous, decided, generation, now)
  if (conditions === previous) return []
  return [
    {
      action: 'patch',
      resource: 'serviceexports',
      namespace,
      id: serviceExport,
      body: { status: { conditions } },
      subresource: 'status',
      events: conditionEvents(previous, conditions),
    },
  ]
}

/** True for a conflict that cannot be judged now: a cluster that is not heard may disagree as well. */
function isUndecided(
  { type, status, reason }: DesiredCondition,
  conditions: readonly Condition[],
  { unreachable, complete }: AggregatedService,
): boolean {
  const previous = conditions.find((condition) => condition.type === 'Conflict')
  if (type !== 'Conflict' || previous === undefined) return false
  if (unreachable.size > 0) return true
  if (complete) return false
  // What those disagree about that are heard is known for sure; that it is all over is not.
  const previousReasons = new Set(previous.reason.split(','))
  const isLess = status === 'False' || new Set(reason.split(',')).isSubsetOf(previousReasons)
  return previous.status === 'True' && isLess
}
