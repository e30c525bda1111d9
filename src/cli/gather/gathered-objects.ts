// The objects that a support archive has of each cluster.
import { HUB_NAMESPACE, MCS_GROUP } from '../../fleet/api/names.ts'
import { nestedObject, stringOf } from '../../fleet/api/unstructured.ts'
import { cleanObject, crdSummary, deploymentSummary } from './clean.ts'

/** The namespace of the DNS server (deploy/namespace). */
const DNS_NAMESPACE = 'clusterset-dns'

/** One list of a cluster. */
export interface GatheredList {
  readonly resource: string
  /** '' for the core group. */
  readonly group: string
  /** The path of the API and its namespace, without the resource; undefined for the served version of the MCS API. */
  readonly path: string | undefined
  /** Query parameters, each with a leading `&`. */
  readonly query: string
  /** False leaves the object out; `shared` has the namespaces with exports or imports. */
  readonly isWanted: (raw: unknown, shared: ReadonlySet<string>) => boolean
  /** What of the object is in the archive. */
  readonly shown: (raw: unknown) => object
}

const all = () => true
/** In a namespace with exports or imports, or in one of ours. */
const isShared = (raw: unknown, shared: ReadonlySet<string>) => {
  const namespace = namespaceOf(raw)
  return [HUB_NAMESPACE, DNS_NAMESPACE].includes(namespace) || shared.has(namespace)
}
const mcs = { group: MCS_GROUP, path: undefined, query: '', isWanted: all, shown: cleanObject }
const core = { group: '', path: '/api/v1', query: '', isWanted: isShared, shown: cleanObject }
const OURS = encodeURIComponent('app.kubernetes.io/name in (clusterset-dns,clusterset-dns-fleet)')
/** Selects the objects of the deployments of this project. */
export const OURS_QUERY = `&labelSelector=${OURS}`

/** The MCS API first: it tells which namespaces are shared. */
export const gatheredLists: readonly GatheredList[] = [
  { ...mcs, resource: 'serviceexports' },
  { ...mcs, resource: 'serviceimports' },
  {
    ...core,
    resource: 'customresourcedefinitions',
    group: 'apiextensions.k8s.io',
    path: '/apis/apiextensions.k8s.io/v1',
    isWanted: (raw) =>
      [MCS_GROUP, 'about.k8s.io'].includes(stringOf(nestedObject(raw, 'spec').group)),
    shown: crdSummary,
  },
  {
    ...core,
    resource: 'leases',
    group: 'coordination.k8s.io',
    path: `/apis/coordination.k8s.io/v1/namespaces/${HUB_NAMESPACE}`,
  },
  {
    ...core,
    resource: 'deployments',
    group: 'apps',
    path: '/apis/apps/v1',
    query: OURS_QUERY,
    isWanted: all,
    shown: deploymentSummary,
  },
  { ...core, resource: 'services' },
  {
    ...core,
    resource: 'endpointslices',
    group: 'discovery.k8s.io',
    path: '/apis/discovery.k8s.io/v1',
  },
  { ...core, resource: 'events' },
]

/** The namespace of a raw object; '' for none. */
export function namespaceOf(raw: unknown): string {
  return stringOf(nestedObject(raw, 'metadata').namespace)
}
