// The addresses of a Service and the ports of each, as lists: a list of ports belongs to all addresses of one slice, or
// of the ServiceImport. The pairs of both are never built, because one object may hold 1,000 addresses and 20,000 ports.
import { addressBytes } from '../../dns/address.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { Endpoint, EndpointSlice, ServiceObject, ServicePort } from '../../sources/objects.ts'
import type { Name } from '../../zone/rr.ts'

/**
 * The target of an SRV record, one object for each name. What is not readonly is noted while an answer is built
 * (`srvAnswer`): a Set of the targets would be made anew for each of the thousands of answers of a large Service.
 */
export interface Target {
  /** Relative wire name. */
  readonly name: Uint8Array
  /** A number that identifies the target within its Service; 0 is the Service itself. */
  readonly id: number
  /** The number of the answer that had the target last. */
  answer: number
  /** Where its last SRV records in that answer are from. */
  from: Backends | undefined
  /** The owner of its address records in that answer; undefined without room. */
  owner: Name | undefined
  /** Its name with the zone, once it was needed. */
  wireName: Uint8Array | undefined
  /** The first of its addresses. */
  first: Address | undefined
  /** The others by their texts; most targets have one address, and no list. */
  others: Map<string, Address> | undefined
}

/** An address of one target, one object for each text and target. */
export interface Address {
  readonly text: string
  readonly bytes: Uint8Array
  /** Identifies `bytes`: an IPv6 address has several spellings. */
  readonly key: string
  readonly target: Target
  /** The number of the answer that had the address last. */
  answer: number
}

/** The addresses of one object, and its ports. */
export interface Group {
  /** Counts the groups of a Service from 0. */
  readonly index: number
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
  /** Pairs of port and each address, duplicates included; 1 without ports. */
  readonly pairs: number
}

/** The addresses of a ServiceImport or a Service, without invalid ones; the SRV target is the Service. */
export function virtualGroups(
  { ips, ports }: Pick<ServiceObject, 'ips' | 'ports'>,
  service: Uint8Array,
): Group[] {
  const target = newTarget(service, 0)
  const addresses = ips.flatMap((text) => addressOf(text, target) ?? [])
  return addresses.length === 0 ? [] : [{ index: 0, addresses, ports }]
}

/** How the endpoints of a zone are named. */
export interface EndpointNaming {
  /**
   * The wire form of what stands between the host name and the Service, for the cluster of a slice; undefined when the
   * endpoints of the slice have no names.
   */
  readonly middle: (cluster: string) => Uint8Array | undefined
  /** The host name of an endpoint with this address. */
  readonly host: (endpoint: Endpoint, address: string) => string
}

/** <host>.<cluster>.<service>, as in the MCS DNS specification. */
const byCluster: EndpointNaming = {
  middle: (cluster) => (isLabel(cluster) ? relativeName(cluster) : undefined),
  host: ({ hostname }, address) => hostname || dashedAddress(address),
}

/**
 * The addresses of ready endpoints, in the order of `slices`. Names of endpoints have at most `maxLength` bytes. The
 * SRV target of an endpoint without a name is the Service.
 */
export function endpointGroups(
  slices: readonly EndpointSlice[],
  service: Uint8Array,
  maxLength: number,
  naming: EndpointNaming = byCluster,
): Group[] {
  const groups: Group[] = []
  const targets = new Targets(service, maxLength)
  for (const { addressType, cluster, ports, endpoints } of slices) {
    const size = addressType === 'IPv4' ? 4 : 16
    const label = naming.middle(cluster)
    const found: Address[] = []
    for (const endpoint of endpoints) {
      for (const text of endpoint.addresses) {
        const target = targets.of(naming.host(endpoint, text), cluster, label)
        const address = addressOf(text, target)
        if (address?.bytes.length === size) found.push(address)
      }
    }
    if (found.length > 0) groups.push({ index: groups.length, addresses: found, ports })
  }
  return groups
}

