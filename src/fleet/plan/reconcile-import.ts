// What one importing cluster needs: the import itself in mode auto, its `amcs-` Service, its addresses and
// status, the endpoints of each source; or, without an import, that nothing of ours is left.
//
// While a source that the import names is not heard, what was merged stays as it is: ports, policies, addresses
// and conditions. The endpoints of the others flow on.
import { isOurService } from '../api/ownership.ts'
import type { ImportRecord, ServiceSnapshot } from '../api/records.ts'
import type { Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { importChange } from './auto-import.ts'
import { desiredService } from './derived-service.ts'
import { type ImportAddresses, importAddresses, keptAddresses } from './import-addresses.ts'
import { importPorts } from './import-ports.ts'
import { importRemoval, importSpecWrites, importStatusWrites } from './import-writes.ts'
import type { Plan, PlanOptions } from './plan.ts'
import { serviceChange } from './service-diff.ts'
import { serviceWrites } from './service-writes.ts'
import { planSlices } from './slice-writes.ts'
import { importBody, importPatch } from './write-bodies.ts'

const emptyPlan: Plan = { steps: [], warnings: [] }

/** The writes for the cluster of `snapshot`, its namespace being there. */
export function planConsumer(
  aggregated: AggregatedService,
  snapshot: ServiceSnapshot,
  options: PlanOptions,
): Plan {
  const { namespace, name, merged, unreachable, complete } = aggregated
  const { import: found } = snapshot
  const mode = snapshot.namespace?.mode ?? options.mode
  const isFrozen = unreachable.size > 0
  if (found?.deleting) return removal(aggregated, snapshot, [])
  const change = isFrozen ? { action: 'none' as const } : importChange(mode, merged, found)
  if (found === undefined) {
    if (change.action === 'create') {
      // Its type would be a provisional one, and so would be the Service.
      if (options.isPartial) return emptyPlan
      const body = importBody(namespace, name, change.wanted)
      return step([{ action: 'create', resource: 'serviceimports', namespace, name, body }])
    }
    // It comes back once all sources are heard; until then its Service keeps the address.
    return isFrozen && mode === 'auto' ? emptyPlan : removal(aggregated, snapshot, [])
  }
  if (change.action === 'delete') {
    // That nobody exports it must be the word of everybody; what those exported that are heard ends all the same.
    if (!complete) return planImport(aggregated, snapshot, found, options)
    const last: Write = { action: 'delete', resource: 'serviceimports', namespace, id: change.id }
    return removal(aggregated, snapshot, [last])
  }
  if (change.action !== 'update') return planImport(aggregated, snapshot, found, options)
  const changed = change.changed.filter(
    (field) => !options.pruned.has(`serviceimports spec.${field}`),
  )
  const { steps, warnings } = planImport(
    aggregated,
    snapshot,
    { ...found, ...change.wanted },
    options,
  )
  if (changed.length === 0) return { steps, warnings }
  const body = importPatch(change.wanted, found, changed)
  const update: Write = {
    action: 'patch',
    resource: 'serviceimports',
    namespace,
    id: found,
    body,
    subresource: '',
  }
  return { steps: [[update], ...steps], warnings }
}

function planImport(
  aggregated: AggregatedService,
  snapshot: ServiceSnapshot,
  serviceImport: ImportRecord,
  options: PlanOptions,
): Plan {
  const { derived, imported } = snapshot
  const isFrozen = aggregated.unreachable.size > 0
  const merged = isFrozen ? undefined : aggregated.merged
  const ours = derived && isOurService(derived, serviceImport.name) ? derived : undefined
  // While nobody says what the ports are, they stay as the Service has them.
  const former = merged === undefined ? (ours?.ports ?? []) : []
  const wanted = isFrozen && serviceImport.ports.length === 0 ? former : serviceImport.ports
  const ports = importPorts({ ports: wanted }, merged, aggregated.exports, former)
  const desired = desiredService(serviceImport, ports.ports, merged, derived)
  const change = serviceChange(serviceImport, desired, derived)
  const { failure, ipLimit } = options
  const slices = planSlices({
    aggregated,
    serviceImport,
    change,
    served: ports.served,
    hinted: desired.trafficDistribution !== '',
    imported,
    hasSlice: options.hasSlice,
  })
  const steps = [serviceWrites(change, options.pruned), ...slices.steps]
  // A new Service brings its addresses with it: what follows from them follows then.
  const isCreated = change.action === 'create' || change.action === 'recreate'
  if (isCreated && failure === undefined) return { steps, warnings: slices.warnings }
  const addresses =
    change.action === 'conflict' && serviceImport.type !== 'Headless'
      ? withdrawnAddresses(serviceImport)
      : isFrozen
        ? keptAddresses(serviceImport, ours, ipLimit)
        : importAddresses(serviceImport, merged?.ipFamilies, ours, ipLimit)
  const { expiryActions, hasUnknownSource } = slices
  const outcome = {
    serviceImport,
    merged,
    ports,
    change,
    addresses,
    failure,
    expiryActions,
    hasUnknownSource,
  }
  const spec = importSpecWrites(serviceImport, addresses, options.pruned)
  // A new spec is a new generation, which the status names: it follows when that is known.
  const status = spec.length > 0 ? [] : importStatusWrites(outcome, aggregated, options)
  return { steps: [...steps, spec, status], warnings: slices.warnings }
}

/** No address: the one that was published may be somebody else's by now. */
function withdrawnAddresses({ ips, ipFamilies, ownFamilies }: ImportRecord): ImportAddresses {
  const families = ownFamilies ? ipFamilies : []
  const changed = ips.length > 0 || ipFamilies.length > families.length
  return { ips: [], ipFamilies: families, supported: true, changed }
}

/** Takes away what we made for an import, then does `last`. */
function removal(
  { namespace, name }: AggregatedService,
  snapshot: ServiceSnapshot,
  last: readonly Write[],
): Plan {
  return step([...importRemoval(namespace, name, snapshot), ...last])
}

function step(writes: readonly Write[]): Plan {
  return { steps: writes.length === 0 ? [] : [writes], warnings: [] }
}
