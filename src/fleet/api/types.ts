// What the fleet's core knows of objects: trimmed views, plain data. The edges turn raw API objects into
// these and the core's results into writes. Texts that an object lacks are '', so that "absent" has one
// form; values are as the API has them ("TCP", "ClientIP") and may be nonsense.
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

/** What an update or a delete must name, so that it meets no other object and no newer one. */
export interface ObjectId {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
}

/** A ServiceExport of one cluster. */
export interface ExportView extends ObjectId {
  /** Id of the cluster it lies in. */
  readonly cluster: string
  readonly namespace: string
  /** RFC 3339. */
  readonly creationTimestamp: string
  readonly generation: number
  readonly exportedLabels: StringMap
  readonly exportedAnnotations: StringMap
  readonly conditions: readonly Condition[]
}

/** Affinity and policies, as a Service and a ServiceImport both have them. */
export interface Policies {
  /** "None", "ClientIP". */
  readonly sessionAffinity: string
  /** Seconds, of sessionAffinityConfig.clientIP; undefined when there is none. */
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
  /** True when a ServiceImport, of whichever controller, is among its owners. */
  readonly ownedByImport: boolean
}

/** An export that can be served, with the Service that it names. */
export interface ValidExport {
  readonly export: ExportView
  readonly service: ServiceView
}

/** `ready` and the like are absent (undefined) as in the API, where absent ready means ready. */
export interface EndpointConditions {
  readonly ready: boolean | undefined
  readonly serving: boolean | undefined
  readonly terminating: boolean | undefined
}

export interface EndpointView {
  readonly addresses: readonly string[]
  readonly conditions: EndpointConditions
  readonly hostname: string
  readonly zone: string
  /** Zones of hints.forZones. */
  readonly forZones: readonly string[]
}

/** A port of a slice; its number is the target port, undefined for "any". */
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

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** An EndpointSlice that we once wrote, as it lies in the consumer. */
export interface ExistingSlice extends SliceView, ObjectId {
  readonly ownerReferences: readonly OwnerReference[]
  /** True once it has a deletionTimestamp. */
  readonly deleting: boolean
}

/** A ServiceImport as it lies in a consumer. */
export interface ImportView extends Policies, ObjectId {
  readonly namespace: string
  /** The API version it is read and written in. */
  readonly apiVersion: string
  readonly generation: number
  readonly type: ImportType
  readonly ports: readonly Port[]
  readonly ips: readonly string[]
  readonly ipFamilies: readonly string[]
  /** True when the ipFamilies are a user's, not the ones that we wrote. */
  readonly ownFamilies: boolean
  readonly labels: StringMap
  readonly annotations: StringMap
  /** status.clusters */
  readonly clusters: readonly string[]
  readonly conditions: readonly Condition[]
}

/** The Service of the derived name, as it lies in a consumer; not necessarily ours. */
export interface DerivedServiceView extends Policies, ObjectId {
  readonly type: string
  /** ["None"] for a headless one. */
  readonly clusterIPs: readonly string[]
  readonly ipFamilyPolicy: string
  readonly externalIPs: readonly string[]
  readonly ports: readonly Port[]
  readonly hasSelector: boolean
  readonly labels: StringMap
  readonly ownerReferences: readonly OwnerReference[]
  readonly deleting: boolean
}

export type ImportMode = 'auto' | 'manual'

export type LeasePhase = 'fresh' | 'suspect' | 'expired'
