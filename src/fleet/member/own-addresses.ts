// The addresses of a cluster: the ClusterIPs of all Services and the ranges for them, the endpoints of its API server, which
// are those of the Service default/kubernetes, and its nodes.
import { entryBytes } from '../../kube/entry-bytes.ts'
import { type Cidr, type RangeTest, rangeTest } from '../api/address-ranges.ts'
import { type CanonicalAddress, canonicalAddress } from '../api/addresses.ts'
import type { ServiceRecord, SliceRecord } from '../api/records.ts'
import type { ByteCount } from './counted-texts.ts'
import { MultiMap } from './multi-map.ts'
import type { OwnNetwork } from './own-network.ts'

/** The Service of the API server, in every cluster. */
export const API_SERVICE = 'default/kubernetes'

/** What the addresses of one cluster are. */
export class OwnAddresses {
  /** ClusterIPs; more than one Service has the same only between two watch events. */
  readonly #services: MultiMap
  readonly #api: MultiMap
  #nodes: ReadonlySet<string> = new Set()
  /** The Service ranges as text. */
  #ranges = ''
  #isServiceRange: RangeTest = () => false

  /** The size of the addresses of objects is added to `count`. */
  constructor(count: ByteCount) {
    this.#services = new MultiMap(count)
    this.#api = new MultiMap(count)
  }

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

  /** By about how many bytes the addresses grow with the change of a Service. */
  growthOfService(
    key: string,
    before: ServiceRecord | undefined,
    after: ServiceRecord | undefined,
  ): number {
    return holderBytes(key, after?.clusterIPs ?? []) - holderBytes(key, before?.clusterIPs ?? [])
  }

  /** By about how many bytes the addresses grow with the change of an EndpointSlice of API_SERVICE. */
  growthOfApiSlice(
    key: string,
    before: SliceRecord | undefined,
    after: SliceRecord | undefined,
  ): number {
    return holderBytes(key, endpointAddresses(after)) - holderBytes(key, endpointAddresses(before))
  }

  /** Replaces the endpoints of an EndpointSlice of API_SERVICE; undefined records are absent objects. */
  setApiSlice(key: string, before: SliceRecord | undefined, after: SliceRecord | undefined): void {
    replaceHolder(this.#api, key, endpointAddresses(before), endpointAddresses(after))
  }
}

function replaceHolder(
  holders: MultiMap,
  key: string,
  before: readonly string[],
  after: readonly string[],
): void {
  for (const address of canonical(before)) holders.remove(address, key)
  for (const address of canonical(after)) holders.add(address, key)
}

/** About how many bytes the addresses of an object take here. */
function holderBytes(key: string, addresses: readonly string[]): number {
  return addresses.reduce((sum, address) => sum + entryBytes(address, key), 0)
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
