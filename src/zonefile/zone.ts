// The records of one zone by owner, as coredns plugin/file Zone and its tree have them.
import { u16 } from '../dns/bytes.ts'
import {
  TYPE_CNAME,
  TYPE_HTTPS,
  TYPE_MX,
  TYPE_NS,
  TYPE_RRSIG,
  TYPE_SOA,
  TYPE_SVCB,
} from '../dns/codes.ts'
import type { RR } from '../dns/message.ts'
import { lowerCase, nameEnd } from '../dns/name.ts'
import { ancestorsOf, compareKeys, keyAt } from './name-key.ts'

/** All records of a name, in the order of the file. */
export interface ZoneNode {
  readonly key: string
  readonly records: RR[]
}

const NSEC = 47

export class Zone {
  /** The key of the zone's name (`name-key.ts`). */
  readonly origin: string
  /** Undefined for a zone that could not be read yet. */
  soa: RR | undefined
  /** The name servers of the zone itself; those of delegations are in nodes. */
  readonly nameServers: RR[] = []
  readonly #soaSignatures: RR[] = []
  readonly #nsSignatures: RR[] = []
  readonly #nodes = new Map<string, ZoneNode>()
  /** Names that have a name below them. */
  readonly #parents = new Set<string>()
  /** Nodes in canonical order; sorted when they are first asked for. */
  #sorted: ZoneNode[] | undefined
  #hasDenial = false

  constructor(origin: string) {
    this.origin = origin
  }

  add(record: RR): void {
    const rr = { ...record, name: record.name.map(lower), data: lowerNames(record) }
    const key = keyAt(rr.name)
    const covered = rr.type === TYPE_RRSIG ? u16(rr.data, 0) : 0
    if (rr.type === TYPE_SOA) this.soa = rr
    else if (rr.type === TYPE_NS && key === this.origin) this.nameServers.push(rr)
    else if (covered === TYPE_SOA) this.#soaSignatures.push(rr)
    else if (covered === TYPE_NS && key === this.origin) this.#nsSignatures.push(rr)
    else this.#insert(key, rr)
    if (rr.type === NSEC || covered === NSEC) this.#hasDenial = true
  }

  #insert(key: string, rr: RR): void {
    const node = this.#nodes.get(key)
    if (node !== undefined) {
      node.records.push(rr)
      return
    }
    this.#nodes.set(key, { key, records: [rr] })
    for (const name of ancestorsOf(key)) {
      if (this.#parents.has(name)) break
      this.#parents.add(name)
    }
  }

  find(key: string): ZoneNode | undefined {
    return this.#nodes.get(key)
  }

  /** True if a record's owner is below the name. */
  hasBelow(key: string): boolean {
    return this.#parents.has(key)
  }

  /** SOA for the authority section; with its signatures for a client with DO. */
  soaRecords(dnssec: boolean): readonly RR[] {
    const soa = this.soa === undefined ? [] : [this.soa]
    return dnssec ? [...soa, ...this.#soaSignatures] : soa
  }

  nsRecords(dnssec: boolean): readonly RR[] {
    return dnssec ? [...this.nameServers, ...this.#nsSignatures] : this.nameServers
  }

  /** The last node in canonical order that is not behind the name; undefined if there is none, or if the zone has no NSEC. */
  before(key: string): ZoneNode | undefined {
    if (!this.#hasDenial) return undefined
    this.#sorted ??= [...this.#nodes.values()].sort((a, b) => compareKeys(a.key, b.key))
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(this.#sorted[middle]!.key, key) <= 0) low = middle + 1
      else high = middle
    }
    return this.#sorted[low - 1]
  }
}

/** The records of a type. */
export function ofType(node: ZoneNode, type: number): readonly RR[] {
  return node.records.filter((rr) => rr.type === type)
}

/** The records of a type, with their signatures for a client with DO. */
export function signed(node: ZoneNode, type: number, dnssec: boolean): readonly RR[] {
  const records = ofType(node, type)
  return dnssec ? [...records, ...signatures(node, type)] : records
}

/** The signatures of the records of a type. */
export function signatures(node: ZoneNode, type: number): readonly RR[] {
  return node.records.filter((rr) => rr.type === TYPE_RRSIG && u16(rr.data, 0) === type)
}

function lower(byte: number): number {
  return lowerCase[byte]!
}

/** The data with those names in lower case that CoreDNS changes (plugin/file Zone.Insert). */
function lowerNames({ type, data }: RR): Uint8Array {
  if (type === TYPE_NS || type === TYPE_CNAME) return data.map(lower)
  const isTarget = type === TYPE_MX || type === TYPE_SVCB || type === TYPE_HTTPS
  const start = isTarget ? 2 : 0
  let end = 0
  if (isTarget) end = nameEnd(data, 2)
  else if (type === TYPE_SOA) end = nameEnd(data, nameEnd(data, 0))
  return data.map((byte, i) => (i >= start && i < end ? lower(byte) : byte))
}
