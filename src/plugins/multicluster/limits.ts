// The limits of what is compiled of one Service. Endpoints and ports together give SRV records: one object of 1 MB can
// ask for gigabytes of them. What exceeds a limit is left out before the Service is compiled, so the rest is answered as
// if it had never been there.
import { MESSAGE_MAX_SIZE, NAME_MAX_SIZE } from '../../dns/codes.ts'
import type { ServiceObject, ServicePort, WithSlices } from '../../sources/objects.ts'
import { AAAA_RR_SIZE } from '../../zone/rr.ts'
import { type EstimateOptions, type ServiceLimits, SizeEstimate } from './size-estimate.ts'

/** How many ports, addresses and whole EndpointSlices of a Service are left out, and by which limits. */
export interface LeftOut {
  readonly ports: number
  readonly endpoints: number
  readonly slices: number
  /** Not empty. */
  readonly exceeded: readonly (keyof ServiceLimits)[]
}

/** A Service within its limits. */
export interface Limited<View> {
  readonly view: View
  /** Undefined when nothing is left out. */
  readonly leftOut: LeftOut | undefined
}

/** The most bytes of packed objects that are read for a Service; the first EndpointSlice is always read. */
export function readableBytes({ bytes }: ServiceLimits): number {
  return bytes / 2
}

/**
 * Leaves out what exceeds the limits: addresses first to last in the order of the slices, then ports in the order in
 * which the objects name them. A port is left out of all slices. Bytes are estimated from above. `room` is in bytes: the
 * limit `bytes`, or less when the namespace has less.
 */
export function limitService<Service extends ServiceObject>(
  view: WithSlices<Service>,
  options: EstimateOptions,
  room: number,
): Limited<WithSlices<Service>> {
  const { limits } = options
  const unread = view.unread ?? 0
  const most = { ...limits, bytes: room }
  if (isSmall(view, most) && unread === 0) return { view, leftOut: undefined }
  const size = new SizeEstimate(view.service, { ...options, limits: most })
  const ips = size.addService(view.service)
  const shortened = view.slices.map((slice) => size.addSlice(slice))
  const kept = size.fittingPorts()
  const keep = (ports: readonly ServicePort[]) => ports.filter((port) => kept.has(port))
  const exceeded = new Set<keyof ServiceLimits>(unread > 0 ? ['bytes'] : [])
  for (const one of size.exceeded) {
    exceeded.add(one === 'bytes' && room < limits.bytes ? 'namespaceBytes' : one)
  }
  if (exceeded.size === 0) return { view, leftOut: undefined }
  const leftOut = {
    ports: size.ports - kept.size,
    endpoints: size.refused,
    slices: unread,
    exceeded: [...exceeded],
  }
  const service = { ...view.service, ips, ports: keep(view.service.ports) }
  const slices = shortened.map((slice) => ({ ...slice, ports: keep(slice.ports) }))
  return { view: { service, slices }, leftOut }
}

// Upper bounds in bytes, with the longest names and IPv6.
const MOST_FOR_SERVICE = MESSAGE_MAX_SIZE + 8192
const MOST_FOR_NAME = 2 * NAME_MAX_SIZE
const MOST_FOR_ADDRESS = MOST_FOR_NAME + 3 * AAAA_RR_SIZE
const MOST_FOR_PAIR = 4 * NAME_MAX_SIZE + 2 * AAAA_RR_SIZE

/** True when the Service fits whatever its names are: the short way of almost all. */
function isSmall({ service, slices }: WithSlices<ServiceObject>, limits: ServiceLimits): boolean {
  const { ips, ports } = service
  let addresses = ips.length
  let portCount = ports.length
  let pairs = ips.length * ports.length
  for (const { endpoints, ports: ofSlice } of slices) {
    let here = 0
    for (const endpoint of endpoints) here += endpoint.addresses.length
    addresses += here
    portCount += ofSlice.length
    pairs += here * ofSlice.length
  }
  if (addresses > limits.endpoints || portCount > limits.ports) return false
  const names = portCount + slices.length
  const bytes = MOST_FOR_NAME * names + MOST_FOR_ADDRESS * addresses + MOST_FOR_PAIR * pairs
  return MOST_FOR_SERVICE + bytes <= limits.bytes
}
