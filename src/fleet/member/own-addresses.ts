// The addresses of a cluster that its cached objects show: the ClusterIPs of all Services, and the endpoints of its API
// server, which are those of the Service default/kubernetes.
import { canonicalAddress } from '../api/addresses.ts'
import type { ServiceRecord, SliceRecord } from '../api/records.ts'

/** The Service of the API server, in every cluster. */
export const API_SERVICE = 'default/kubernetes'

/** What the addresses of one cluster are. */
export class OwnAddresses {
  /** ClusterIPs by address: the Services (keys) that have it; more than one only between two watch events. */
  readonly #services = new Map<string, Set<string>>()
  #api: ReadonlySet<string> = new Set()

  /** What the canonical address is, for messages; undefined when it is none of the cluster's. */
  find(address: string): string | undefined {
    if (this.#services.has(address)) return 'a ClusterIP of this cluster'
    return this.#api.has(address) ? "this cluster's API server" : undefined
  }

  /** Replaces the ClusterIPs of a Service; undefined records are absent objects. */
  setService(
    key: string,
    before: ServiceRecord | undefined,
    after: ServiceRecord | undefined,
  ): void {
    for (const address of canonical(before?.clusterIPs ?? [])) {
      const keys = this.#services.get(address)
      if (keys?.delete(key) && keys.size === 0) this.#services.delete(address)
    }
    for (const address of canonical(after?.clusterIPs ?? [])) {
      const keys = this.#services.get(address)
      if (keys === undefined) this.#services.set(address, new Set([key]))
      else keys.add(key)
    }
  }

  /** Replaces the endpoints of the API server. */
  setApi(slices: readonly SliceRecord[]): void {
    const endpoints = slices.flatMap((slice) => slice.endpoints)
    this.#api = new Set(canonical(endpoints.flatMap(({ addresses }) => addresses)))
  }
}

/** The canonical addresses; "None" of a headless Service is none. */
function canonical(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => canonicalAddress(address)?.text ?? [])
}
