// From one service to all its names and answers: pure, plain data in and out. The rules are those of the
// MCS DNS specification (KEP-1645 specification.md sections 2.3 and 2.4) in CoreDNS' reading
// (plugin/kubernetes findMultiClusterServices, plugin/backend_lookup.go); docs/compatibility.md lists
// where we differ.
import { ipv4Bytes, ipv6Bytes } from '../dns/address.ts'
import {
  HEADER_SIZE,
  MESSAGE_MAX_SIZE,
  NAME_MAX_SIZE,
  TYPE_A,
  TYPE_AAAA,
  TYPE_SRV,
} from '../dns/codes.ts'
import { concat, relativeName } from '../dns/name.ts'
import type { EndpointSlice, ServiceImport, ServicePort, ServiceView } from '../kube/objects.ts'
import type { CompiledAnswer, CompiledName } from './compiled.ts'
import { A_RR_SIZE, AAAA_RR_SIZE, addressRR, pointerTo, QNAME_POINTER, srvRR } from './rr.ts'

export interface ZoneOptions {
  /** Wire name of the zone in lower case, with its root byte. */
  readonly zone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  /** False: endpoint names and headless services do not exist (`noendpoints`). */
  readonly endpoints: boolean
}

/** An address behind a port. Port -1: the slice declares none, so there is an address but no SRV. */
interface Backend {
  readonly address: Uint8Array
  readonly addressText: string
  readonly port: number
  readonly portName: string
  readonly protocol: string
  /** Relative name of the SRV target. */
  readonly target: Uint8Array
}

/** All names of one service below `zone`; empty when it has no name there. */
export function compileService(view: ServiceView, options: ZoneOptions): CompiledName[] {
  const { serviceImport, slices } = view
  const service = relativeName(serviceImport.name, serviceImport.namespace, 'svc')
  if (service === undefined) return []
  const longest = NAME_MAX_SIZE - options.zone.length
  const headless = serviceImport.type === 'Headless'
  const endpoints = options.endpoints
    ? slices.flatMap((slice) => backendsOf(slice, service, longest))
    : []
  const backends = headless ? endpoints : virtualBackends(serviceImport, service)
  const names = new Map<string, CompiledName>()
  const add = (name: Uint8Array | undefined, list: readonly Backend[]): void => {
    if (name === undefined || name.length > longest) return
    names.set(keyOf(name), { name, answers: answersOf(name, list, options) })
  }

  // Without a ready endpoint a headless service does not exist (specification.md 2.4.1: NXDOMAIN).
  if (!headless || backends.length > 0) add(service, backends)
  // Without addresses the ports are those that the import declares; they exist then too.
  const byPort = groupBy(backends, portLabels)
  for (const port of headless ? [] : serviceImport.ports) {
    const labels = portLabels({ portName: port.name, protocol: port.protocol })
    if (!byPort.has(labels)) byPort.set(labels, [])
  }
  for (const [labels, list] of byPort) {
    const prefix = relativeName(...labels.split('.'))
    if (prefix !== undefined) add(concat(prefix, service), list)
  }
  // <host>.<cluster>.<service> also stands for the endpoints of a ClusterSetIP service.
  for (const list of groupBy(endpoints, (b) => keyOf(b.target)).values()) {
    const target = list[0]!.target
    if (target !== service) add(target, list)
  }
  return [...names.values()]
}

/** The existing-namespace name `<ns>.svc`, which is NODATA for every type. */
export function compileNamespace(namespace: string, options: ZoneOptions): CompiledName[] {
  const name = relativeName(namespace, 'svc')
  if (name === undefined || name.length + options.zone.length > NAME_MAX_SIZE) return []
  return [{ name, answers: [] }]
}

function virtualBackends(serviceImport: ServiceImport, service: Uint8Array): Backend[] {
  // An import without ports still answers its addresses, where CoreDNS says NXDOMAIN.
  const ports = serviceImport.ports.length > 0 ? serviceImport.ports : [noPort]
  return ports.flatMap((port) =>
    serviceImport.ips.flatMap((ip) => {
      const address = ipv4Bytes(ip) ?? ipv6Bytes(ip)
      return address === undefined ? [] : [backend(address, ip, port, service)]
    }),
  )
}

const noPort: ServicePort = { name: '', protocol: '', port: -1 }

function backend(
  address: Uint8Array,
  addressText: string,
  port: ServicePort,
  target: Uint8Array,
): Backend {
  return {
    address,
    addressText,
    port: port.port,
    portName: port.name.toLowerCase(),
    protocol: port.protocol.toLowerCase(),
    target,
  }
}

