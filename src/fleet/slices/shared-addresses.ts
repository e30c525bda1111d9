// Addresses that two clusters claim for one service. Pod networks of a clusterset must not overlap; where
// they do, both endpoints are served, traffic reaches whichever the network knows, and somebody should be
// told which clusters to look at.
import type { EndpointView } from '../api/types.ts'

export interface SharedAddress {
  readonly address: string
  /** Ids of the clusters, sorted; two at least. */
  readonly clusters: readonly string[]
}

/** The addresses that occur in more than one source, sorted. */
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
