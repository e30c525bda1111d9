// The fleet's views of API objects: plain data with only the fields that the fleet uses. fleet/member converts
// raw objects into views; plans become writes. Absent strings are '', so that "absent" has one form. Values are
// those of the API ("TCP", "ClientIP") and are not validated.
import type { Condition } from './conditions.ts'

/** "TCP", "UDP", "SCTP"; '' counts as TCP. */
export interface Port {
  /** '' for an unnamed port. */
  readonly name: string
  readonly protocol: string
  readonly port: number
  readonly appProtocol: string
}

export type IpFamily = 'IPv4' | 'IPv6'
export type ImportType = 'ClusterSetIP' | 'Headless'
export type StringMap = Readonly<Record<string, string>>

/** Precondition of an update or a delete: exactly this object in exactly this version. */
export interface ObjectId {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** A ServiceExport of one cluster. */
export interface ExportView extends ObjectId {
  /** Id of the cluster that holds it. */
  readonly cluster: string
  readonly namespace: string
  /** RFC 3339. */
  readonly creationTimestamp: string
  readonly generation: number
  readonly exportedLabels: StringMap
  readonly exportedAnnotations: StringMap
  readonly conditions: readonly Condition[]
}

/** Session affinity and traffic policies, common to Service and ServiceImport. */
export interface Policies {
  /** "None", "ClientIP". */
  readonly sessionAffinity: string
  /** Seconds: sessionAffinityConfig.clientIP.timeoutSeconds; undefined when absent. */
  readonly affinityTimeout: number | undefined
  /** "Cluster", "Local". */
  readonly internalTrafficPolicy: string
  /** "PreferClose", "PreferSameZone", "PreferSameNode". */
  readonly trafficDistribution: string
}

/** A Service that may be exported. */
export interface ServiceView extends Policies {
  /** "ClusterIP", "NodePort", "LoadBalancer", "ExternalName". */
  readonly type: string
  /** True for `clusterIP: None`. */
  readonly headless: boolean
  readonly ports: readonly Port[]
  readonly ipFamilies: readonly string[]
  readonly publishNotReadyAddresses: boolean
  readonly labels: StringMap
  /** True when a ServiceImport of any controller is among its owners. */
  readonly ownedByImport: boolean
}

/** A valid ServiceExport and its Service. */
export interface ValidExport {
  readonly export: ExportView
  readonly service: ServiceView
}

/** Conditions of an endpoint; undefined when absent. As in the API, an absent `ready` means ready. */
export interface EndpointConditions {
  readonly ready: boolean | undefined
  readonly serving: boolean | undefined
  readonly terminating: boolean | undefined
}

/** An endpoint of an EndpointSlice, without its node and target. */
export interface EndpointView {
  readonly addresses: readonly string[]
  readonly conditions: EndpointConditions
  readonly hostname: string
  readonly zone: string
  /** Zones of hints.forZones. */
  readonly forZones: readonly string[]
}

/** A port of an EndpointSlice; `port` is the target port, undefined for "all ports". */
export interface SlicePort {
  readonly name: string
  readonly protocol: string
  readonly port: number | undefined
  readonly appProtocol: string
}

/** An EndpointSlice of an exported Service. */
export interface SliceView {
  /** "IPv4", "IPv6", "FQDN". */
  readonly addressType: string
  readonly ports: readonly SlicePort[]
  readonly endpoints: readonly EndpointView[]
  readonly labels: StringMap
}

/** metav1.OwnerReference. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** An EndpointSlice as read from the importing cluster. */
export interface ExistingSlice extends SliceView, ObjectId {
  readonly ownerReferences: readonly OwnerReference[]
  /** True once it has a deletionTimestamp. */
  readonly deleting: boolean
}

/** A ServiceImport as read from the importing cluster. */
export interface ImportView extends Policies, ObjectId {
  readonly namespace: string
  /** "multicluster.x-k8s.io/v1alpha1": the API version in which it is read and written. */
  readonly apiVersion: string
  readonly generation: number
  readonly type: ImportType
  readonly ports: readonly Port[]
  readonly ips: readonly string[]
  /** True when somebody else than the fleet set `ips`. */
  readonly ownIps: boolean
  readonly ipFamilies: readonly string[]
  /** True when a user set `ipFamilies`, not the fleet. */
  readonly ownFamilies: boolean
  readonly labels: StringMap
  readonly annotations: StringMap
  /** status.clusters */
  readonly clusters: readonly string[]
  readonly conditions: readonly Condition[]
}

/** The Service of the derived name as read from the importing cluster; not necessarily created by the fleet. */
export interface DerivedServiceView extends Policies, ObjectId {
  readonly type: string
  /** ["None"] for a headless Service. */
  readonly clusterIPs: readonly string[]
  readonly ipFamilyPolicy: string
  readonly externalIPs: readonly string[]
  readonly ports: readonly Port[]
  readonly hasSelector: boolean
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly deleting: boolean
}

/** Whether the fleet creates ServiceImports in a Namespace (`auto`) or users do (`manual`). */
export type ImportMode = 'auto' | 'manual'

/** Reachability of a member as the leader observes it: `suspect` is only reported, `expired` removes endpoints. */
export type LeasePhase = 'fresh' | 'suspect' | 'expired'
