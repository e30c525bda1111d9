// The writes of both import modes to the import itself: one for its addresses and the name of its Service, one for
// its status. Also the removal of what was created for it.
import { setConditions } from '../api/conditions.ts'
import { DERIVED_SERVICE_ANNOTATION } from '../api/names.ts'
import { isOurService } from '../api/ownership.ts'
import type { ServiceSnapshot } from '../api/records.ts'
import type { ImportView } from '../api/types.ts'
import type { Body, EventNote, Write } from '../api/writes.ts'
import type { AggregatedService } from '../merge/aggregate.ts'
import { conditionEvents } from './condition-events.ts'
import type { ImportAddresses } from './import-addresses.ts'
import { type ImportOutcome, readyCondition, unreachableCondition } from './import-conditions.ts'
import type { PlanOptions } from './plan.ts'
import { refusedService, refusedSlices } from './refusals.ts'
import { sourceExpiredCondition } from './source-expiry.ts'

/**
 * Writes `spec.ips` and, unless the user set them or the API server drops them, `spec.ipFamilies`; and in an annotation
 * the name of our Service. `service` is undefined while there is none, which removes the annotation.
 */
export function importSpecWrites(
  { namespace, ownIps, ownFamilies, annotations, ...id }: ImportView,
  { ips, ipFamilies, changed }: ImportAddresses,
  service: string | undefined,
  pruned: ReadonlySet<string>,
): readonly Write[] {
  const withFamilies = !ownFamilies && !pruned.has('serviceimports spec.ipFamilies')
  const isSpecSame = !changed || (!withFamilies && ips.join() === id.ips.join())
  const isNameSame = annotations[DERIVED_SERVICE_ANNOTATION] === service
  if (isSpecSame && isNameSame) return []
  const body = {
    ...(isNameSame ? {} : derivedServicePatch(service)),
    ...(isSpecSame ? {} : { spec: withFamilies ? { ips, ipFamilies } : { ips } }),
  }
  const isReplaced = ownIps && ips.join() !== id.ips.join()
  const events = isReplaced ? [replacedIps(id.ips, ips)] : []
  return [
    { action: 'patch', resource: 'serviceimports', namespace, id, body, subresource: '', events },
  ]
}

function replacedIps(before: readonly string[], after: readonly string[]): EventNote {
  const now = after.length === 0 ? 'no address' : after.join(', ')
  return {
    about: 'spec.ips',
    type: 'Warning',
    reason: 'AddressesReplaced',
    message:
      `spec.ips had ${before.join(', ')} and now has ${now}: the fleet sets spec.ips to the addresses ` +
      'of the Service that it creates. Leave spec.ips blank.',
  }
}

/** The merge patch that names the Service of an import in its annotation; undefined removes the annotation. */
export function derivedServicePatch(service: string | undefined): Body {
  return { metadata: { annotations: { [DERIVED_SERVICE_ANNOTATION]: service ?? null } } }
}

/** Writes `status.clusters` and the conditions `Ready` and `SourceExpired`. */
export function importStatusWrites(
  outcome: ImportOutcome,
  { merged, unreachable, synced }: AggregatedService,
  { now, pruned }: PlanOptions,
): readonly Write[] {
  const { serviceImport, change, refusals, expiryActions, hasUnknownSource } = outcome
  const { namespace } = serviceImport
  const isFrozen = unreachable.size > 0
  const unsynced = isFrozen ? serviceImport.clusters.filter((id) => !synced.has(id)) : []
  const clusters = [...new Set([...(merged?.clusters ?? []), ...unsynced])].sort()
  // While a source is unreachable, only failures of the derived Service and its EndpointSlices can be reported.
  const isRefused =
    (refusedService(refusals) ?? refusedSlices(refusals)) !== undefined ||
    outcome.emptied.length > 0
  const isKnown = !isFrozen || change.action === 'conflict' || isRefused
  const isNew = !serviceImport.conditions.some(
    ({ type, status }) => type === 'Ready' && status !== 'Unknown',
  )
  const expired = sourceExpiredCondition(expiryActions, serviceImport.conditions, hasUnknownSource)
  const desired = [
    ...(isKnown ? [readyCondition(outcome)] : isNew ? [unreachableCondition(unreachable)] : []),
    ...(expired === undefined ? [] : [expired]),
  ]
  const conditions = pruned.has('serviceimports status.conditions')
    ? serviceImport.conditions
    : setConditions(serviceImport.conditions, desired, serviceImport.generation, now)
  const hasSameClusters = clusters.join() === serviceImport.clusters.join()
  if (hasSameClusters && conditions === serviceImport.conditions) return []
  const status = {
    ...(hasSameClusters ? {} : { clusters: clusters.map((cluster) => ({ cluster })) }),
    ...(conditions === serviceImport.conditions ? {} : { conditions }),
  }
  return [
    {
      action: 'patch',
      resource: 'serviceimports',
      namespace,
      id: serviceImport,
      body: { status },
      subresource: 'status',
      events: conditionEvents(serviceImport.conditions, conditions),
    },
  ]
}

/** Deletes the EndpointSlices and the derived Service of an import, unless already being deleted or not ours. */
export function importRemoval(
  namespace: string,
  name: string,
  { derived, imported }: Pick<ServiceSnapshot, 'derived' | 'imported'>,
): readonly Write[] {
  const slices = imported
    .filter(({ deleting }) => !deleting)
    .map((id): Write => ({ action: 'delete', resource: 'endpointslices', namespace, id }))
  if (derived === undefined || derived.deleting || !isOurService(derived, name)) return slices
  return [...slices, { action: 'delete', resource: 'services', namespace, id: derived }]
}
