// Plans the writes for one member cluster from the aggregated exports of one Service. Pure: equal snapshots give
// equal writes, in whatever order the clusters synced. Once all writes are done, the plan is empty.
//
// Steps are independent of each other; within a step, each write depends on those before it.
import { show } from '../../kube/fields.ts'
import { type Condition, type DesiredCondition, setConditions } from '../api/conditions.ts'
import type { MemberPolicy } from '../api/member-policy.ts'
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
import { limitWarnings } from './limit-warnings.ts'
import type { Plan, PlanOptions } from './plan.ts'
import { reconcileImport } from './reconcile-import.ts'

/** Plans one Service for the member cluster of `snapshot`, which must be synced. `aggregated` covers all members. */
export function reconcile(
  aggregated: AggregatedService,
  snapshot: ServiceSnapshot,
  options: PlanOptions,
): Plan {
  const namespaceView = snapshot.namespace
  // The API server deletes the objects of a terminating namespace itself, and refuses new ones.
  if (namespaceView === undefined || namespaceView.terminating) return { steps: [], warnings: [] }
  if (options.left) {
    return planDeparture(aggregated.namespace, aggregated.name, snapshot, options.now)
  }
  const { steps, warnings } = reconcileImport(aggregated, snapshot, options)
  const leftOut = warningsOfExport(aggregated, snapshot, options.policy)
  const status = exportStatus(aggregated, snapshot, leftOut, options)
  return {
    steps: [...steps, status].filter((writes) => writes.length > 0),
    warnings: [...warnings, ...warningsOfImport(snapshot), ...leftOut],
    remarks: namespaceRemarks(aggregated.namespace, namespaceView, options.mode),
  }
}

function warningsOfExport(
  aggregated: AggregatedService,
  { export: serviceExport, service }: ServiceSnapshot,
  policy: MemberPolicy,
): readonly ObjectNote[] {
  if (serviceExport === undefined || serviceExport.deleting || service === undefined) return []
  const { refused, slices } = aggregated
  const { cluster } = serviceExport
  if (refused.has(cluster) || !exportValidity(service).valid) return []
  const leftOut = exportWarnings(serviceExport, service, slices.get(cluster) ?? [], policy)
  return [...leftOut, ...limitWarnings(serviceExport, aggregated)]
}

function warningsOfImport({ import: serviceImport }: ServiceSnapshot): readonly ObjectNote[] {
  return serviceImport === undefined || serviceImport.deleting ? [] : importWarnings(serviceImport)
}

/** An unknown import mode goes to the log alone: there may be no object yet that could carry an Event. */
function namespaceRemarks(namespace: string, { unknownMode }: NamespaceView, mode: ImportMode) {
  if (unknownMode === '') return []
  const annotation = `the annotation ${IMPORT_MODE_ANNOTATION} of namespace ${namespace}`
  return [
    `${annotation} has the unknown value ${show(unknownMode)}, which is ignored: mode ${mode} applies`,
  ]
}

function exportStatus(
  aggregated: AggregatedService,
  { export: serviceExport, service }: ServiceSnapshot,
  leftOut: readonly ObjectNote[],
  { now, pruned }: PlanOptions,
): readonly Write[] {
  if (serviceExport === undefined || serviceExport.deleting) return []
  if (pruned.has('serviceexports status.conditions')) return []
  const { merged, namespace, refused } = aggregated
  const validity = exportValidity(service)
  const message = [validity.message, ...leftOut.map((note) => note.message)].join(' ')
  const conflicts = merged?.conflicts ?? []
  const refusal = refused.get(serviceExport.cluster)
  const desired = desiredExportConditions({ ...validity, message }, conflicts, refusal)
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

/** True for a `Conflict` condition that cannot be decided now: an unreachable cluster may be in conflict as well. */
function isUndecided(
  { type, status, reason }: DesiredCondition,
  conditions: readonly Condition[],
  { unreachable, complete }: AggregatedService,
): boolean {
  const previous = conditions.find((condition) => condition.type === 'Conflict')
  if (type !== 'Conflict' || previous === undefined) return false
  if (unreachable.size > 0) return true
  if (complete) return false
  // A new conflict among the synced clusters is certain; the end of a conflict is not.
  const previousReasons = new Set(previous.reason.split(','))
  const isLess = status === 'False' || new Set(reason.split(',')).isSubsetOf(previousReasons)
  return previous.status === 'True' && isLess
}
