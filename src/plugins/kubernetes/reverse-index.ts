// Which names an address has: those of the Services and endpoints that use it (coredns plugin/kubernetes reverse.go). An
// address may belong to several Services, so their views come in one by one, and PTR records go out by blocks of
// addresses. The index holds a short text for each Service and block, and no object for an address.
import { ipv4Bytes, ipv6Bytes, ipv6Text } from '../../dns/address.ts'
import { NAME_MAX_SIZE, TYPE_PTR } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { LocalService } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import { QNAME_OFFSET, RecordWriter } from '../../zone/rr.ts'
import { dashedAddress } from '../multicluster/backends.ts'
import { blockOf, firstAddress } from './address-blocks.ts'
import { endpointHost } from './endpoint-names.ts'
import { reverseKey } from './reverse-key.ts'

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
// The second character of an address in a text: its name is that of the Service; <address>.<service>; else the length
// of the host name that follows, plus FIRST_HOST.
const OF_SERVICE = 0
const OF_ADDRESS = 1
const FIRST_HOST = 1

const records = new RecordWriter()

/** Services have the keys "namespace/name". */
export class ReverseIndex {
  readonly #options: ReverseOptions
  /** By block and Service: for each address its last byte, a character from above, and its host name. */
  readonly #blocks = new Map<string, Map<string, string>>()
  readonly #blocksOf = new Map<string, string | readonly string[]>()

  constructor(options: ReverseOptions) {
    this.#options = options
  }

  /** The number of blocks with addresses. */
  get size(): number {
    return this.#blocks.size
  }

  /** Puts the view of a Service, or removes the Service; returns the blocks whose names changed. */
  put(key: string, view: LocalService | undefined): readonly string[] {
    const next = view === undefined ? new Map<string, string>() : this.#pack(view)
    const before = this.#blocksOf.get(key) ?? []
    const changed: string[] = []
    for (const block of typeof before === 'string' ? [before] : before) {
      if (next.has(block)) continue
      const services = this.#blocks.get(block)!
      services.delete(key)
      if (services.size === 0) this.#blocks.delete(block)
      changed.push(block)
    }
    for (const [block, packed] of next) {
      const services = this.#blocks.get(block) ?? new Map<string, string>()
      this.#blocks.set(block, services)
      if (services.get(key) === packed) continue
      services.set(key, packed)
      changed.push(block)
    }
    if (next.size === 0) this.#blocksOf.delete(key)
    else this.#blocksOf.set(key, next.size === 1 ? [...next.keys()][0]! : [...next.keys()])
    return changed
  }

  /** The names of a block for the table of the reverse zones: a name for each address, with its PTR records. */
  names(block: string): CompiledName[] {
    const targets = this.#targets(block)
    const address = firstAddress(block)
    return [...targets].map(([last, { service, endpoints }]) => {
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

  /** The Services of which an address, as text, is a ready endpoint; sorted. */
  servicesBehind(address: string): readonly string[] {
    const bytes = ipv4Bytes(address) ?? ipv6Bytes(address)
    const services = bytes && this.#blocks.get(blockOf(bytes))
    if (services === undefined) return []
    const found = [...services].flatMap(([key, packed]) => {
      const isEndpoint = unpack(packed).some(
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
      if (bytes !== undefined) add(bytes, String.fromCharCode(OF_SERVICE))
    }
    for (const slice of endpoints && service.kind !== 'ExternalName' ? slices : []) {
      for (const endpoint of slice.endpoints) {
        for (const ip of endpoint.addresses) {
          const bytes = ipv4Bytes(ip) ?? ipv6Bytes(ip)
          if (bytes === undefined) continue
          const host = endpointHost(endpoint, ip, podNames)
          add(bytes, host === hostOf(bytes) ? String.fromCharCode(OF_ADDRESS) : packHost(host))
        }
      }
    }
    return new Map([...packed].map(([block, items]) => [block, [...items].join('')]))
  }

  /** By the last byte of each address. Services come in the order of their keys, so that answers do not depend on time. */
  #targets(block: string): Map<number, Targets> {
    const services = this.#blocks.get(block) ?? new Map<string, string>()
    const first = firstAddress(block)
    const found = new Map<number, Targets>()
    for (const key of [...services.keys()].sort()) {
      const [namespace = '', name = ''] = key.split('/')
      const service = relativeName(name, namespace, 'svc')
      if (service === undefined || !this.#fits(service)) continue
      for (const { last, host } of unpack(services.get(key)!)) {
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

/** An address in a text: `host` is undefined for the Service itself, and '' for the host name of the address. */
interface Item {
  readonly last: number
  readonly host: string | undefined
}

function packHost(host: string): string {
  return String.fromCharCode(FIRST_HOST + host.length) + host
}

function unpack(packed: string): Item[] {
  const items: Item[] = []
  for (let at = 0; at < packed.length; ) {
    const last = packed.charCodeAt(at)
    const kind = packed.charCodeAt(at + 1)
    const length = kind === OF_SERVICE ? 0 : kind - FIRST_HOST
    const host = packed.slice(at + 2, at + 2 + length)
    items.push({ last, host: kind === OF_SERVICE ? undefined : host })
    at += 2 + length
  }
  return items
}

function hostOf(address: Uint8Array): string {
  return dashedAddress(address.length === 4 ? address.join('.') : ipv6Text(address))
}
