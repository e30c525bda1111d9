// The addresses of a Service and the ports of each, as lists: a list of ports belongs to all addresses of one slice, or
// of the ServiceImport. The pairs of both are never built, because one object may hold 1,000 addresses and 20,000 ports.
import { ipv4Bytes, ipv6Bytes } from '../../dns/address.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { EndpointSlice, ServiceImport, ServicePort } from '../../sources/objects.ts'

/** The target of an SRV record, one object for each name. */
export interface Target {
  /** Relative wire name. */
  readonly name: Uint8Array
  /** A number that identifies the target within its Service; 0 is the Service itself. */
  readonly id: number
}

/** An address of one target. Equal addresses of a target are one object if they have the same spelling. */
export interface Address {
  readonly bytes: Uint8Array
  /** Identifies `bytes`: an address has several spellings. */
  readonly key: string
  readonly target: Target
}

/** The addresses of one object, and its ports. */
export interface Group {
  /** With duplicates; not empty. */
  readonly addresses: readonly Address[]
  readonly ports: readonly ServicePort[]
}

/** The addresses behind a name, and the ports that each of them has there. */
export interface Backends {
  /** The group that all of `addresses` are from. */
  readonly group: Group
  readonly addresses: readonly Address[]
  /** Port numbers in their order, each once. Empty: the object declares no ports, so there is no SRV record. */
  readonly numbers: readonly number[]
  /** Pairs of address and port, duplicates included. */
  readonly pairs: number
}

/** The addresses of a ServiceImport, without invalid ones; the SRV target is the Service. */
export function virtualGroups({ ips, ports }: ServiceImport, service: Uint8Array): Group[] {
  const pool = new AddressPool(service)
  const addresses = ips.flatMap((text) => pool.address(text, parseAny(text), '', '') ?? [])
  return addresses.length === 0 ? [] : [{ addresses, ports }]
}

/**
 * The addresses of ready endpoints, in the order of `slices`. Names of endpoints have at most `maxLength` bytes. The
 * SRV target of an endpoint without a name is the Service.
 */
export function endpointGroups(
  slices: readonly EndpointSlice[],
  service: Uint8Array,
  maxLength: number,
): Group[] {
  const groups: Group[] = []
  const pool = new AddressPool(service, maxLength)
  for (const { addressType, cluster, ports, endpoints } of slices) {
    const parse = addressType === 'IPv4' ? ipv4Bytes : ipv6Bytes
    const found: Address[] = []
    for (const { addresses, hostname } of endpoints) {
      for (const text of addresses) {
        const host = hostname || dashedAddress(text)
        const address = pool.address(text, parse(text), host, cluster)
        if (address !== undefined) found.push(address)
      }
    }
    if (found.length > 0) groups.push({ addresses: found, ports })
  }
  return groups
}

/** All addresses of each group, with all its ports. */
export function ofService(groups: readonly Group[]): Backends[] {
  return groups.map((group) => withAllPorts(group, group.addresses))
}

/** For each named port ("_http._tcp") the groups that have it. */
export function byPort(groups: readonly Group[]): Map<string, Backends[]> {
  const found = new Map<string, Backends[]>()
  for (const group of groups) {
    const { addresses, ports } = group
    for (const [labels, numbers] of groupBy(ports, portLabels)) {
      if (labels === '') continue
      const distinct = [...new Set(numbers.map(({ port }) => port))]
      const pairs = addresses.length * numbers.length
      append(found, labels, { group, addresses, numbers: distinct, pairs })
    }
  }
  return found
}

/** For each endpoint with a name its addresses, with all ports of their groups. */
export function byEndpoint(groups: readonly Group[]): Map<Target, Backends[]> {
  const found = new Map<Target, Backends[]>()
  for (const group of groups) {
    const ofGroup = withAllPorts(group, [])
    for (const [target, addresses] of groupBy(group.addresses, (one) => one.target)) {
      if (target.id === 0) continue
      const pairs = addresses.length * Math.max(1, group.ports.length)
      append(found, target, { ...ofGroup, addresses, pairs })
    }
  }
  return found
}

