// How much one imported EndpointSlice holds. Every slice repeats the ports of its group, so a long list of ports goes
// with more endpoints: the ports written are then at most as many as the endpoints, and a service costs about twice
// the bytes of its endpoints, not ports times slices.
import type { EndpointView, SlicePort } from '../api/types.ts'

/** What fits into a slice beside its ports. */
export interface SliceCapacity {
  readonly endpoints: number
  /** Of JSON, all endpoints together. */
  readonly bytes: number
}

/** Endpoints of a slice with few ports: the default of Kubernetes' EndpointSlice controller. */
const DEFAULT_ENDPOINTS = 100
/** Maximum number of endpoints of a slice (Kubernetes, ValidateEndpointSlice). */
const MAX_ENDPOINTS = 1000
/**
 * Maximum size of the ports and endpoints of a slice as JSON. etcd stores at most 1.5 MiB; the rest is for metadata, which
 * holds labels and managedFields of others too.
 */
const MAX_BYTES = 900_000

/** The capacity of the slices with these ports. */
export function sliceCapacity(ports: readonly SlicePort[]): SliceCapacity {
  const portBytes = ports.reduce((sum, { name, appProtocol }) => {
    return sum + PORT_BYTES + name.length + appProtocol.length
  }, 0)
  return {
    endpoints: Math.min(Math.max(ports.length, DEFAULT_ENDPOINTS), MAX_ENDPOINTS),
    bytes: MAX_BYTES - portBytes,
  }
}

// The parts of the JSON that do not depend on the values, each a little more than it can be: see write-bodies.ts.
const PORT_BYTES = 70
const ENDPOINT_BYTES = 150
const ADDRESS_BYTES = 3

/** Bytes that the endpoint takes as JSON, at most. All its texts are ASCII: endpoints.ts validates them. */
export function endpointBytes({ addresses, hostname, zone, forZones }: EndpointView): number {
  const texts = addresses.reduce((sum, one) => sum + ADDRESS_BYTES + one.length, 0)
  const hints = forZones.reduce((sum, one) => sum + 12 + one.length, 0)
  return ENDPOINT_BYTES + texts + hostname.length + zone.length + hints
}
