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

/** A ready endpoint; other endpoints are dropped by the conversion. */
export interface Endpoint {
  readonly addresses: readonly string[]
  /** '' when the endpoint has none. */
  readonly hostname: string
}

export interface EndpointSlice {
  readonly namespace: string
  readonly name: string
  /** Label multicluster.kubernetes.io/service-name. */
  readonly service: string
  /** Label multicluster.kubernetes.io/source-cluster as stored; '' when absent. */
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
