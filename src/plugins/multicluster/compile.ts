// Compiles one imported Service to all its names and answers: pure, with plain data as input and output. The rules are
// those of the MCS DNS specification (KEP-1645 specification.md sections 2.3 and 2.4) as CoreDNS implements them
// (plugin/kubernetes findMultiClusterServices, plugin/backend_lookup.go); docs/compatibility.md lists the differences.
import { ipv4Bytes, ipv6Bytes } from '../../dns/address.ts'
import {
  HEADER_SIZE,
  MESSAGE_MAX_SIZE,
  NAME_MAX_SIZE,
  TYPE_A,
  TYPE_AAAA,
  TYPE_SRV,
} from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type {
  EndpointSlice,
  ImportedService,
  ServiceImport,
  ServicePort,
} from '../../sources/objects.ts'
import type { CompiledAnswer, CompiledName, Pending } from '../../zone/compiled.ts'
import {
  A_RR_SIZE,
  AAAA_RR_SIZE,
  type Name,
  pointerTo,
  QNAME_OFFSET,
  RecordWriter,
} from '../../zone/rr.ts'

/** The options of a zone that affect its answers. */
export interface ZoneOptions {
  /** Wire name of the zone in lower case, with its root byte. */
  readonly zone: Uint8Array
  /** Seconds. */
  readonly ttl: number
  /** False with `noendpoints`: endpoint names and headless Services do not exist. */
  readonly endpoints: boolean
}

/** An address and a port. Port -1: the slice declares no ports, so there is an address record but no SRV record. */
interface Backend {
  readonly address: Uint8Array
  readonly addressText: string
  readonly port: ServicePort
  /** The target of the SRV record. */
  readonly target: Target
}

/** A relative name in wire form, and a text that identifies it. */
interface Target {
  readonly name: Uint8Array
  readonly key: string
}

/** The buffer of all records; empty between two calls. */
const records = new RecordWriter()

/** Returns all names of one Service with their answers; empty if the Service has no names in the zone. */
export function compileService(view: ImportedService, options: ZoneOptions): CompiledName[] {
  const { serviceImport, slices } = view
  const { name, namespace } = serviceImport
  const service = relativeName(name, namespace, 'svc')
  if (service === undefined) return []
  const maxLength = NAME_MAX_SIZE - options.zone.length
  const self = { name: service, key: '' }
  const headless = serviceImport.type === 'Headless'
  if (headless && !options.endpoints) return []
  const endpoints = options.endpoints ? endpointBackends(slices, self, maxLength) : []
  const backends = headless ? endpoints : virtualBackends(serviceImport, self)
  const names: CompiledName[] = []
  // A headless Service without ready endpoints does not exist (specification.md 2.4.1: NXDOMAIN).
  const pending = backends.length > 0 ? undefined : headless ? 'nxdomain' : 'nodata'
  const add = (relative: Uint8Array, list: readonly Backend[], pending?: Pending): void => {
    if (relative.length > maxLength) return
    names.push({ name: relative, answers: answersOf(relative, list, options), pending })
  }

  add(service, backends, pending)
  // The ports that the ServiceImport declares exist even without addresses, unless it is headless.
  const byPort = groupBy(backends, ({ port }) => portLabels(port))
  for (const port of headless && pending === undefined ? [] : serviceImport.ports) {
    const labels = portLabels(port)
    if (!byPort.has(labels)) byPort.set(labels, [])
  }
  for (const [labels, list] of byPort) {
    if (labels === '') continue
    const prefix = relativeName(...labels.split('.'))
    if (prefix !== undefined) add(concat(prefix, service), list, pending)
  }
  // The names <host>.<cluster>.<service> also exist for the endpoints of a ClusterSetIP Service.
  for (const [key, list] of groupBy(endpoints, ({ target }) => target.key)) {
    if (key !== self.key) add(list[0]!.target.name, list)
  }
  return [...names, ...emptyNonTerminals(names, service)]
}