/** The labels of a port ("_http._tcp"); "" for a port without a valid name. */
export function portLabels({ name, protocol }: ServicePort): string {
  return isLabel(name) && isLabel(protocol) ? `_${name}._${protocol}`.toLowerCase() : ''
}

/** Converts bytes to a key of a Map or Set. */
export function bytesKey(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let key = ''
  for (let i = start; i < end; i++) key += String.fromCharCode(bytes[i]!)
  return key
}

/** The addresses and targets of one Service, one object for each. */
class AddressPool {
  readonly #service: Target
  readonly #maxLength: number
  readonly #targets = new Map<string, Target>()
  readonly #addresses = new Map<string, Address>()
  /** The labels of clusters. Undefined for an id that is not one label. */
  readonly #clusters = new Map<string, Uint8Array | undefined>()

  constructor(service: Uint8Array, maxLength = 0) {
    this.#service = { name: service, id: 0 }
    this.#maxLength = maxLength
  }

  /** The address `text`; undefined without `bytes`: it is not valid. */
  address(
    text: string,
    bytes: Uint8Array | undefined,
    host: string,
    cluster: string,
  ): Address | undefined {
    if (bytes === undefined) return undefined
    const target = this.#target(host, cluster)
    const id = `${target.id} ${text}`
    const known = this.#addresses.get(id)
    if (known !== undefined) return known
    const address = { bytes, key: bytesKey(bytes), target }
    this.#addresses.set(id, address)
    return address
  }

  #target(host: string, cluster: string): Target {
    if (cluster === '' || host === '') return this.#service
    const key = `${host}.${cluster}`.toLowerCase()
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    const name = this.#endpointName(host, cluster)
    const target = name === undefined ? this.#service : { name, id: this.#targets.size + 1 }
    this.#targets.set(key, target)
    return target
  }

  /**
   * The name HOST.CLUSTER.SERVICE; undefined when host or cluster is not a single label, or the name is too long. Such
   * an endpoint has no name of its own.
   */
  #endpointName(host: string, cluster: string): Uint8Array | undefined {
    if (!this.#clusters.has(cluster)) {
      this.#clusters.set(cluster, isLabel(cluster) ? relativeName(cluster) : undefined)
    }
    const second = this.#clusters.get(cluster)
    const first = second === undefined || !isLabel(host) ? undefined : relativeName(host)
    if (first === undefined || second === undefined) return undefined
    const service = this.#service.name
    if (first.length + second.length + service.length > this.#maxLength) return undefined
    return concat(first, second, service)
  }
}

function withAllPorts(group: Group, addresses: readonly Address[]): Backends {
  const { ports } = group
  const numbers = [...new Set(ports.map(({ port }) => port))]
  // An object without ports counts as one with a single port.
  return { group, addresses, numbers, pairs: addresses.length * Math.max(1, ports.length) }
}

function parseAny(text: string): Uint8Array | undefined {
  return ipv4Bytes(text) ?? ipv6Bytes(text)
}

/** True for the text of one label: not empty, without a dot, and not of the form `_port` or `_protocol`. */
function isLabel(text: string): boolean {
  return text !== '' && !text.includes('.') && !text.startsWith('_')
}

/** The host name of an endpoint without one: "10-1-2-3", "fd00--1" (coredns plugin/kubernetes endpointHostname). */
function dashedAddress(address: string): string {
  const dashed = address.replaceAll(/[.:]/g, '-')
  return dashed.endsWith('-') ? `${dashed}0` : dashed
}

function groupBy<K, T>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) append(groups, key(item), item)
  return groups
}

function append<K, T>(groups: Map<K, T[]>, key: K, item: T): void {
  const list = groups.get(key)
  if (list === undefined) groups.set(key, [item])
  else list.push(item)
}
