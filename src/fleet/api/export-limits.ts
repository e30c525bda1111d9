// How much one export may bring into the importing clusters. The limits protect those that import, not the exporting
// cluster: whoever may write a Service and an EndpointSlice in one namespace reaches every cluster.

/** Limits of one export; `endpoints` and `backends` count each IP family for itself. */
export interface ExportLimits {
  /** Ports of the Service, and of all exports of a service together. */
  readonly ports: number
  /** Endpoint addresses. */
  readonly endpoints: number
  /** Ports times addresses, summed over the EndpointSlices; each counts at least the ports that it lists. */
  readonly backends: number
}

/** The name of a limit. */
export type ExportLimit = keyof ExportLimits

/**
 * kube-proxy keeps rules for each port and for each pair of port and address, on every node. SIG Scalability takes 10,000
 * ports of Services in a cluster as a safe bound, so one export gets a tenth. 5,000 addresses are a Pod on each node of the
 * largest supported cluster, and with 50,000 pairs each of them can have ten ports.
 */
export const defaultExportLimits: ExportLimits = {
  ports: 1000,
  endpoints: 5000,
  backends: 50_000,
}
