// The objects that DNS answers are made of, with only the fields that answers need: each field costs memory for every
// object of a large clusterset.

export interface ServicePort {
  /** '' for an unnamed port; lower-case. */
  readonly name: string
  /** Lower-case: "tcp", "udp", "sctp". */
  readonly protocol: string
  readonly port: number
}

/** What a ServiceImport and a Service of the cluster have both. */
export interface ServiceObject {
  readonly namespace: string
  readonly name: string
  /** Addresses as text. */
  readonly ips: readonly string[]
  readonly ports: readonly ServicePort[]
}

export interface ServiceImport extends ServiceObject {
  readonly type: 'ClusterSetIP' | 'Headless'
}

/** A Service of the cluster, with the fields that answers need. */
export interface ClusterService extends ServiceObject {
  /** There are no addresses unless it is ClusterIP. */
  readonly kind: 'ClusterIP' | 'Headless' | 'ExternalName'
  /** '' unless `kind` is ExternalName. */
  readonly externalName: string
}

/** A ready endpoint; other endpoints are dropped by the conversion. */
export interface Endpoint {
  readonly addresses: readonly string[]
  /** '' when the endpoint has none. */
  readonly hostname: string
  /** The Pod behind the endpoint; '' when its target is no Pod, and where no zone needs the name. */
  readonly podName: string
  /** The topology zone; '' when absent, and where no DNS zone needs it. */
  readonly zone: string
}

export interface EndpointSlice {
  readonly namespace: string
  readonly name: string
  /** Label multicluster.kubernetes.io/service-name of an imported slice, kubernetes.io/service-name of one of the cluster. */
  readonly service: string
  /** Label multicluster.kubernetes.io/source-cluster as stored; '' when absent, and for a slice of the cluster. */
  readonly cluster: string
  readonly addressType: 'IPv4' | 'IPv6'
  readonly ports: readonly ServicePort[]
  readonly endpoints: readonly Endpoint[]
}

/** The objects from which the answers of one Service are made. */
export interface WithSlices<Service> {
  readonly service: Service
  /** In a stable order (by name). */
  readonly slices: readonly EndpointSlice[]
  /** How many more slices there are, which were not read; undefined = none. */
  readonly unread?: number
}

/** An imported Service with its objects. */
export type ImportedService = WithSlices<ServiceImport>

/** A Service of the cluster with its objects. */
export type LocalService = WithSlices<ClusterService>

/** A Pod whose names are answered with `pods verified`: its namespace and its first IP. */
export interface PodAddress {
  readonly namespace: string
  readonly ip: string
}
