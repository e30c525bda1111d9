// The `amcs-<name>` Service that an import should have. It has no selector, so no controller of the
// cluster gives it endpoints: they come from the imported EndpointSlices that name it.
import type {
  DerivedServiceView,
  ImportView,
  OwnerReference,
  Policies,
  Port,
  TextMap,
} from './model.ts'
import { amcsName, DERIVED_LABEL, MCS_GROUP } from './names.ts'
import { preferPolicies } from './policies.ts'

/** Everything of the Service that is ours to say. */
export interface DesiredService extends Policies {
  readonly namespace: string
  readonly name: string
  readonly labels: TextMap
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

/**
 * The owner of what is made for an import. Without blockOwnerDeletion, which would need the right to
 * update finalizers of the import.
 */
export function ownerReference(serviceImport: ImportView): OwnerReference {
  const { apiVersion, name, uid } = serviceImport
  return { apiVersion, kind: 'ServiceImport', name, uid }
}

/** True for an owner that is a ServiceImport, in whichever API version. */
export function isImportOwner({ apiVersion, kind }: OwnerReference): boolean {
  return kind === 'ServiceImport' && apiVersion.startsWith(`${MCS_GROUP}/`)
}

/** True when exactly one ServiceImport owns the object, and it is this one. */
export function isOwnedBy(
  owners: readonly OwnerReference[],
  { name, uid }: Pick<ImportView, 'name' | 'uid'>,
): boolean {
  const imports = owners.filter(isImportOwner)
  return imports.length === 1 && imports[0]!.name === name && imports[0]!.uid === uid
}

/**
 * True when the Service was made for the import of this name: by its label, or by its owner should a hand have
 * removed the label. The name of the Service says nothing, and neither does the uid of the owner: the import may
 * have been made anew since, and where no garbage collector runs the old one's Service is still there.
 */
export function isOurService(
  { labels, ownerReferences }: Pick<DerivedServiceView, 'labels' | 'ownerReferences'>,
  importName: string,
): boolean {
  if (Object.hasOwn(labels, DERIVED_LABEL)) return labels[DERIVED_LABEL] === importName
  return ownerReferences.some((owner) => isImportOwner(owner) && owner.name === importName)
}
