// The one write that takes the existing `amcs-` Service to the desired one. A Service that is not ours is
// left alone whatever it is. Some things take a new Service: headlessness is immutable in Kubernetes, addresses can
// only be asked for at the beginning, and the EndpointSlices that a selector has brought end with their Service only.
import { familyOf } from '../api/ip-families.ts'
import { DERIVED_LABEL, isServiceName } from '../api/names.ts'
import { isOurService, isOwnedBy } from '../api/ownership.ts'
import { usablePolicies } from '../api/policies.ts'
import { samePorts } from '../api/ports.ts'
import type { DerivedServiceView, ImportView, ObjectId } from '../api/types.ts'
import type { DesiredService } from './derived-service.ts'

export type ServiceChange =
  | { readonly action: 'none' }
  /** Nothing can be written yet, and why. */
  | { readonly action: 'wait'; readonly reason: 'InvalidName' | 'NoPorts' | 'Deleting' }
  /** A Service of this name exists and is not ours. */
  | { readonly action: 'conflict' }
  /** `clusterIPs` are wished for: should the API server refuse them, create without. */
  | {
      readonly action: 'create'
      readonly service: DesiredService
      readonly clusterIPs: readonly string[]
    }
  /** `changed` names the fields, so that one which an old API server drops is not written for ever. */
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

/** What to do so that `existing` (undefined: there is none) becomes `desired`. */
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
  // An ExternalName could become either in place, but its addresses are given back, and would be others then.
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

/** At most one address a family: the Service's, else those that the import was last given. */
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
    // Every node of the cluster would take what is sent to these.
    externalIPs: existing.externalIPs.length === 0,
    labels: existing.labels[DERIVED_LABEL] === desired.labels[DERIVED_LABEL],
    ownerReferences: isOwnedBy(existing.ownerReferences, serviceImport),
  }
  return Object.keys(same).filter((field) => !same[field])
}
