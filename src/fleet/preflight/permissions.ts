// Every right that the fleet needs, as the roles in deploy/fleet grant them (test/fleet/rbac.test.ts holds both to
// what the code does).
import { MCS_GROUP } from '../../kube/mcs.ts'

export interface Right {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Of one object only. */
  readonly name?: string
  readonly verbs: readonly string[]
}

const WATCH = ['list', 'watch'] as const
const MANAGE = [...WATCH, 'create', 'patch', 'delete'] as const

/** In a member, in all its namespaces. */
export const memberRights: readonly Right[] = [
  { group: '', resource: 'namespaces', name: 'kube-system', verbs: ['get'] },
  {
    group: 'about.k8s.io',
    resource: 'clusterproperties',
    name: 'cluster.clusterset.k8s.io',
    verbs: ['get'],
  },
  { group: '', resource: 'namespaces', verbs: WATCH },
  { group: MCS_GROUP, resource: 'serviceexports', verbs: WATCH },
  { group: MCS_GROUP, resource: 'serviceexports', subresource: 'status', verbs: ['patch'] },
  { group: MCS_GROUP, resource: 'serviceimports', verbs: MANAGE },
  { group: MCS_GROUP, resource: 'serviceimports', subresource: 'status', verbs: ['patch'] },
  { group: '', resource: 'services', verbs: MANAGE },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: MANAGE },
  { group: '', resource: 'events', verbs: ['create'] },
]

/** In the namespace of the hub. */
export const hubRights: readonly Right[] = [
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['get', ...WATCH, 'create', 'patch'],
  },
  { group: '', resource: 'secrets', verbs: WATCH },
]

/** Where there is no namespace for the hub yet: the first Lease makes it. */
export const namespaceRight: Right = { group: '', resource: 'namespaces', verbs: ['create'] }

/** "patch serviceimports/status.multicluster.x-k8s.io", with the name where it is one object's. */
export function showRight(verb: string, { group, resource, subresource, name }: Right): string {
  const path = subresource === undefined ? resource : `${resource}/${subresource}`
  const inGroup = group === '' ? path : `${path}.${group}`
  return [verb, inGroup, ...(name === undefined ? [] : [name])].join(' ')
}
