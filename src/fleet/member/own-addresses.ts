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
  /** ClusterIPs; more than one Service has the same only between two watch events. */
  readonly #services: Holders = new Map()
  readonly #api: Holders = new Map()
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
    replaceHolder(this.#services, key, before?.clusterIPs ?? [], after?.clusterIPs ?? [])
  }

  /** Replaces the endpoints of an EndpointSlice of API_SERVICE; undefined records are absent objects. */
  setApiSlice(key: string, before: SliceRecord | undefined, after: SliceRecord | undefined): void {
    replaceHolder(this.#api, key, endpointAddresses(before), endpointAddresses(after))
  }
}

/** By address: the keys of the objects that have it. */
type Holders = Map<string, Set<string>>

function replaceHolder(
  holders: Holders,
  key: string,
  before: readonly string[],
  after: readonly string[],
): void {
  for (const address of canonical(before)) {
    const keys = holders.get(address)
    if (keys?.delete(key) && keys.size === 0) holders.delete(address)
  }
  for (const address of canonical(after)) {
    const keys = holders.get(address)
    if (keys === undefined) holders.set(address, new Set([key]))
    else keys.add(key)
  }
}

function endpointAddresses(slice: SliceRecord | undefined): readonly string[] {
  return slice?.endpoints.flatMap(({ addresses }) => addresses) ?? []
}

function showCidr({ base, length }: Cidr): string {
  return `${base.text}/${length}`
}

/** The canonical addresses; "None" of a headless Service is none. */
function canonical(addresses: readonly string[]): readonly string[] {
  return addresses.flatMap((address) => canonicalAddress(address)?.text ?? [])
}
