// Every name that the fleet controller writes into a cluster or reads there. They are API: other programs
// select on them, so none is renamed. The MCS labels come from KEP-1645 ("EndpointSlice"); ours carry the
// prefix clusterset-dns.io/.
import { createHash } from 'node:crypto'
import { isDnsLabel } from '../../kube/fields.ts'

export const MCS_GROUP = 'multicluster.x-k8s.io'

// Labels of KEP-1645 and of Kubernetes itself.
export const MCS_SERVICE_NAME_LABEL = 'multicluster.kubernetes.io/service-name'
export const MCS_SOURCE_CLUSTER_LABEL = 'multicluster.kubernetes.io/source-cluster'
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by'
export const HEADLESS_LABEL = 'service.kubernetes.io/headless'

export const OUR_PREFIX = 'clusterset-dns.io/'

/** Namespace of the hub that holds the fleet's Leases and the Secrets of members. */
export const HUB_NAMESPACE = 'clusterset-dns'
/** Name of the Lease that the leader holds. */
export const LEADER_LEASE = 'fleet-leader'

/** Value of MANAGED_BY_LABEL on the slices that we write. */
export const MANAGED_BY = 'fleet.clusterset-dns.io'
/** Field manager of every write, so that `managedFields` tells ours from a user's. */
export const FIELD_MANAGER = 'clusterset-dns-fleet'

/** On the `amcs-` Service: the name of its ServiceImport. A Service with it is ours. */
export const DERIVED_LABEL = `${OUR_PREFIX}service-import`
/** On a ServiceImport that mode `auto` created; without it an import belongs to a user. */
export const AUTO_IMPORT_LABEL = `${OUR_PREFIX}auto-import`
/** On such an import: the keys of its labels and annotations that came from the exports, as JSON. */
export const EXPORTED_KEYS_ANNOTATION = `${OUR_PREFIX}exported-keys`
/** On a consumer's Namespace: `auto` or `manual`. */
export const IMPORT_MODE_ANNOTATION = `${OUR_PREFIX}import-mode`
/** On a consumer's ServiceImport: `keep` or `drop`, what to do with a lost cluster's endpoints. */
export const ON_EXPIRY_ANNOTATION = `${OUR_PREFIX}on-expiry`
/** On a Secret of the hub that holds the kubeconfig of a member, and on a member's Lease: its id. */
export const MEMBER_LABEL = `${OUR_PREFIX}member`
/** On a member's Lease: its cluster id, and the UID of its kube-system namespace. */
export const CLUSTER_ID_ANNOTATION = `${OUR_PREFIX}cluster-id`
export const CLUSTER_UID_ANNOTATION = `${OUR_PREFIX}cluster-uid`
/** On a member's Lease: `asked` when `fleet leave` was called for it, `done` when its objects are gone. */
export const LEAVE_ANNOTATION = `${OUR_PREFIX}leave`

export const DERIVED_PREFIX = 'amcs-'

/** Types of the conditions that we write: KEP-1645's on exports and imports, and one of ours on imports. */
export const ourConditions: readonly string[] = ['Valid', 'Ready', 'Conflict', 'SourceExpired']

/** Reasons of the condition `Valid` of a ServiceExport (KEP-1645). */
export const validReasons = ['Valid', 'NoService', 'InvalidServiceType'] as const
/** Reasons of the condition `Ready` of a ServiceExport (KEP-1645). */
export const exportReadyReasons = ['Exported', 'Pending', 'Failed'] as const
/** Reasons of `Conflict` (KEP-1645), in the order in which several are joined. */
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
export const NO_CONFLICTS = 'NoConflicts'
/** Reasons of the condition `Ready` of a ServiceImport: the first three are KEP-1645's, the rest ours. */
export const importReadyReasons = [
  'Ready',
  'Pending',
  'IPFamilyNotSupported',
  'PortMismatch',
  'TypeMismatch',
  'NameConflict',
  'InvalidName',
  'ServiceFailed',
] as const

export type ValidReason = (typeof validReasons)[number]
export type ExportReadyReason = (typeof exportReadyReasons)[number]
export type ConflictReason = (typeof conflictReasons)[number]
export type ImportReadyReason = (typeof importReadyReasons)[number]

const LABEL_MAX_LENGTH = 63
const HASH_LENGTH = 10

/**
 * The name of the Service derived from an import: `amcs-<name>`. A longer name than fits into a DNS label
 * keeps its beginning and gets a hash of the whole in place of the rest, always the same.
 */
export function amcsName(serviceName: string): string {
  const name = `${DERIVED_PREFIX}${serviceName}`
  if (isServiceName(name)) return name
  const start = name.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')
  return `${start.slice(0, LABEL_MAX_LENGTH - HASH_LENGTH - 1)}-${shortHash(serviceName)}`
}

/** True when a Service can have this name. Custom resources may have longer names, and dots in them. */
export function isServiceName(name: string): boolean {
  return isDnsLabel(name)
}

/** Ten lower-case hex digits that depend on all of `parts` and on where they are split. */
export function shortHash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_LENGTH)
}

export const ID_RULE = 'not one lower-case DNS label (a-z, 0-9, "-", at most 63 characters)'
