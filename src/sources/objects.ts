// The objects that DNS answers are made of, with only the fields that answers need: each field costs memory for every
// object of a large clusterset.

export interface ServicePort {
  /** '' for an unnamed port; lower-case. */
  readonly name: string
  /** Lower-case: "tcp", "udp", "sctp". */
  readonly protocol: string
  readonly port: number
}

export interface ServiceImport {
  readonly namespace: string
  readonly name: string
  readonly type: 'ClusterSetIP' | 'Headless'
  readonly ips: readonly string[]
  readonly ports: readonly ServicePort[]
}

/** A Service of the cluster, with the fields that answers need. */
export interface ClusterService {
  readonly namespace: string
  readonly name: string
  readonly kind: 'ClusterIP' | 'Headless' | 'ExternalName'
  /** Addresses as text; empty unless `kind` is ClusterIP. */
  readonly ips: readonly string[]
  readonly ports: readonly ServicePort[]
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

/** The objects from which the answers of one service are made. */
export interface ImportedService {
  readonly serviceImport: ServiceImport
  /** In a stable order (by name). */
  readonly slices: readonly EndpointSlice[]
  /** How many more slices there are, which were not read; undefined = none. */
  readonly unread?: number
}

/** The objects from which the answers of one Service of the cluster are made. */
export interface LocalService {
  readonly service: ClusterService
  /** In a stable order (by name). */
  readonly slices: readonly EndpointSlice[]
  /** How many more slices there are, which were not read; undefined = none. */
  readonly unread?: number
}

/** A Pod whose names are answered with `pods verified`: its namespace and its first IP. */
export interface PodAddress {
  readonly namespace: string
  readonly ip: string
}