/**
 * Returns the names between `service` and the names below it: `_tcp.<service>` and `<cluster>.<service>`. They exist
 * without records (RFC 8020; a resolver with strict QNAME minimisation, RFC 9156, may stop at NXDOMAIN).
 */
function emptyNonTerminals(names: readonly CompiledName[], service: Uint8Array): CompiledName[] {
  const parents = new Map<string, CompiledName>()
  for (const { name, pending } of names) {
    if (name.length === service.length || pending === 'nxdomain') continue
    const parent = name.subarray(1 + name[0]!)
    const label = bytesKey(parent.subarray(0, parent.length - service.length))
    if (!parents.has(label)) parents.set(label, { name: parent, answers: [] })
  }
  return [...parents.values()]
}

/** Returns the name `<ns>.svc` of an existing namespace, which is NODATA for every type. */
export function compileNamespace(namespace: string, options: ZoneOptions): CompiledName[] {
  const name = relativeName(namespace, 'svc')
  if (name === undefined || name.length + options.zone.length > NAME_MAX_SIZE) return []
  return [{ name, answers: [] }]
}

function virtualBackends(serviceImport: ServiceImport, service: Target): Backend[] {
  const backends: Backend[] = []
  // A ServiceImport without ports still has its addresses; CoreDNS answers NXDOMAIN.
  const ports = serviceImport.ports.length > 0 ? serviceImport.ports : noPorts
  for (const port of ports) {
    for (const addressText of serviceImport.ips) {
      const address = ipv4Bytes(addressText) ?? ipv6Bytes(addressText)
      if (address !== undefined) backends.push({ address, addressText, port, target: service })
    }
  }
  return backends
}

const noPorts: readonly ServicePort[] = [{ name: '', protocol: '', port: -1 }]

function endpointBackends(
  slices: readonly EndpointSlice[],
  service: Target,
  maxLength: number,
): Backend[] {
  const backends: Backend[] = []
  for (const { addressType, cluster: clusterId, ports: declared, endpoints } of slices) {
    const ports = declared.length > 0 ? declared : noPorts
    const parse = addressType === 'IPv4' ? ipv4Bytes : ipv6Bytes
    // Endpoint names need a cluster id that is a single DNS label, and must not be too long. The addresses of endpoints
    // without a name belong to the Service's own name, which is then the SRV target.
    const cluster = isLabel(clusterId) ? relativeName(clusterId) : undefined
    for (const { addresses, hostname } of endpoints) {
      for (const addressText of addresses) {
        const address = parse(addressText)
        if (address === undefined) continue
        const host = cluster === undefined ? '' : hostname || dashedAddress(addressText)
        const target = endpointTarget(host, cluster, clusterId, service, maxLength)
        for (const port of ports) backends.push({ address, addressText, port, target })
      }
    }
  }
  return backends
}

