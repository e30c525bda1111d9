// The bytes of a Service in the answer table, estimated from above without building a record.
import { MESSAGE_MAX_SIZE, NAME_MAX_SIZE } from '../../dns/codes.ts'
import type { EndpointSlice, ServiceImport, ServicePort } from '../../sources/objects.ts'
import { entryWords } from '../../zone/layout.ts'
import { A_RR_SIZE, AAAA_RR_SIZE } from '../../zone/rr.ts'

/** The most that one Service, and all Services of one namespace, may have in a zone. */
export interface ServiceLimits {
  /** Ports: names and protocols; unnamed ports by number. */
  readonly ports: number
  /** Addresses: those of the ServiceImport and those of its ready endpoints. */
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

// The SRV records of the Service's own name, its entry, and the names `_tcp`, `_udp` and `_sctp`.
const OWN_BYTES = MESSAGE_MAX_SIZE + 8 * NAME_MAX_SIZE

/** Add the ServiceImport, then the slices in their order, then ask for the ports that fit. */
export class SizeEstimate {
  /** Addresses that did not fit. */
  refused = 0
  readonly #limits: ServiceLimits
  readonly #zoneLength: number
  /** Length of the relative wire name of the Service. */
  readonly #service: number
  readonly #headless: boolean
  readonly #ports = new Map<string, PortSize>()
  #addresses = 0
  #bytes = OWN_BYTES

  /** `zoneLength` is that of the wire name of the zone. */
  constructor({ name, namespace, type }: ServiceImport, limits: ServiceLimits, zoneLength: number) {
    this.#limits = limits
    this.#zoneLength = zoneLength
    this.#service = name.length + namespace.length + 'svc'.length + 3
    this.#headless = type === 'Headless'
  }

  /** The number of different ports. */
  get ports(): number {
    return this.#ports.size
  }

  /** Returns the addresses of the ServiceImport that fit. */
  addImport({ ips, ports }: ServiceImport): string[] {
    const kept = ips.filter((ip) => this.#addAddress(addressSize(ip)))
    let records = this.#headless ? 0 : srvSize(this.#service + this.#zoneLength)
    for (const ip of kept) records += addressSize(ip)
    for (const port of ports) this.#addPort(port, { entry: 0, records, endpoints: 0 })
    return kept
  }

  /** Returns the slice without the addresses that do not fit. */
  addSlice(slice: EndpointSlice): EndpointSlice {
    const { cluster, ports } = slice
    const sum = { entry: 0, records: 0, endpoints: 0 }
    this.#bytes += 4 * entryWords(nameLength(cluster.length + 1 + this.#service), 0)
    const endpoints = slice.endpoints.flatMap(({ addresses, hostname }) => {
      const kept = addresses.filter((address) => {
        const host = hostname.length || address.length + 1
        const relative = nameLength(host + cluster.length + 2 + this.#service)
        const size = addressSize(address)
        if (!this.#addAddress(3 * size + 4 * entryWords(relative, 3))) return false
        const target = nameLength(relative + this.#zoneLength)
        sum.entry += size
        // Behind the first 16 KiB of a message the owner of an additional record cannot be a pointer.
        sum.records += srvSize(target) + target + size
        sum.endpoints += srvSize(target)
        return true
      })
      return kept.length === 0 ? [] : [{ addresses: kept, hostname }]
    })
    // The names of the ports of a ClusterSetIP Service have the addresses of its import only.
    const added = this.#headless ? sum : { ...sum, entry: 0, records: 0 }
    for (const port of ports) this.#addPort(port, added)
    return { ...slice, endpoints }
  }

  /** The keys (`portKey`) of the first ports that fit. */
  fittingPorts(): ReadonlySet<string> {
    const kept = new Set<string>()
    for (const [key, { entry, records, endpoints }] of this.#ports) {
      this.#bytes += entry + endpoints + Math.min(records, MESSAGE_MAX_SIZE + 2 * NAME_MAX_SIZE)
      if (kept.size === this.#limits.ports || this.#bytes > this.#limits.bytes) break
      kept.add(key)
    }
    return kept
  }

  /** False when the address does not fit, or one before it did not. */
  #addAddress(bytes: number): boolean {
    const { endpoints, bytes: limit } = this.#limits
    if (this.refused > 0 || this.#addresses === endpoints || this.#bytes + bytes > limit) {
      this.refused++
      return false
    }
    this.#addresses++
    this.#bytes += bytes
    return true
  }

  #addPort(port: ServicePort, { entry, records, endpoints }: PortSize): void {
    const key = portKey(port)
    let size = this.#ports.get(key)
    if (size === undefined) {
      const labels = port.name.length + port.protocol.length + 4
      const words = entryWords(nameLength(labels + this.#service), 3)
      size = { entry: 4 * words, records: 0, endpoints: 0 }
      this.#ports.set(key, size)
    }
    size.entry += entry
    size.records += records
    size.endpoints += endpoints
  }
}

/** Ports with one name and protocol are one port: a part of them would answer with a part of the endpoints. */
export function portKey({ name, protocol, port }: ServicePort): string {
  return name === '' ? `${protocol} ${port}` : `${name} ${protocol}`
}

function nameLength(bytes: number): number {
  return Math.min(NAME_MAX_SIZE, bytes)
}

function addressSize(address: string): number {
  return address.includes(':') ? AAAA_RR_SIZE : A_RR_SIZE
}

/** Bytes of an SRV record whose target has `target` bytes. */
function srvSize(target: number): number {
  return 18 + target
}
