// Converts endpoints of a source cluster for the importing cluster. Values that an API server would reject are left
// out, since one invalid endpoint would block the whole slice. Node names and target references are left out too:
// they would be read as nodes and Pods of the importing cluster.
import { type CanonicalAddress, canonicalAddress } from '../api/addresses.ts'
import { isLabelValue } from '../api/labels.ts'
import { isServiceName } from '../api/names.ts'
import type { EndpointConditions, EndpointView, IpFamily, SliceView } from '../api/types.ts'

/** Maximum number of addresses of an endpoint (EndpointSlice API). */
const ADDRESSES_MAX = 100

/** Why an endpoint may not have this address; undefined when it may. */
export type AddressFilter = (address: CanonicalAddress) => string | undefined

/**
 * The endpoints of `slices` with valid addresses, sorted and without duplicates: an endpoint may be in two slices
 * while the source cluster moves it. `allReady` is the Service's publishNotReadyAddresses. Addresses that `refusalOf`
 * refuses are left out.
 */
export function collectEndpoints(
  family: IpFamily,
  slices: readonly SliceView[],
  allReady: boolean,
  refusalOf: AddressFilter,
): readonly EndpointView[] {
  const byAddresses = new Map<string, EndpointView>()
  for (const view of slices.flatMap(({ endpoints }) => endpoints)) {
    const usable = view.addresses.flatMap((text) => {
      const address = addressOfFamily(text, family)
      return address === undefined || refusalOf(address) !== undefined ? [] : address.text
    })
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

/** The canonical form of an endpoint address; undefined for one that does not fit into a slice of this family. */
export function addressOfFamily(text: string, family: IpFamily): CanonicalAddress | undefined {
  const canonical = canonicalAddress(text)
  return canonical?.family === family ? canonical : undefined
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