function backendsOf(slice: EndpointSlice, service: Uint8Array, longest: number): Backend[] {
  const ports = slice.ports.length > 0 ? slice.ports : [noPort]
  const parse = slice.addressType === 'IPv4' ? ipv4Bytes : ipv6Bytes
  // A cluster id that is not one DNS label has no endpoint names, and neither has an endpoint whose name
  // would be too long; their addresses count for the service, whose own name is then the SRV target.
  const cluster = isLabel(slice.cluster) ? relativeName(slice.cluster) : undefined
  return slice.endpoints.flatMap((endpoint) =>
    endpoint.addresses.flatMap((text) => {
      const address = parse(text)
      if (address === undefined) return []
      const host = relativeName(endpoint.hostname || dashedAddress(text))
      const named = cluster !== undefined && host !== undefined && isLabel(endpoint.hostname || '-')
      const fits = named && host.length + cluster.length + service.length <= longest
      const target = fits ? concat(host, cluster, service) : service
      return ports.map((port) => backend(address, text, port, target))
    }),
  )
}

/** True for text that is one label: no dot in it, not empty, not taken for `_port` or `_proto`. */
function isLabel(text: string): boolean {
  return text !== '' && !text.includes('.') && !text.startsWith('_')
}

/** The host name of an endpoint without one: "10-1-2-3", "fd00--1" (coredns plugin/kubernetes endpointHostname). */
function dashedAddress(address: string): string {
  const dashed = address.replaceAll(/[.:]/g, '-')
  return dashed.endsWith('-') ? `${dashed}0` : dashed
}

/** "_http._tcp"; "" for a port that has no name of its own. */
function portLabels({ portName, protocol }: Pick<Backend, 'portName' | 'protocol'>): string {
  return isLabel(portName) && isLabel(protocol) ? `_${portName}._${protocol}` : ''
}

function answersOf(
  name: Uint8Array,
  backends: readonly Backend[],
  options: ZoneOptions,
): CompiledAnswer[] {
  const answers = [
    addressAnswer(TYPE_A, A_RR_SIZE, 4, backends, options.ttl),
    addressAnswer(TYPE_AAAA, AAAA_RR_SIZE, 16, backends, options.ttl),
    srvAnswer(name, backends, options),
  ]
  return answers.filter((answer) => answer !== undefined)
}

function addressAnswer(
  type: number,
  rrSize: number,
  bytes: number,
  backends: readonly Backend[],
  ttl: number,
): CompiledAnswer | undefined {
  const addresses = new Map<string, Uint8Array>()
  for (const { address } of backends) {
    if (address.length === bytes) addresses.set(address.join('.'), address)
  }
  // The RR count is 16 bits on the wire; so many do not fit into any message.
  const list = [...addresses.values()].slice(0, 0xffff)
  if (list.length === 0) return undefined
  const rrs = list.map((address) => addressRR(QNAME_POINTER, ttl, address))
  return { type, bytes: concat(...rrs), answers: list.length, additionals: 0, rrSize }
}

/**
 * One SRV for each target and port, an address record for each target and address (RFC 2782; CoreDNS
 * backend_lookup.go SRV: the weight counts all address and port pairs, also those that are then the same).
 */
function srvAnswer(
  name: Uint8Array,
  backends: readonly Backend[],
  { zone, ttl }: ZoneOptions,
): CompiledAnswer | undefined {
  // As Go computes it, so that the rounding agrees.
  const weight = Math.max(1, Math.floor((100 / (100 * backends.length)) * 100))
  const start = HEADER_SIZE + name.length + zone.length + 4
  const parts: Uint8Array[] = []
  let at = start
  let answers = 0
  let additionals = 0
  // Stops at the first record that no message has room for, but keeps it: so whoever sends the set sees
  // that it does not fit, and says TC.
  const push = (part: Uint8Array): boolean => {
    parts.push(part)
    at += part.length
    return at <= MESSAGE_MAX_SIZE
  }

  const owners = new Map<string, Uint8Array>()
  const records = new Set<string>()
  for (const { port, target } of backends) {
    const key = keyOf(target)
    if (port < 0 || records.has(`${port} ${key}`)) continue
    records.add(`${port} ${key}`)
    const full = concat(target, zone)
    answers++
    if (!push(srvRR(ttl, weight, port, full))) break
    if (!owners.has(key)) owners.set(key, ownerPointer(name, target, at - full.length) ?? full)
  }
  if (answers === 0) return undefined

  const glue = new Set<string>()
  for (const { address, addressText, target, port } of backends) {
    if (at > MESSAGE_MAX_SIZE) break
    const key = keyOf(target)
    const owner = owners.get(key)
    if (port < 0 || owner === undefined || glue.has(`${addressText} ${key}`)) continue
    glue.add(`${addressText} ${key}`)
    additionals++
    push(addressRR(owner, ttl, address))
  }
  return { type: TYPE_SRV, bytes: concat(...parts), answers, additionals, rrSize: 0 }
}

/** A pointer to the target name: into the question where it ends in it, else to the SRV's own RDATA. */
function ownerPointer(
  name: Uint8Array,
  target: Uint8Array,
  inAnswer: number,
): Uint8Array | undefined {
  const offset = name.length - target.length
  const inQuestion = offset >= 0 && target.every((byte, i) => byte === name[offset + i])
  return pointerTo(inQuestion ? HEADER_SIZE + offset : inAnswer)
}

/** A relative name as a map key. */
function keyOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const list = groups.get(key(item))
    if (list === undefined) groups.set(key(item), [item])
    else list.push(item)
  }
  return groups
}
