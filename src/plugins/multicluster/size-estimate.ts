// The bytes of a Service in the answer table, estimated from above without building a record.
import { MESSAGE_MAX_SIZE, NAME_MAX_SIZE } from '../../dns/codes.ts'
import type { EndpointSlice, ServiceObject, ServicePort } from '../../sources/objects.ts'
import { entryWords, PAGE_HEADER_WORDS } from '../../zone/layout.ts'
import { A_RR_SIZE, AAAA_RR_SIZE } from '../../zone/rr.ts'
import { PortMap } from './port-map.ts'

/** The most that one Service, and all Services of one namespace, may have in a zone. */
export interface ServiceLimits {
  /** Ports: names and protocols; unnamed ports by number. */
  readonly ports: number
  /** Addresses: those of the Service and those of its ready endpoints. */
  readonly endpoints: number
  /** Bytes in the answer table. */
  readonly bytes: number
  /** Bytes of all Services of a namespace. */
  readonly namespaceBytes: number
}

/** Kubernetes is tested with up to 5,000 Services in a namespace; 64 MiB are 13 KB for each of them. */
export const DEFAULT_LIMITS: ServiceLimits = {
  ports: 1000,
  endpoints: 10_000,
  bytes: 4 * 2 ** 20,
  namespaceBytes: 64 * 2 ** 20,
}

/** Bytes that one port adds. */
interface PortSize {
  /** The entry of its name, and address records. */
  entry: number
  /** SRV records and their addresses in its name; they end when the largest message is full. */
  records: number
  /** SRV records in the names of endpoints. */
  endpoints: number
}

/** The most bytes of the SRV records of a name: the last record may exceed the largest message. */
const MOST_RECORDS = MESSAGE_MAX_SIZE + 2 * NAME_MAX_SIZE
/** `_tcp`, `_udp` and `_sctp` as parts of a wire name. */
const PROTOCOLS = [5, 5, 6]

/** What an estimate depends on besides the objects. */
export interface EstimateOptions {
  readonly limits: ServiceLimits
  /** The length of the wire name of the zone. */
  readonly zoneLength: number
  /** True: the names of ports have the addresses of endpoints; false: those of the Service. */
  readonly headless: boolean
}

/** Add the Service, then the slices in their order, then ask for the ports that fit. */
export class SizeEstimate {
  /** Addresses that did not fit. */
  refused = 0
  /** The limits that left something out. */
  readonly exceeded = new Set<'ports' | 'endpoints' | 'bytes'>()
  readonly #limits: ServiceLimits
  readonly #zoneLength: number
  /** Length of the relative wire name of the Service. */
  readonly #service: number
  readonly #headless: boolean
  /** The ports that may be kept. */
  readonly #ports = new PortMap<PortSize>()
  /** The same ports in their order. */
  readonly #first: { readonly port: ServicePort; readonly size: PortSize }[] = []
  /** The most ports of one object behind those. */
  #more = 0
  #addresses = 0
  #bytes: number

  constructor(
    { name, namespace }: Pick<ServiceObject, 'name' | 'namespace'>,
    { limits, zoneLength, headless }: EstimateOptions,
  ) {
    this.#limits = limits
    this.#zoneLength = zoneLength
    this.#service = name.length + namespace.length + 'svc'.length + 3
    this.#headless = headless
    this.#bytes = 4 * PAGE_HEADER_WORDS + nameSize(this.#service, 3)
    for (const label of PROTOCOLS) this.#bytes += nameSize(label + this.#service, 0)
  }

  /** The number of different ports; those behind `limits.ports` are counted in the object with most of them. */
  get ports(): number {
    return this.#ports.size + this.#more
  }

