// Plans one importing cluster: the ServiceImport itself in mode auto, its `amcs-` Service, its addresses and status,
// and the EndpointSlices of each source cluster. Without a ServiceImport it plans the removal of what we created.
//
// While a source cluster of the import is unreachable, all merged values are frozen: ports, policies, addresses and
// conditions. Endpoints of the other clusters are still updated.
import { isOurService } from '../api/ownership.ts'
import type { ImportRecord, ServiceSnapshot } from '../api/records.ts'
import type { Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { importChange } from './auto-import.ts'
import { planDeniedImport } from './denied-import.ts'
import { desiredService } from './derived-service.ts'
import { endpointFilter } from './endpoint-filter.ts'
import { type ImportAddresses, importAddresses, keptAddresses } from './import-addresses.ts'
import { importPorts } from './import-ports.ts'
import { importRemoval, importSpecWrites, importStatusWrites } from './import-writes.ts'
import { limitRemarks } from './limit-warnings.ts'
import { planNewImport } from './new-import.ts'
import type { Plan, PlanOptions } from './plan.ts'
import { refusedImport, refusedService } from './refusals.ts'
import { serviceChange } from './service-diff.ts'
import { serviceWrites } from './service-writes.ts'
import { planSlices } from './slice-writes.ts'
import { withoutRefusedExports, withoutRefusedFields } from './without-refused.ts'
import { importPatch } from './write-bodies.ts'

const emptyPlan: Plan = { steps: [], warnings: [] }

/** Plans the importing side of one Service for the cluster of `snapshot`. The namespace must exist there. */
export function reconcileImport(
  aggregated: AggregatedService,
  snapshot: ServiceSnapshot,
  options: PlanOptions,
): Plan {
  const { namespace, name, unreachable, complete } = aggregated
  if (!options.policy.importsInto(namespace)) {
    return planDeniedImport(namespace, name, snapshot, options)
  }
  const merged = withoutRefusedExports(aggregated.merged, options.refusals)
  const { import: existing } = snapshot
  const mode = snapshot.namespace?.mode ?? options.mode
  const isFrozen = unreachable.size > 0
  if (existing?.deleting) return planRemoval(aggregated, snapshot, [])
  const change = isFrozen ? { action: 'none' as const } : importChange(mode, merged, existing)
  if (existing === undefined) {
    if (change.action === 'create') {
      // The type could still change with an older export, and a change of type replaces the Service.
      if (options.isPartial) return emptyPlan
      return planNewImport({ ...aggregated, merged }, snapshot, change.wanted, options)
    }
    // A frozen import in mode auto is created again once all sources are synced; its Service keeps the address.
    return isFrozen && mode === 'auto' ? emptyPlan : planRemoval(aggregated, snapshot, [])
  }
  if (change.action === 'delete') {
    // The import is deleted only when all clusters are synced and none exports. Until then the EndpointSlices of the
    // synced clusters are removed.
    if (!complete) return reconcileExistingImport(aggregated, snapshot, existing, options)
    const last: Write = { action: 'delete', resource: 'serviceimports', namespace, id: change.id }
    return planRemoval(aggregated, snapshot, [last])
  }
  if (change.action !== 'update') {
    return reconcileExistingImport(aggregated, snapshot, existing, options)
  }
  const changed = change.changed.filter(
    (field) => !options.pruned.has(`serviceimports spec.${field}`),
  )
  const { steps, warnings } = reconcileExistingImport(
    aggregated,
    snapshot,
    { ...existing, ...change.wanted },
    options,
    changed.some((field) => field !== 'labels' && field !== 'annotations'),
  )
  if (changed.length === 0) return { steps, warnings }
  const body = importPatch(change.wanted, existing, changed)
  const update: Write = {
    action: 'patch',
    resource: 'serviceimports',
    namespace,
    id: existing,
    body,
    subresource: '',
  }
  return { steps: [[update], ...steps], warnings }
}

/**
 * Plans what depends on an import: its Service, its EndpointSlices, its addresses and its status. `isSpecChanged` is true
 * if a write of this plan changes its spec.
 */
function reconcileExistingImport(
  aggregated: AggregatedService,
  snapshot: ServiceSnapshot,
  serviceImport: ImportRecord,
  options: PlanOptions,
  isSpecChanged = false,
): Plan {
  const { derived, imported } = snapshot
  const isFrozen = aggregated.unreachable.size > 0
  const merged = isFrozen ? undefined : withoutRefusedExports(aggregated.merged, options.refusals)
  const ours = derived && isOurService(derived, serviceImport.name) ? derived : undefined
  // A Service that is being deleted gives its addresses back: those that are published stay, for the next Service.
  const addressed = ours?.deleting ? undefined : ours
  // Without a merge the ports stay as the Service has them.
  const former = merged === undefined ? (ours?.ports ?? []) : []
  const wanted = isFrozen && serviceImport.ports.length === 0 ? former : serviceImport.ports
  const ports = importPorts({ ports: wanted }, merged, aggregated.exports, former)
  const { refusals, ipLimit } = options
  const wantedService = desiredService(serviceImport, ports.ports, merged, derived)
  const desired = withoutRefusedFields(wantedService, refusals)
  const change = serviceChange(serviceImport, desired, derived)
  const filter = endpointFilter(aggregated, options)
  const slices = planSlices({
    aggregated,
    serviceImport,
    change,
    served: ports.served,
    hinted: desired.trafficDistribution !== '',
    imported,
    refusals,
    filter,
    hasSlice: options.hasSlice,
  })
  const steps = [serviceWrites(change, options.pruned), ...slices.steps]
  // The API server assigns the addresses of a new Service. A later reconcile publishes them and writes the status.
  const isCreated = change.action === 'create' || change.action === 'recreate'
  if (isCreated && refusedService(refusals) === undefined)
    return { steps, warnings: slices.warnings }
  const addresses =
    change.action === 'conflict' && serviceImport.type !== 'Headless'
      ? withdrawnAddresses(serviceImport)
      : isFrozen
        ? keptAddresses(serviceImport, addressed, ipLimit)
        : importAddresses(serviceImport, merged?.ipFamilies, addressed, ipLimit)
  const { expiryActions, hasUnknownSource, emptied } = slices
  const outcome = {
    serviceImport,
    merged,
    ports,
    change,
    addresses,
    refusals,
    expiryActions,
    hasUnknownSource,
    emptied,
    overLimit: limitRemarks(aggregated),
    leftOut: filter.leftOut(),
  }
  const spec = importSpecWrites(serviceImport, addresses, ours?.name, options.pruned)
  // A spec write changes the generation that conditions record, so a later reconcile writes the status.
  const isSpecWritten =
    isSpecChanged || spec.some((write) => write.action === 'patch' && 'spec' in write.body)
  const isLater = isSpecWritten && refusedImport(refusals) === undefined
  const status = isLater ? [] : importStatusWrites(outcome, aggregated, options)
  return { steps: [...steps, spec, status], warnings: slices.warnings }
}

/** No address: another Service may have got the published one in the meantime. */
function withdrawnAddresses({ ips, ipFamilies, ownFamilies }: ImportRecord): ImportAddresses {
  const families = ownFamilies ? ipFamilies : []
  const changed = ips.length > 0 || ipFamilies.length > families.length
  return { ips: [], ipFamilies: families, supported: true, changed }
}

/** Removes what we created for an import, then does `last`. */
function planRemoval(
  { namespace, name }: AggregatedService,
  snapshot: ServiceSnapshot,
  last: readonly Write[],
): Plan {
  return singleStepPlan([...importRemoval(namespace, name, snapshot), ...last])
}

function singleStepPlan(writes: readonly Write[]): Plan {
  return { steps: writes.length === 0 ? [] : [writes], warnings: [] }
}
