// Addresses that several source clusters have for one service. Pod networks of a clusterset must not overlap. If
// they do, all endpoints are served and the network decides which Pod gets the traffic, so the clusters are reported.
import type { EndpointView } from '../api/types.ts'

/** An address with endpoints in several clusters. */
interface SharedAddress {
  readonly address: string
  /** Ids of the clusters, sorted; at least two. */
  readonly clusters: readonly string[]
}

/** The addresses with endpoints in more than one source, sorted. */
export function sharedAddresses(
  sources: readonly { readonly cluster: string; readonly endpoints: readonly EndpointView[] }[],
): readonly SharedAddress[] {
  const owners = new Map<string, Set<string>>()
  for (const { cluster, endpoints } of sources) {
    for (const address of endpoints.flatMap(({ addresses }) => addresses)) {
      const clusters = owners.get(address)
      if (clusters === undefined) owners.set(address, new Set([cluster]))
      else clusters.add(cluster)
    }
  }
  return [...owners]
    .filter(([, clusters]) => clusters.size > 1)
    .map(([address, clusters]) => ({ address, clusters: [...clusters].sort() }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}
