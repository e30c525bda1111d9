// The change that turns the existing `amcs-` Service into the desired one. A Service that is not ours is never
// changed. Three changes need a new Service: Kubernetes cannot switch a Service to or from headless, addresses can
// only be requested on create, and the EndpointSlices of a selector are only deleted with their Service.
import { familyOf } from '../api/ip-families.ts'
import { DERIVED_LABEL, isServiceName } from '../api/names.ts'
import { isOurService, isOwnedBy } from '../api/ownership.ts'
import { usablePolicies } from '../api/policies.ts'
import { samePorts } from '../api/ports.ts'
import type { DerivedServiceView, ImportView, ObjectId } from '../api/types.ts'
import type { DesiredService } from './derived-service.ts'

/** The change of a derived Service. */
export type ServiceChange =
  | { readonly action: 'none' }
  /** Nothing can be written yet, for the given reason. */
  | { readonly action: 'wait'; readonly reason: 'InvalidName' | 'NoPorts' | 'Deleting' }
  /** A Service of this name exists and is not ours. */
  | { readonly action: 'conflict' }
  /** `clusterIPs` are preferred: if the API server refuses them, create without. */
  | {
      readonly action: 'create'
      readonly service: DesiredService
      readonly clusterIPs: readonly string[]
    }
  /** `changed` lists the fields, so that a field that an old API server drops is not written forever. */
  | {
      readonly action: 'update'
      readonly service: DesiredService
      readonly id: ObjectId
      readonly changed: readonly string[]
    }
  /** Delete `id`, then create as above. */
  | {
      readonly action: 'recreate'
      readonly service: DesiredService
      readonly id: ObjectId
      readonly clusterIPs: readonly string[]
    }

/** Compares `existing` (undefined if the Service does not exist) with `desired` and returns the change to write. */
export function serviceChange(
  serviceImport: ImportView,
  desired: DesiredService,
  existing: DerivedServiceView | undefined,
): ServiceChange {
  if (!isServiceName(serviceImport.name)) return { action: 'wait', reason: 'InvalidName' }
  if (existing !== undefined && !isOurService(existing, serviceImport.name)) {
    return { action: 'conflict' }
  }
  if (existing?.deleting) return { action: 'wait', reason: 'Deleting' }
  // Only a headless Service may be without ports.
  if (!desired.headless && desired.ports.length === 0) return { action: 'wait', reason: 'NoPorts' }
  const clusterIPs = desired.headless ? [] : previousIPs(serviceImport, existing)
  if (existing === undefined) return { action: 'create', service: desired, clusterIPs }
  const { name, uid, resourceVersion } = existing
  const id = { name, uid, resourceVersion }
  // An ExternalName could be updated in place, but has released its addresses and would get different ones.
  const isOtherKind = existing.type === 'ExternalName' || isHeadless(existing) !== desired.headless
  if (isOtherKind || existing.hasSelector) {
    return { action: 'recreate', service: desired, id, clusterIPs }
  }
  const changed = changedFields(serviceImport, desired, existing)
  if (changed.length === 0) return { action: 'none' }
  return { action: 'update', service: desired, id, changed }
}

function isHeadless({ clusterIPs }: DerivedServiceView): boolean {
  return clusterIPs.includes('None')
}

/** At most one address in each family: from the Service, else from `spec.ips` of the import. */
function previousIPs(
  { ips }: ImportView,
  existing: DerivedServiceView | undefined,
): readonly string[] {
  const candidates = [...(existing?.clusterIPs ?? []), ...ips]
  return candidates.filter((ip, i) => {
    const family = familyOf(ip)
    return family !== undefined && candidates.findIndex((other) => familyOf(other) === family) === i
  })
}

function changedFields(
  serviceImport: ImportView,
  desired: DesiredService,
  existing: DerivedServiceView,
): readonly string[] {
  const policies = usablePolicies(existing)
  const same: Readonly<Record<string, boolean>> = {
    type: existing.type === desired.type,
    ports: samePorts(existing.ports, desired.ports),
    sessionAffinity: policies.sessionAffinity === desired.sessionAffinity,
    sessionAffinityConfig: policies.affinityTimeout === desired.affinityTimeout,
    internalTrafficPolicy: policies.internalTrafficPolicy === desired.internalTrafficPolicy,
    trafficDistribution: existing.trafficDistribution === desired.trafficDistribution,
    ipFamilyPolicy: existing.ipFamilyPolicy === desired.ipFamilyPolicy,
    // Every node of the cluster would accept traffic for these addresses.
    externalIPs: existing.externalIPs.length === 0,
    labels: existing.labels[DERIVED_LABEL] === desired.labels[DERIVED_LABEL],
    ownerReferences: isOwnedBy(existing.ownerReferences, serviceImport),
  }
  return Object.keys(same).filter((field) => !same[field])
}
