// Leaves the parts that an API server refuses out of what is planned for its cluster. Pure.
import { canonicalAddress } from '../api/addresses.ts'
import type { ServedPort } from '../api/ports.ts'
import type { Policies, SlicePort, SliceView, StringMap } from '../api/types.ts'
import type { Write } from '../api/writes.ts'
import type { MergedService } from '../merge/merge-exports.ts'
import type { DesiredService } from './derived-service.ts'
import type { Refusals } from './refusals.ts'
import { entryValue, type PartKind, partId, portValue } from './refused-parts.ts'

type IsRefused = (kind: PartKind, value: string) => boolean

/** The exported EndpointSlices and their served ports, without refused addresses, names, zones and ports. */
export function withoutRefusedEndpoints<
  T extends { readonly slices: readonly SliceView[]; readonly served: readonly ServedPort[] },
>(source: T, refusals: Refusals): T {
  if (refusals.parts.size === 0) return source
  const isRefused = refusedIn('endpointslices', refusals)
  const slices = source.slices.map((slice) => ({
    ...slice,
    ports: acceptedPorts(slice.ports, isRefused),
    endpoints: slice.endpoints.map((endpoint) => ({
      ...endpoint,
      addresses: endpoint.addresses.filter(
        (address) => !isRefused('endpoint', canonicalAddress(address)?.text ?? ''),
      ),
      hostname: isRefused('hostname', endpoint.hostname) ? '' : endpoint.hostname,
      zone: isRefused('zone', endpoint.zone) ? '' : endpoint.zone,
    })),
  }))
  const served = source.served.map((port) => withoutAppProtocol(port, isRefused))
  return { ...source, slices, served }
}

/** The derived Service without refused ports and policies. */
export function withoutRefusedFields(service: DesiredService, refusals: Refusals): DesiredService {
  if (refusals.parts.size === 0) return service
  const isRefused = refusedIn('services', refusals)
  return {
    ...service,
    ports: acceptedPorts(service.ports, isRefused),
    ...policies(service, isRefused),
  }
}

/** The merge without the ports, policies, labels and annotations that the cluster refuses in a ServiceImport. */
export function withoutRefusedExports(
  merged: MergedService | undefined,
  refusals: Refusals,
): MergedService | undefined {
  if (merged === undefined || refusals.parts.size === 0) return merged
  const isRefused = refusedIn('serviceimports', refusals)
  return {
    ...merged,
    ports: acceptedPorts(merged.ports, isRefused),
    ...policies(merged, isRefused),
    labels: accepted(merged.labels, 'label', isRefused),
    annotations: accepted(merged.annotations, 'annotation', isRefused),
  }
}

function refusedIn(resource: Write['resource'], { parts }: Refusals): IsRefused {
  return (kind, value) => parts.has(partId(resource, kind, value))
}

function acceptedPorts<T extends SlicePort>(
  ports: readonly T[],
  isRefused: IsRefused,
): readonly T[] {
  return ports
    .filter((port) => !isRefused('port', portValue(port)))
    .map((port) => withoutAppProtocol(port, isRefused))
}

function withoutAppProtocol<T extends SlicePort>(port: T, isRefused: IsRefused): T {
  const isLeftOut = port.appProtocol !== '' && isRefused('appProtocol', port.appProtocol)
  return isLeftOut ? { ...port, appProtocol: '' } : port
}

/** The defaults of the API in place of refused policies. */
function policies(
  { sessionAffinity, affinityTimeout, internalTrafficPolicy, trafficDistribution }: Policies,
  isRefused: IsRefused,
): Policies {
  const isSticky = !isRefused('field', 'sessionAffinity')
  return {
    sessionAffinity: isSticky ? sessionAffinity : 'None',
    affinityTimeout: isSticky ? affinityTimeout : undefined,
    internalTrafficPolicy: isRefused('field', 'internalTrafficPolicy')
      ? 'Cluster'
      : internalTrafficPolicy,
    trafficDistribution: isRefused('field', 'trafficDistribution') ? '' : trafficDistribution,
  }
}

function accepted(texts: StringMap, kind: PartKind, isRefused: IsRefused): StringMap {
  const entries = Object.entries(texts)
  return Object.fromEntries(
    entries.filter(([key, value]) => !isRefused(kind, entryValue(key, value))),
  )
}
