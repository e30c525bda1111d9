// The desired `amcs-<name>` Service of an import. It has no selector, so the cluster's own controllers give it no
// endpoints: they come from the imported EndpointSlices with its name in their label.
import { amcsName, DERIVED_LABEL } from '../api/names.ts'
import { isImportOwner, ownerReference } from '../api/ownership.ts'
import { preferPolicies } from '../api/policies.ts'
import type {
  DerivedServiceView,
  ImportView,
  OwnerReference,
  Policies,
  Port,
  StringMap,
} from '../api/types.ts'

/** The fields of the Service that we manage. */
export interface DesiredService extends Policies {
  readonly namespace: string
  readonly name: string
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly type: 'ClusterIP'
  /** True for `clusterIP: None`. */
  readonly headless: boolean
  readonly ports: readonly Port[]
  /** All IP families of the cluster. import-addresses.ts decides which are published. */
  readonly ipFamilyPolicy: 'PreferDualStack'
}

const noPolicies: Policies = {
  sessionAffinity: '',
  affinityTimeout: undefined,
  internalTrafficPolicy: '',
  trafficDistribution: '',
}

/**
 * Returns the Service for `serviceImport`. `ports` come from import-ports.ts, `policies` from the merge. If undefined,
 * they stay as in `existing`, so that the Service does not change when the last export is deleted. Labels and foreign
 * owners of `existing` are kept.
 */
export function desiredService(
  serviceImport: ImportView,
  ports: readonly Port[] | undefined,
  policies: Policies | undefined,
  existing: DerivedServiceView | undefined,
): DesiredService {
  const headless = serviceImport.type === 'Headless'
  const wanted = preferPolicies(serviceImport, policies ?? existing ?? noPolicies)
  const foreign = existing?.ownerReferences.filter((owner) => !isImportOwner(owner)) ?? []
  return {
    namespace: serviceImport.namespace,
    name: amcsName(serviceImport.name),
    labels: { ...existing?.labels, [DERIVED_LABEL]: serviceImport.name },
    ownerReferences: [...foreign, ownerReference(serviceImport)],
    type: 'ClusterIP',
    headless,
    ports: ports ?? existing?.ports ?? [],
    // Session affinity needs a virtual IP.
    sessionAffinity: headless ? 'None' : wanted.sessionAffinity,
    affinityTimeout: headless ? undefined : wanted.affinityTimeout,
    // Imported endpoints are on no node of this cluster: `Local` would drop all traffic.
    internalTrafficPolicy: 'Cluster',
    trafficDistribution: wanted.trafficDistribution,
    ipFamilyPolicy: 'PreferDualStack',
  }
}
