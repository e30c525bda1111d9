// All permissions that the fleet needs, as granted by the roles in deploy/fleet. test/fleet/rbac.test.ts compares both
// with the requests of the code.
import { MCS_GROUP } from '../../kube/mcs.ts'
import { LEADER_LEASE } from '../api/names.ts'

/** Verbs on one resource, as in a rule of an RBAC role. */
export interface Right {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Restricts the permission to the object of this name. */
  readonly name?: string
  readonly verbs: readonly string[]
}

const WATCH = ['list', 'watch'] as const
const MANAGE = [...WATCH, 'create', 'patch', 'delete'] as const

/** In a member, for all namespaces. */
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
  { group: 'coordination.k8s.io', resource: 'leases', name: LEADER_LEASE, verbs: ['get'] },
  { group: '', resource: 'nodes', verbs: ['list'] },
  { group: 'networking.k8s.io', resource: 'servicecidrs', verbs: ['list'] },
]

/** In the hub, for the namespace HUB_NAMESPACE. */
export const hubRights: readonly Right[] = [
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    verbs: ['get', ...WATCH, 'create', 'patch'],
  },
  { group: '', resource: 'secrets', verbs: WATCH },
]

/** In the hub, when HUB_NAMESPACE does not exist: it is created with the first Lease. */
export const namespaceRight: Right = { group: '', resource: 'namespaces', verbs: ['create'] }

/**
 * Formats as "patch serviceimports/status.multicluster.x-k8s.io", followed by the object's name if there is one. `verbs` has
 * one or more: "list, watch".
 */
export function showRight(verbs: string, { group, resource, subresource, name }: Right): string {
  const path = subresource === undefined ? resource : `${resource}/${subresource}`
  const inGroup = group === '' ? path : `${path}.${group}`
  return [verbs, inGroup, ...(name === undefined ? [] : [name])].join(' ')
}
