// Which names an address has: those of the Services and endpoints that use it (coredns plugin/kubernetes reverse.go). An
// address may belong to several Services, so their views come in one by one, and PTR records go out by blocks of
// addresses. The index holds a short text for each Service and block, and no object for an address.
import { ipv4Bytes, ipv6Bytes } from '../../dns/address.ts'
import { NAME_MAX_SIZE, TYPE_PTR } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { LocalService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'
import { blockOf, isBlock, prefixesOf, readPrefix } from './address-blocks.ts'
import { endpointHost } from './endpoint-names.ts'
import { hostOf, OF_SERVICE, packHost, unpackAddresses } from './packed-addresses.ts'
import { prefixKey, reverseKey } from './reverse-key.ts'

/** What PTR records depend on. */
export interface ReverseOptions {
  /** Wire name of the zone in which the names are, in lower case, with its root byte. */
  readonly primaryZone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  /** False with `noendpoints`. */
  readonly endpoints: boolean
  /** With `endpoint_pod_names`. */
  readonly podNames: boolean
}

/** The most PTR records of an address. Everybody who may create Services can add one to each address. */
const MAX_RECORDS = 100
const records = new RecordWriter()

/** Services have the keys "namespace/name". Blocks are texts, and so are the prefixes above them (`address-blocks.ts`). */
export class ReverseIndex {
  readonly #options: ReverseOptions
  /** By block and Service: its addresses (`packed-addresses.ts`). */
  readonly #blocks = new Map<string, Map<string, string>>()
  readonly #blocksOf = new Map<string, string | readonly string[]>()
  /** The number of blocks below each prefix. */
  readonly #prefixes = new Map<string, number>()

  constructor(options: ReverseOptions) {
    this.#options = options
  }

  /** The number of blocks with addresses. */
  get size(): number {
    return this.#blocks.size
  }

  /** Puts the view of a Service, or removes the Service; returns the blocks and prefixes whose names changed. */
  put(key: string, view: LocalService | undefined): readonly string[] {
    const next = view === undefined ? new Map<string, string>() : this.#pack(view)
    const before = this.#blocksOf.get(key) ?? []
    const changed: string[] = []
    for (const block of typeof before === 'string' ? [before] : before) {
      if (next.has(block)) continue
      changed.push(block)
      const services = this.#blocks.get(block)!
      services.delete(key)
      if (services.size > 0) continue
      this.#blocks.delete(block)
      changed.push(...this.#count(block, -1))
    }
    for (const [block, packed] of next) {
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
    return changed
  }

  /**
   * The names of a block or prefix for the table of the reverse zones: one for each address of a block, with its PTR
   * records; one without records for a prefix with blocks, and for an IPv4 block with addresses.
   */
  names(text: string): CompiledName[] {
    const prefix = readPrefix(text)
    const above = { name: prefixKey(prefix.address, prefix.bits), answers: [] }
    if (!isBlock(prefix)) return this.#prefixes.has(text) ? [above] : []
    const names = this.#addressNames(text, prefix.address)
    return names.length > 0 && prefix.address.length === 4 ? [above, ...names] : names
  }

  #addressNames(block: string, address: Uint8Array): CompiledName[] {
    return [...this.#targets(block)].map(([last, { service, endpoints }]) => {
      address[address.length - 1] = last
      const list = service === undefined ? endpoints : [service]
      for (const target of list) {
        const data = concat(target, this.#options.primaryZone)
        records.record(QNAME_OFFSET, TYPE_PTR, this.#options.ttl, data)
      }
      const counts = { answers: list.length, additionals: 0, rrSize: 0 }
      const answer = { type: TYPE_PTR, bytes: records.take(), ...counts }
      return { name: reverseKey(address), answers: [answer] }
    })
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

  /** The Services of which an address, as text, is a ready endpoint; sorted. */
  servicesBehind(address: string): readonly string[] {
    const bytes = ipv4Bytes(address) ?? ipv6Bytes(address)
    const services = bytes && this.#blocks.get(blockOf(bytes))
    if (services === undefined) return []
    const found = [...services].flatMap(([key, packed]) => {
      const isEndpoint = unpackAddresses(packed).some(
        ({ last, host }) => last === bytes!.at(-1) && host !== undefined,
      )
      return isEndpoint ? [key] : []
    })
    return found.sort()
  }

  /** The texts of a Service by block. */
  #pack({ service, slices }: LocalService): Map<string, string> {
    const { endpoints, podNames } = this.#options
    const packed = new Map<string, Set<string>>()
    const add = (bytes: Uint8Array, text: string) => {
      const block = blockOf(bytes)
      const known = packed.get(block)
      const item = String.fromCharCode(bytes.at(-1)!) + text
      if (known === undefined) packed.set(block, new Set([item]))
      else known.add(item)
    }
    for (const ip of service.ips) {
      const bytes = ipv4Bytes(ip) ?? ipv6Bytes(ip)
      if (bytes !== undefined) add(bytes, OF_SERVICE)
    }
    for (const slice of endpoints && service.kind !== 'ExternalName' ? slices : []) {
      for (const endpoint of slice.endpoints) {
        for (const ip of endpoint.addresses) {
          const bytes = ipv4Bytes(ip) ?? ipv6Bytes(ip)
          if (bytes === undefined) continue
          const host = endpointHost(endpoint, ip, podNames)
          add(bytes, packHost(host === hostOf(bytes) ? '' : host))
        }
      }
    }
    return new Map([...packed].map(([block, items]) => [block, [...items].join('')]))
  }

  /** By the last byte of each address. Services come in the order of their keys, so that answers do not depend on time. */
  #targets(block: string): Map<number, Targets> {
    const services = this.#blocks.get(block) ?? new Map<string, string>()
    const first = readPrefix(block).address
    const found = new Map<number, Targets>()
    for (const key of [...services.keys()].sort()) {
      const [namespace = '', name = ''] = key.split('/')
      const service = relativeName(name, namespace, 'svc')
      if (service === undefined || !this.#fits(service)) continue
      for (const { last, host } of unpackAddresses(services.get(key)!)) {
        const targets = found.get(last) ?? { service: undefined, endpoints: [] }
        found.set(last, targets)
        if (host === undefined) targets.service ??= service
        else if (targets.endpoints.length < MAX_RECORDS) {
          first[first.length - 1] = last
          targets.endpoints.push(this.#endpointName(host || hostOf(first), service))
        }
      }
    }
    return found
  }

  /** An endpoint whose name would be too long has none of its own. */
  #endpointName(host: string, service: Uint8Array): Uint8Array {
    const label = relativeName(host)
    const name = label === undefined ? service : concat(label, service)
    return this.#fits(name) ? name : service
  }

  #fits(name: Uint8Array): boolean {
    return name.length + this.#options.primaryZone.length <= NAME_MAX_SIZE
  }
}

/** Relative wire names. */
interface Targets {
  service: Uint8Array | undefined
  readonly endpoints: Uint8Array[]
}
