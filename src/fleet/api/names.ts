// Every name that the fleet controller reads or writes in a cluster. The names are API: other programs
// select on them, so none may be renamed. The MCS labels come from KEP-1645 ("EndpointSlice"); this
// project's own names have the prefix clusterset-dns.io/.
import { createHash } from 'node:crypto'
import { isDnsLabel } from '../../kube/fields.ts'

export {
  MCS_GROUP,
  MCS_SERVICE_NAME_LABEL,
  MCS_SOURCE_CLUSTER_LABEL,
} from '../../kube/mcs.ts'

// Labels of Kubernetes itself.
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by'
export const HEADLESS_LABEL = 'service.kubernetes.io/headless'

export const OUR_PREFIX = 'clusterset-dns.io/'

/**
 * Namespace in the hub for the fleet's Leases and the Secrets of members; no pod of DNS runs there, since who may create
 * pods may mount Secrets.
 */
export const HUB_NAMESPACE = 'clusterset-dns-fleet'
/** Name of the Lease for leader election. */
export const LEADER_LEASE = 'fleet-leader'

/** Value of MANAGED_BY_LABEL on imported EndpointSlices. */
export const MANAGED_BY = 'fleet.clusterset-dns.io'
/** Field manager of every write; it separates the fleet's fields from a user's in `managedFields`. */
export const FIELD_MANAGER = 'clusterset-dns-fleet'

/** On the `amcs-` Service: the name of its ServiceImport. It marks the Service as created by the fleet. */
export const DERIVED_LABEL = `${OUR_PREFIX}service-import`
/** On a ServiceImport that mode `auto` created; an import without this label belongs to a user. */
export const AUTO_IMPORT_LABEL = `${OUR_PREFIX}auto-import`
/** On an import of mode `auto`: the keys of its labels and annotations that came from the exports, as JSON. */
export const EXPORTED_KEYS_ANNOTATION = `${OUR_PREFIX}exported-keys`
/**
 * On an import: the name of its `amcs-` Service, as mcs-api's reference controller writes it. Gateway API
 * implementations (cilium) look for it.
 */
export const DERIVED_SERVICE_ANNOTATION = 'multicluster.kubernetes.io/derived-service'
/** On a consumer's Namespace: `auto` or `manual`. */
export const IMPORT_MODE_ANNOTATION = `${OUR_PREFIX}import-mode`
/** On a consumer's ServiceImport: `keep` or `drop` the endpoints of an expired source cluster. */
export const ON_EXPIRY_ANNOTATION = `${OUR_PREFIX}on-expiry`
/** On a member's kubeconfig Secret and on its Lease, both in the hub: the id of the member. */
export const MEMBER_LABEL = `${OUR_PREFIX}member`
/** On a member's Lease: its cluster id. */
export const CLUSTER_ID_ANNOTATION = `${OUR_PREFIX}cluster-id`
/** On a member's Lease: the UID of its kube-system namespace. */
export const CLUSTER_UID_ANNOTATION = `${OUR_PREFIX}cluster-uid`
/** On a member's Lease: the creationTimestamp of its kube-system namespace when that was first read. */
export const CLUSTER_CREATED_ANNOTATION = `${OUR_PREFIX}cluster-created`
/** On a member's Lease: `asked` after `fleet leave` was called, `done` when the cluster's objects are removed. */
export const LEAVE_ANNOTATION = `${OUR_PREFIX}leave`

/** Prefix of the name of a derived Service. */
export const DERIVED_PREFIX = 'amcs-'

/** Condition types that the fleet writes: those of KEP-1645, and its own `SourceExpired` on imports. */
export const ourConditions: readonly string[] = ['Valid', 'Ready', 'Conflict', 'SourceExpired']

/** Reasons of the condition `Valid` of a ServiceExport (KEP-1645). */
export const validReasons = ['Valid', 'NoService', 'InvalidServiceType'] as const
/** Reasons of `Conflict` (KEP-1645), in the order in which they are joined. */
export const conflictReasons = [
  'PortConflict',
  'TypeConflict',
  'SessionAffinityConflict',
  'SessionAffinityConfigConflict',
  'AnnotationsConflict',
  'LabelsConflict',
  'InternalTrafficPolicyConflict',
  'TrafficDistributionConflict',
  'IPFamilyConflict',
] as const
/** Reasons of the condition `Ready` of a valid ServiceExport that does not count (the fleet's own). */
export const exportRefusedReasons = ['NamespaceDenied', 'TooManyExports'] as const
/** Reason of `Conflict` when its status is False. */
export const NO_CONFLICTS = 'NoConflicts'
/** Reasons of the condition `Ready` of a ServiceImport: the first three of KEP-1645, then the fleet's own. */
export const importReadyReasons = [
  'Ready',
  'Pending',
  'IPFamilyNotSupported',
  'PortMismatch',
  'TypeMismatch',
  'NameConflict',
  'InvalidName',
  'ServiceFailed',
  'EndpointsRefused',
  'NamespaceDenied',
] as const

export type ValidReason = (typeof validReasons)[number]
export type ExportRefusedReason = (typeof exportRefusedReasons)[number]
export type ConflictReason = (typeof conflictReasons)[number]
export type ImportReadyReason = (typeof importReadyReasons)[number]

const LABEL_MAX_LENGTH = 63
const HASH_LENGTH = 10

/**
 * The name of the Service derived from an import: `amcs-<name>`. When that is no DNS label, the name is cut and
 * ends in a hash of the full name; the result is deterministic.
 */
export function amcsName(serviceName: string): string {
  const name = `${DERIVED_PREFIX}${serviceName}`
  if (isServiceName(name)) return name
  const start = name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
  return `${start.slice(0, LABEL_MAX_LENGTH - HASH_LENGTH - 1)}-${shortHash(serviceName)}`
}

/** True for a valid Service name. Custom resources may have longer names and names with dots. */
export function isServiceName(name: string): boolean {
  return isDnsLabel(name)
}

/** A hash of `parts` and of their boundaries: ten lower-case hex digits. */
export function shortHash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_LENGTH)
}

/** Ends the error message for an invalid cluster id. */
export const ID_RULE = 'not one lower-case DNS label (a-z, 0-9, "-", at most 63 characters)'
