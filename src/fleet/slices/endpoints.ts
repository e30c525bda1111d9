// Endpoints of another cluster as they may stand in this one. What an API server would refuse is left out,
// since one bad endpoint would hold back a whole slice; node names and target references stay behind, for
// they would name nodes and pods of this cluster.
import { BlockList, isIPv4 } from 'node:net'
import { familyOf } from '../api/ip-families.ts'
import { isLabelValue } from '../api/labels.ts'
import { isServiceName } from '../api/names.ts'
import type { EndpointConditions, EndpointView, IpFamily, SliceView } from '../api/types.ts'

/** An endpoint may have this many addresses (EndpointSlice API). */
const ADDRESSES_MAX = 100

// Never an endpoint: unspecified, loopback, link-local (Kubernetes, ValidateEndpointIP).
const unusable = new BlockList()
unusable.addAddress('0.0.0.0', 'ipv4')
unusable.addSubnet('127.0.0.0', 8, 'ipv4')
unusable.addSubnet('169.254.0.0', 16, 'ipv4')
unusable.addSubnet('224.0.0.0', 24, 'ipv4')
unusable.addAddress('::', 'ipv6')
unusable.addAddress('::1', 'ipv6')
unusable.addSubnet('fe80::', 10, 'ipv6')
unusable.addSubnet('ff02::', 16, 'ipv6')

/**
 * The endpoints of `slices` with usable addresses, sorted, each address list once: while a source moves an
 * endpoint it may be in two slices. `allReady` is the Service's publishNotReadyAddresses.
 */
export function collectEndpoints(
  family: IpFamily,
  slices: readonly SliceView[],
  allReady: boolean,
): readonly EndpointView[] {
  const byAddresses = new Map<string, EndpointView>()
  for (const view of slices.flatMap(({ endpoints }) => endpoints)) {
    const addresses = view.addresses
      .filter((address) => isUsableAddress(address, family))
      .slice(0, ADDRESSES_MAX)
    if (addresses.length === 0) continue
    const endpoint = {
      addresses,
      conditions: withDefaults(view.conditions, allReady),
      hostname: isServiceName(view.hostname) ? view.hostname : '',
      zone: isLabelValue(view.zone) ? view.zone : '',
      forZones: [],
    }
    const key = endpointKey(endpoint)
    const other = byAddresses.get(key)
    if (other === undefined || rank(endpoint) > rank(other)) byAddresses.set(key, endpoint)
  }
  return [...byAddresses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint)
}

/** What makes two endpoints the same one: their addresses. */
export function endpointKey({ addresses }: Pick<EndpointView, 'addresses'>): string {
  return addresses.join()
}

/** True for an address that an endpoint of this family may have. */
export function isUsableAddress(address: string, family: IpFamily): boolean {
  if (familyOf(address) !== family) return false
  return !unusable.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

// Absent conditions mean what EndpointSlice says of them: ready, serving like ready, not terminating.
function withDefaults(conditions: EndpointConditions, allReady: boolean): EndpointConditions {
  const ready = conditions.ready ?? true
  return {
    ready: ready || allReady,
    serving: conditions.serving ?? ready,
    terminating: conditions.terminating ?? false,
  }
}

/** Orders copies of an endpoint, the better one higher and no two different ones alike. */
function rank({ conditions, hostname, zone }: EndpointView): string {
  const { ready, serving, terminating } = conditions
  return [ready, serving, !terminating].map(Number).join('') + JSON.stringify([hostname, zone])
}
