// Which names an address has: those of the Services and endpoints that use it (coredns plugin/kubernetes reverse.go). An
// address may belong to several Services, so their views come in one by one, and PTR records go out by blocks of
// addresses. The index holds a short text for each Service and block, and no object for an address.
import { addressBytes } from '../../dns/address.ts'
import type { Endpoint, LocalService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { namespaceOf } from '../multicluster/publish-queue.ts'
import { blockOf, isBlock, prefixesOf, readPrefix } from './address-blocks.ts'
import { endpointHost } from './endpoint-names.ts'
import { hasEndpoints, hostOf, OF_SERVICE, packHost } from './packed-addresses.ts'
import { type PtrOptions, ptrNames } from './ptr-names.ts'
import { prefixKey } from './reverse-key.ts'

/** What PTR records depend on. */
export interface ReverseOptions extends PtrOptions {
  /** False with `noendpoints`. */
  readonly endpoints: boolean
  /** With `endpoint_pod_names`. */
  readonly podNames: boolean
}

/**
 * The most units of blocks with endpoints of a Service, and of all Services of a namespace. An IPv4 block is one unit. An
 * IPv6 block is more, because it may have four prefixes of its own: see `unitsOf`.
 */
const MAX_SERVICE_UNITS = 8192
const MAX_NAMESPACE_UNITS = 16_384
const IPV4_UNITS = 1
const IPV6_UNITS = 4
/** Addresses or blocks of one step: about a millisecond. */
const STEP = 256

/** What came of a Service. */
interface Put {
  /** The blocks and prefixes whose names changed. */
  readonly changed: readonly string[]
  /** The number of addresses of endpoints without PTR records, because a limit is reached. */
  readonly leftOut: number
}

/** Services have the keys "namespace/name". Blocks are texts, and so are the prefixes above them (`address-blocks.ts`). */
export class ReverseIndex {
  readonly #options: ReverseOptions
  /** By block and Service: its addresses (`packed-addresses.ts`). */
  readonly #blocks = new Map<string, Map<string, string>>()
  readonly #blocksOf = new Map<string, string | readonly string[]>()
  /** The number of blocks below each prefix. */
  readonly #prefixes = new Map<string, number>()
  /** By namespace: the units of the blocks with endpoints of its Services. */
  readonly #units = new Map<string, number>()

  constructor(options: ReverseOptions) {
    this.#options = options
  }

  /** The number of blocks with addresses. */
  get size(): number {
    return this.#blocks.size
  }

  /**
   * Puts the view of a Service, or removes the Service, in steps. The steps of another Service must not come between. A
   * Service that exceeds the limit of its namespace gets more only with its next `put`.
   */
  *put(key: string, view: LocalService | undefined): Generator<void, Put> {
    const known = this.#blocksOf.get(key) ?? []
    const before = typeof known === 'string' ? [known] : known
    const { packed: next, leftOut } = yield* this.#pack(view, this.#room(key, before))
    const changed: string[] = []
    let steps = 0
    for (const block of before) {
      if (++steps % STEP === 0) yield
      const services = this.#blocks.get(block)!
      this.#charge(key, -unitsOf(block, services.get(key)!))
      if (next.has(block)) continue
      changed.push(block)
      services.delete(key)
      if (services.size > 0) continue
      this.#blocks.delete(block)
      changed.push(...this.#count(block, -1))
    }
    for (const [block, packed] of next) {
      if (++steps % STEP === 0) yield
      this.#charge(key, unitsOf(block, packed))
      let services = this.#blocks.get(block)
      if (services === undefined) {
        services = new Map()
        this.#blocks.set(block, services)
        changed.push(...this.#count(block, 1))
      }
      if (services.get(key) === packed) continue
      services.set(key, packed)
      changed.push(block)
    }
    if (next.size === 0) this.#blocksOf.delete(key)
    else this.#blocksOf.set(key, next.size === 1 ? [...next.keys()][0]! : [...next.keys()])
    return { changed, leftOut }
  }

  /**
   * The names of a block or prefix for the table of the reverse zones, in steps: one for each address of a block, with
   * its PTR records; one without records for a prefix with blocks, and for an IPv4 block with addresses. When they
   * change between the steps, `put` has returned the block again.
   */
  *names(text: string): Generator<void, CompiledName[]> {
    const prefix = readPrefix(text)
    const above = { name: prefixKey(prefix.address, prefix.bits), answers: [] }
    if (!isBlock(prefix)) return this.#prefixes.has(text) ? [above] : []
    const services = this.#blocks.get(text)
    if (services === undefined) return []
    const names = yield* ptrNames(text, services, this.#options)
    return names.length > 0 && prefix.address.length === 4 ? [above, ...names] : names
  }

  /** The units that a Service with these blocks may have. */
  #room(key: string, blocks: readonly string[]): number {
    let room = MAX_NAMESPACE_UNITS - (this.#units.get(namespaceOf(key)) ?? 0)
    for (const block of blocks) room += unitsOf(block, this.#blocks.get(block)!.get(key)!)
    return Math.min(MAX_SERVICE_UNITS, room)
  }

  #charge(key: string, units: number): void {
    const namespace = namespaceOf(key)
    const sum = (this.#units.get(namespace) ?? 0) + units
    if (sum === 0) this.#units.delete(namespace)
    else this.#units.set(namespace, sum)
  }

  /** Counts a block that came or went; returns the prefixes that came or went with it. */
  #count(block: string, step: 1 | -1): string[] {
    return prefixesOf(block).filter((prefix) => {
      const before = this.#prefixes.get(prefix) ?? 0
      if (before + step === 0) this.#prefixes.delete(prefix)
      else this.#prefixes.set(prefix, before + step)
      return before === 0 || before + step === 0
    })
  }

  /** The texts of a Service by block; those of its endpoints take up to `room` units. */
  *#pack(view: LocalService | undefined, room: number): Generator<void, Packed> {
    const packed = new Map<string, Set<string>>()
    const add = (block: string, bytes: Uint8Array, text: string) => {
      const item = String.fromCharCode(bytes.at(-1)!) + text
      const known = packed.get(block)
      if (known === undefined) packed.set(block, new Set([item]))
      else known.add(item)
    }
    for (const ip of view?.service.ips ?? []) {
      const bytes = addressBytes(ip)
      if (bytes !== undefined) add(blockOf(bytes), bytes, OF_SERVICE)
    }
    const paid = new Set<string>()
    let [left, leftOut, steps] = [room, 0, 0]
    for (const { ip, endpoint } of this.#endpointAddresses(view)) {
      if (++steps % STEP === 0) yield
      const bytes = addressBytes(ip)
      if (bytes === undefined) continue
      const block = blockOf(bytes)
      const units = bytes.length === 4 ? IPV4_UNITS : IPV6_UNITS
      if (!paid.has(block)) {
        if (left < units) {
          leftOut++
          continue
        }
        left -= units
        paid.add(block)
      }
      const host = endpointHost(endpoint, ip, this.#options.podNames)
      add(block, bytes, packHost(host === hostOf(bytes) ? '' : host))
    }
    return {
      packed: new Map([...packed].map(([block, items]) => [block, [...items].join('')])),
      leftOut,
    }
  }

  *#endpointAddresses(view: LocalService | undefined): Iterable<EndpointAddress> {
    if (view === undefined || !this.#options.endpoints) return
    if (view.service.kind === 'ExternalName') return
    for (const { endpoints } of view.slices) {
      for (const endpoint of endpoints) {
        for (const ip of endpoint.addresses) yield { ip, endpoint }
      }
    }
  }
}

/** The texts by block, and the number of addresses that have none. */
interface Packed {
  readonly packed: ReadonlyMap<string, string>
  readonly leftOut: number
}

interface EndpointAddress {
  readonly ip: string
  readonly endpoint: Endpoint
}

/** The units of a text: those of a Service's own addresses, which the API server chooses, are free. */
function unitsOf(block: string, packed: string): number {
  if (!hasEndpoints(packed)) return 0
  return block.includes(':') ? IPV6_UNITS : IPV4_UNITS
}
