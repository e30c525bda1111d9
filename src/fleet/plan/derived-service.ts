// The `amcs-<name>` Service that an import should have. It has no selector, so no controller of the
// cluster gives it endpoints: they come from the imported EndpointSlices that name it.
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

/** Everything of the Service that is ours to say. */
export interface DesiredService extends Policies {
  readonly namespace: string
  readonly name: string
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly type: 'ClusterIP'
  /** True for `clusterIP: None`. */
  readonly headless: boolean
  readonly ports: readonly Port[]
  /** The cluster's default families. What we publish of them is for import-addresses.ts. */
  readonly ipFamilyPolicy: 'PreferDualStack'
}

const noPolicies: Policies = {
  sessionAffinity: '',
  affinityTimeout: undefined,
  internalTrafficPolicy: '',
  trafficDistribution: '',
}

/**
 * The Service for `serviceImport`. `ports` are those of import-ports.ts and `policies` those of the merge;
 * what is undefined there stays as `existing` has it, so that nothing of a Service changes when the last
 * export ends. Labels and foreign owners of `existing` are kept.
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
    // Affinity belongs to a virtual IP.
    sessionAffinity: headless ? 'None' : wanted.sessionAffinity,
    affinityTimeout: headless ? undefined : wanted.affinityTimeout,
    // Imported endpoints have no node here: `Local` would drop all traffic.
    internalTrafficPolicy: 'Cluster',
    trafficDistribution: wanted.trafficDistribution,
    ipFamilyPolicy: 'PreferDualStack',
  }
}
