// The addresses of a cluster: the ClusterIPs of all Services and the ranges for them, the endpoints of its API server, which
// are those of the Service default/kubernetes, and its nodes.
import { type Cidr, type RangeTest, rangeTest } from '../api/address-ranges.ts'
import { type CanonicalAddress, canonicalAddress } from '../api/addresses.ts'
import type { ServiceRecord, SliceRecord } from '../api/records.ts'
import type { OwnNetwork } from './own-network.ts'

/** The Service of the API server, in every cluster. */
export const API_SERVICE = 'default/kubernetes'

/** What the addresses of one cluster are. */
export class OwnAddresses {
  /** ClusterIPs by address: the Services (keys) that have it; more than one only between two watch events. */
  readonly #services = new Map<string, Set<string>>()
  #api: ReadonlySet<string> = new Set()
  #nodes: ReadonlySet<string> = new Set()
  /** The Service ranges as text. */
  #ranges = ''
  #isServiceRange: RangeTest = () => false

  /** What the address is, for messages; undefined when it is none of the cluster's. */
  find(address: CanonicalAddress): string | undefined {
    const { text } = address
    if (this.#services.has(text)) return 'a ClusterIP of this cluster'
    if (this.#api.has(text)) return "this cluster's API server"
    if (this.#nodes.has(text)) return 'a node of this cluster'
    return this.#isServiceRange(address) ? 'in the Service range of this cluster' : undefined
  }

  /** Replaces what was read; the rest stays. Returns whether anything changed. */
  setNetwork({ nodes = this.#nodes, serviceRanges }: OwnNetwork): boolean {
    const ranges = serviceRanges?.map(showCidr).join() ?? this.#ranges
    const isSame = ranges === this.#ranges && nodes.symmetricDifference(this.#nodes).size === 0
    if (isSame) return false
    this.#nodes = nodes
    this.#ranges = ranges
    if (serviceRanges !== undefined) this.#isServiceRange = rangeTest(serviceRanges)
    return true
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

function showCidr({ base, length }: Cidr): string {
  return `${base.text}/${length}`
}

/** The canonical addresses; "None" of a headless Service is none. */
function canonical(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => canonicalAddress(address)?.text ?? [])
}