function endpointTarget(
  host: string,
  cluster: Uint8Array | undefined,
  clusterId: string,
  service: Target,
  maxLength: number,
): Target {
  if (cluster === undefined || !isLabel(host)) return service
  const label = relativeName(host)
  if (label === undefined) return service
  if (label.length + cluster.length + service.name.length > maxLength) return service
  const key = `${host}.${clusterId}`.toLowerCase()
  return { name: concat(label, cluster, service.name), key }
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

/** The labels of a port ("_http._tcp"); "" for a port without a valid name. */
function portLabels({ name, protocol }: ServicePort): string {
  return isLabel(name) && isLabel(protocol) ? `_${name}._${protocol}`.toLowerCase() : ''
}

function answersOf(
  name: Uint8Array,
  backends: readonly Backend[],
  options: ZoneOptions,
): CompiledAnswer[] {
  const answers: CompiledAnswer[] = []
  if (backends.length === 0) return answers
  const a = addressAnswer(TYPE_A, A_RR_SIZE, 4, backends, options.ttl)
  if (a !== undefined) answers.push(a)
  const aaaa = addressAnswer(TYPE_AAAA, AAAA_RR_SIZE, 16, backends, options.ttl)
  if (aaaa !== undefined) answers.push(aaaa)
  const srv = srvAnswer(name, backends, options)
  if (srv !== undefined) answers.push(srv)
  return answers
}

function addressAnswer(
  type: number,
  rrSize: number,
  bytes: number,
  backends: readonly Backend[],
  ttl: number,
): CompiledAnswer | undefined {
  // Compare bytes, because an address has several spellings.
  const seen = new Set<string>()
  for (const { address } of backends) {
    // The RR count of a message has 16 bits.
    if (address.length !== bytes || seen.size === 0xffff) continue
    const before = seen.size
    if (seen.add(bytesKey(address)).size > before) records.address(QNAME_OFFSET, ttl, address)
  }
  if (seen.size === 0) return undefined
  return { type, bytes: records.take(), answers: seen.size, additionals: 0, rrSize }
}

/**
 * One SRV record for each target and port, and an address record for each target and address (RFC 2782). As in CoreDNS
 * (backend_lookup.go SRV), the weight counts all pairs of address and port, including duplicates.
 */
function srvAnswer(
  name: Uint8Array,
  backends: readonly Backend[],
  { zone, ttl }: ZoneOptions,
): CompiledAnswer | undefined {
  // The same computation as in Go, so that the rounding is the same.
  const weight = Math.max(1, Math.floor((100 / (100 * backends.length)) * 100))
  const start = HEADER_SIZE + name.length + zone.length + 4
  // Stops after the first record that exceeds the largest message. This record is kept, so that the answerer detects
  // that the set does not fit, and sets TC.
  const isFull = () => start + records.length > MESSAGE_MAX_SIZE

  const owners = new Map<string, Name>()
  const seen = new Set<string>()
  let answers = 0
  for (const { port, target } of backends) {
    if (isFull()) break
    const key = `${port.port} ${target.key}`
    if (port.port < 0 || seen.has(key)) continue
    seen.add(key)
    answers++
    records.srv(ttl, weight, port.port, target.name, zone)
    if (isFull() || owners.has(target.key)) continue
    const rdataOffset = start + records.length - target.name.length - zone.length
    owners.set(target.key, ownerOf(name, target.name, rdataOffset) ?? concat(target.name, zone))
  }
  if (answers === 0) return undefined

  let additionals = 0
  seen.clear()
  for (const { address, addressText, target, port } of backends) {
    if (isFull()) break
    const owner = owners.get(target.key)
    const key = `${addressText} ${target.key}`
    if (port.port < 0 || owner === undefined || seen.has(key)) continue
    seen.add(key)
    additionals++
    records.address(owner, ttl, address)
  }
  return { type: TYPE_SRV, bytes: records.take(), answers, additionals, rrSize: 0 }
}

/** The offset of the target in the message: in the question if that ends with it, else in the RDATA of its SRV. */
function ownerOf(name: Uint8Array, target: Uint8Array, rdataOffset: number): number | undefined {
  const offset = name.length - target.length
  return pointerTo(
    offset >= 0 && endsWith(name, target, offset) ? HEADER_SIZE + offset : rdataOffset,
  )
}

function endsWith(name: Uint8Array, tail: Uint8Array, offset: number): boolean {
  for (let i = 0; i < tail.length; i++) if (name[offset + i] !== tail[i]) return false
  return true
}

/** Converts bytes to a key of a Map or Set. */
function bytesKey(bytes: Uint8Array): string {
  let key = ''
  for (let i = 0; i < bytes.length; i++) key += String.fromCharCode(bytes[i]!)
  return key
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = key(item)
    const list = groups.get(group)
    if (list === undefined) groups.set(group, [item])
    else list.push(item)
  }
  return groups
}
