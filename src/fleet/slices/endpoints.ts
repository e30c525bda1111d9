// Converts endpoints of a source cluster for the importing cluster. Values that an API server would reject are left
// out, since one invalid endpoint would block the whole slice. Node names and target references are left out too:
// they would be read as nodes and Pods of the importing cluster.
import { BlockList } from 'node:net'
import { canonicalAddress } from '../api/addresses.ts'
import { isLabelValue } from '../api/labels.ts'
import { isServiceName } from '../api/names.ts'
import type { EndpointConditions, EndpointView, IpFamily, SliceView } from '../api/types.ts'

/** Maximum number of addresses of an endpoint (EndpointSlice API). */
const ADDRESSES_MAX = 100

// Addresses that an endpoint must not have: unspecified, loopback, link-local (Kubernetes, ValidateEndpointIP).
const unusable = new BlockList()
unusable.addAddress('0.0.0.0', 'ipv4')
unusable.addSubnet('127.0.0.0', 8, 'ipv4')
unusable.addSubnet('169.254.0.0', 16, 'ipv4')
unusable.addSubnet('224.0.0.0', 24, 'ipv4')
unusable.addAddress('::', 'ipv6')
unusable.addAddress('::1', 'ipv6')
unusable.addSubnet('fe80::', 10, 'ipv6')
// The flags of a multicast address do not change its scope (RFC 4291 section 2.7).
for (let flags = 0; flags < 16; flags++)
  unusable.addSubnet(`ff${flags.toString(16)}2::`, 16, 'ipv6')

/**
 * The endpoints of `slices` with valid addresses, sorted and without duplicates: an endpoint may be in two slices
 * while the source cluster moves it. `allReady` is the Service's publishNotReadyAddresses.
 */
export function collectEndpoints(
  family: IpFamily,
  slices: readonly SliceView[],
  allReady: boolean,
): readonly EndpointView[] {
  const byAddresses = new Map<string, EndpointView>()
  for (const view of slices.flatMap(({ endpoints }) => endpoints)) {
    const usable = view.addresses.flatMap((address) => usableAddress(address, family) ?? [])
    const addresses = [...new Set(usable)].slice(0, ADDRESSES_MAX)
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

/** The identity of an endpoint: its addresses. */
export function endpointKey({ addresses }: Pick<EndpointView, 'addresses'>): string {
  return addresses.join()
}

/**
 * The canonical form of an endpoint address; undefined for one that an API server refuses in a slice of this family
 * (Kubernetes, ValidateEndpointSlice).
 */
export function usableAddress(address: string, family: IpFamily): string | undefined {
  const canonical = canonicalAddress(address)
  if (canonical?.family !== family) return undefined
  const isUnusable = unusable.check(canonical.text, family === 'IPv4' ? 'ipv4' : 'ipv6')
  return isUnusable ? undefined : canonical.text
}

// Defaults of the EndpointSlice API for absent conditions: ready, serving like ready, not terminating.
function withDefaults(conditions: EndpointConditions, allReady: boolean): EndpointConditions {
  const ready = conditions.ready ?? true
  return {
    ready: ready || allReady,
    serving: conditions.serving ?? ready,
    terminating: conditions.terminating ?? false,
  }
}

/** Orders copies of an endpoint by their conditions, the best last; different copies never compare equal. */
function rank({ conditions, hostname, zone }: EndpointView): string {
  const { ready, serving, terminating } = conditions
  return [ready, serving, !terminating].map(Number).join('') + JSON.stringify([hostname, zone])
}