/** All addresses of each group, with all its ports. */
export function ofService(groups: readonly Group[]): Backends[] {
  return groups.map((group) => backendsOf(group, group.addresses, group.ports))
}

/** For each named port ("_http._tcp") the groups that have it. */
export function byPort(groups: readonly Group[]): Map<string, Backends[]> {
  const found = new Map<string, Backends[]>()
  for (const group of groups) {
    for (const [labels, ports] of groupBy(group.ports, portLabels)) {
      if (labels !== '') append(found, labels, backendsOf(group, group.addresses, ports))
    }
  }
  return found
}

/** For each endpoint with a name its addresses, with all ports of their groups. */
export function byEndpoint(groups: readonly Group[]): Map<Target, Backends[]> {
  const found = new Map<Target, (Backends & { readonly addresses: Address[] })[]>()
  for (const group of groups) {
    const { numbers, pairs } = backendsOf(group, [], group.ports)
    for (const address of group.addresses) {
      const { target } = address
      if (target.id === 0) continue
      const last = found.get(target)?.at(-1)
      if (last?.group === group) last.addresses.push(address)
      else append(found, target, { group, addresses: [address], numbers, pairs })
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
  // A spread of a part of the bytes takes several times as long for the short names that most keys are.
  for (let i = start; i < end; i++) key += String.fromCharCode(bytes[i]!)
  return key
}

function newTarget(name: Uint8Array, id: number): Target {
  return {
    name,
    id,
    answer: 0,
    from: undefined,
    owner: undefined,
    wireName: undefined,
    first: undefined,
    others: undefined,
  }
}

/** The address of a target, one object for each text; undefined for a text that is no address. */
function addressOf(text: string, target: Target): Address | undefined {
  const { first, others } = target
  const known = first?.text === text ? first : others?.get(text)
  if (known !== undefined) return known
  const bytes = addressBytes(text)
  if (bytes === undefined) return undefined
  const key = bytes.length === 4 ? text : bytesKey(bytes)
  const address = { text, bytes, key, target, answer: 0 }
  if (first === undefined) target.first = address
  else if (others === undefined) target.others = new Map([[text, address]])
  else others.set(text, address)
  return address
}

/** The SRV targets of one Service, one object for each. */
class Targets {
  readonly #service: Target
  readonly #maxLength: number
  readonly #endpoints = new Map<string, Target>()

  constructor(service: Uint8Array, maxLength: number) {
    this.#service = newTarget(service, 0)
    this.#maxLength = maxLength
  }

  /**
   * The target HOST.CLUSTER.SERVICE; `label` is the wire form of the cluster. It is the Service when host or cluster is
   * not a single label, or the name is too long: such an endpoint has no name of its own.
   */
  of(host: string, cluster: string, label: Uint8Array | undefined): Target {
    if (label === undefined || !isLabel(host)) return this.#service
    const key = `${host}.${cluster}`.toLowerCase()
    const known = this.#endpoints.get(key)
    if (known !== undefined) return known
    const first = relativeName(host)
    const service = this.#service.name
    if (first === undefined || first.length + label.length + service.length > this.#maxLength) {
      return this.#service
    }
    const target = newTarget(concat(first, label, service), this.#endpoints.size + 1)
    this.#endpoints.set(key, target)
    return target
  }
}

function backendsOf(
  group: Group,
  addresses: readonly Address[],
  ports: readonly ServicePort[],
): Backends {
  const all = ports.map(({ port }) => port)
  const numbers = all.length < 2 ? all : [...new Set(all)]
  // An object without ports counts as one with a single port.
  return { group, addresses, numbers, pairs: Math.max(1, ports.length) }
}

/** True for the text of one label: not empty, without a dot, and not of the form `_port` or `_protocol`. */
export function isLabel(text: string): boolean {
  return text !== '' && !text.includes('.') && !text.startsWith('_')
}

/** The host name of an endpoint without one: "10-1-2-3", "fd00--1" (coredns plugin/kubernetes endpointHostname). */
export function dashedAddress(address: string): string {
  const dashed = address.replaceAll('.', '-').replaceAll(':', '-')
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