  /** Returns the addresses of the Service that fit. */
  addService({ ips, ports }: Pick<ServiceObject, 'ips' | 'ports'>): string[] {
    const kept = ips.filter((ip) => this.#addAddress(addressSize(ip)))
    let records = this.#headless ? 0 : srvSize(this.#service + this.#zoneLength)
    for (const ip of kept) records += addressSize(ip)
    this.#addPorts(ports, { entry: 0, records, endpoints: 0 })
    return kept
  }

  /** Returns the slice without the addresses that do not fit. */
  addSlice(slice: EndpointSlice): EndpointSlice {
    const { cluster, ports } = slice
    const sum = { entry: 0, records: 0, endpoints: 0 }
    this.#bytes += nameSize(cluster.length + 1 + this.#service, 0)
    const endpoints = slice.endpoints.flatMap((endpoint) => {
      const { addresses, hostname } = endpoint
      const kept = addresses.filter((address) => {
        const host = hostname.length || address.length + 1
        const relative = nameLength(host + cluster.length + 2 + this.#service)
        const size = addressSize(address)
        if (!this.#addAddress(3 * size + nameSize(relative, 3))) return false
        const target = nameLength(relative + this.#zoneLength)
        sum.entry += size
        // Behind the first 16 KiB of a message the owner of an additional record cannot be a pointer.
        sum.records += srvSize(target) + target + size
        sum.endpoints += srvSize(target)
        return true
      })
      return kept.length === 0 ? [] : [{ ...endpoint, addresses: kept }]
    })
    const added = this.#headless ? sum : { ...sum, entry: 0, records: 0 }
    this.#addPorts(ports, added)
    return { ...slice, endpoints }
  }

  /** The first ports that fit. */
  fittingPorts(): PortMap<true> {
    const kept = new PortMap<true>()
    // The Service's own name has the SRV records of all ports.
    let own = 0
    for (const { port, size } of this.#first) {
      const { entry, records, endpoints } = size
      own += records
      this.#bytes += entry + endpoints + Math.min(records, MOST_RECORDS)
      const bytes = this.#bytes + Math.min(own, MOST_RECORDS)
      if (bytes > this.#limits.bytes) {
        this.exceeded.add('bytes')
        return kept
      }
      kept.set(port, true)
    }
    if (this.#more > 0) this.exceeded.add('ports')
    return kept
  }

  /** False when the address does not fit, or one before it did not. */
  #addAddress(bytes: number): boolean {
    const { endpoints, bytes: limit } = this.#limits
    const isLast = this.#addresses === endpoints
    if (this.refused > 0 || isLast || this.#bytes + bytes > limit) {
      if (this.refused === 0) this.exceeded.add(isLast ? 'endpoints' : 'bytes')
      this.refused++
      return false
    }
    this.#addresses++
    this.#bytes += bytes
    return true
  }

  #addPorts(ports: readonly ServicePort[], added: PortSize): void {
    let more = 0
    for (let i = 0; i < ports.length; i++) if (!this.#addPort(ports[i]!, added)) more++
    this.#more = Math.max(this.#more, more)
  }

  /** False for a port behind those that may be kept. */
  #addPort(port: ServicePort, { entry, records, endpoints }: PortSize): boolean {
    let size = this.#ports.get(port)
    if (size === undefined) {
      if (this.#first.length === this.#limits.ports) return false
      const labels = port.name.length + port.protocol.length + 4
      size = { entry: nameSize(labels + this.#service, 3), records: 0, endpoints: 0 }
      this.#first.push({ port, size })
      this.#ports.set(port, size)
    }
    size.entry += entry
    size.records += records
    size.endpoints += endpoints
    return true
  }
}

function nameLength(bytes: number): number {
  return Math.min(NAME_MAX_SIZE, bytes)
}

/** Bytes of the entry of a name of `length` bytes; SRV records, which one answer has, are padded to 4 bytes. */
function nameSize(length: number, answers: number): number {
  return 4 * entryWords(nameLength(length), answers) + (answers === 0 ? 0 : 3)
}

function addressSize(address: string): number {
  return address.includes(':') ? AAAA_RR_SIZE : A_RR_SIZE
}

/** Bytes of an SRV record whose target has `target` bytes. */
function srvSize(target: number): number {
  return 18 + target
}
