// The objects we keep, stripped to what DNS answers need. A field added here is paid for once per
// object in a large clusterset: add none without a user.

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

/** A ready endpoint; others are dropped when the slice is trimmed. */
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

/** Everything that one service's answers are made of. */
export interface ImportedService {
  readonly serviceImport: ServiceImport
  /** In a stable order (by name). */
  readonly slices: readonly EndpointSlice[]
}
