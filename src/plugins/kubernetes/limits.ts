// The limits of what is compiled of one Service of the cluster: those of imported Services (`multicluster/limits.ts`),
// with room for the names of topology zones.
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import type { EndpointSlice, LocalService } from '../../sources/objects.ts'
import { entryWords } from '../../zone/layout.ts'
import { type Limited, limitService } from '../multicluster/limits.ts'
import type { EstimateOptions } from '../multicluster/size-estimate.ts'
import { endpointHost } from './endpoint-names.ts'
import { MAX_ZONE_LABELS, MAX_ZONES } from './zonal.ts'

interface LimitOptions extends Omit<EstimateOptions, 'headless'> {
  readonly podNames: boolean
  readonly zonal: boolean
}

/** The most bytes of the entries of a topology zone: two names with three answers, and the empty names above each. */
const ZONE_BYTES =
  2 * 4 * (entryWords(NAME_MAX_SIZE, 3) + (MAX_ZONE_LABELS - 1) * entryWords(NAME_MAX_SIZE, 0))

/**
 * Leaves out what exceeds the limits, as `limitService` does. `room` is in bytes: the limit `bytes`, or less when the
 * namespace has less.
 */
export function limitLocalService(
  whole: LocalService,
  { limits, zoneLength, podNames, zonal }: LimitOptions,
  room: number,
): Limited<LocalService> {
  const { service, unread = 0 } = whole
  if (service.kind === 'ExternalName') return { view: whole, leftOut: undefined }
  const headless = service.kind === 'Headless'
  const slices = podNames ? whole.slices.map(withHosts) : whole.slices
  // The records of all zones together are at most twice those of the endpoints.
  const shareOf = (bytes: number) =>
    headless && zonal ? Math.max(0, bytes - zoneCount(slices) * ZONE_BYTES) / 3 : bytes
  const { view, leftOut } = limitService(
    { service, slices, unread },
    { limits: { ...limits, bytes: shareOf(limits.bytes) }, zoneLength, headless },
    shareOf(room),
  )
  return { view: leftOut === undefined ? whole : view, leftOut }
}

/** The slice with the names of its endpoints as host names: their lengths count. */
function withHosts(slice: EndpointSlice): EndpointSlice {
  const endpoints = slice.endpoints.map((endpoint) => {
    const [first = ''] = endpoint.addresses
    const isPod =
      endpoint.hostname === '' && endpointHost(endpoint, first, true) === endpoint.podName
    return isPod ? { ...endpoint, hostname: endpoint.podName } : endpoint
  })
  return { ...slice, endpoints }
}

function zoneCount(slices: readonly EndpointSlice[]): number {
  const zones = new Set(slices.flatMap(({ endpoints }) => endpoints.map(({ zone }) => zone)))
  return Math.min(MAX_ZONES, zones.size)
}
