// How endpoints are named in a zone of the cluster: <host>.<service> (coredns plugin/kubernetes endpointHostname).
import type { Endpoint } from '../../sources/objects.ts'
import { dashedAddress, type EndpointNaming, isLabel } from '../multicluster/backends.ts'

const LABEL_MAX_LENGTH = 63
const NO_LABEL = new Uint8Array(0)

/** The host name of an endpoint with this address; with `podNames` its Pod's name where it is a label. */
export function endpointHost(endpoint: Endpoint, address: string, podNames: boolean): string {
  const { hostname, podName } = endpoint
  if (hostname !== '') return hostname
  const isUsable = podNames && podName.length <= LABEL_MAX_LENGTH && isLabel(podName)
  return isUsable ? podName : dashedAddress(address)
}

/** The naming without clusters. */
export function endpointNaming(podNames: boolean): EndpointNaming {
  return {
    middle: () => NO_LABEL,
    host: (endpoint, address) => endpointHost(endpoint, address, podNames),
  }
}
