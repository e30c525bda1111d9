// A second, slow implementation of the answers of a multicluster zone, by the rules of docs/compatibility.md and
// the MCS specification. It searches all objects for each question. It shares no code with src/zone; encodeMessage
// encodes the message.
import { ipv4Bytes, ipv6Bytes } from '../../src/dns/address.ts'
import type { Message, RR } from '../../src/dns/message.ts'
import { nameToWire } from '../../src/dns/name.ts'
import type { ImportedService, ServicePort } from '../../src/sources/objects.ts'
import type { StoreContent } from './packet-harness.ts'

export interface ReferenceZone {
  /** Lower case, with a final dot. */
  readonly zone: string
  readonly ttl: number
  readonly endpoints: boolean
  readonly serial: number
  readonly localAddresses: readonly string[]
  readonly content: StoreContent
}

/** One address with one port; without `port` there is no SRV record. */
interface Pair {
  readonly address: string
  readonly port: ServicePort | undefined
  /** The labels of the SRV target before the Service; "" when the target is the Service. */
  readonly host: string
}

interface Found {
  readonly records: readonly RR[]
  readonly glue: readonly RR[]
  /** True when the import exists without addresses. */
  readonly pending?: boolean
}

type LookupResult = Found | 'nxdomain' | 'pending nxdomain'

interface ReferenceQuestion {
  readonly id: number
  readonly name: string
  readonly type: number
}

const A = 1
const NS = 2
const SOA = 6
const TXT = 16
const AAAA = 28
const SRV = 33

const CLUSTER_LABEL = /^[^._][^.]{0,62}$/

/** The reply to a question in the zone (class IN, with RD, without OPT). */
export function referenceAnswer(zone: ReferenceZone, question: ReferenceQuestion): Message {
  const { id, name, type } = question
  const base = {
    id,
    questions: [{ name: wire(name), type, class: 1 }],
    answers: [],
    authorities: [],
    additionals: [],
  }
  if (type === 251 || type === 252) return { ...base, flags: 0x8105 }
  const labels = name.toLowerCase().slice(0, -zone.zone.length).split('.').slice(0, -1)
  const asked = name.slice(-zone.zone.length)
  const soa = soaRecord(zone, asked)
  if (type === SOA) {
    return labels.length === 0
      ? { ...base, flags: 0x8500, answers: [soa] }
      : { ...base, flags: 0x8500, authorities: [soa] }
  }
  const result = lookUp(zone, labels, question)
  const soon = { ...soa, ttl: Math.min(soa.ttl, 1) }
  if (result === 'nxdomain') return { ...base, flags: 0x8503, authorities: [soa] }
  if (result === 'pending nxdomain') return { ...base, flags: 0x8503, authorities: [soon] }
  if (result.records.length === 0) {
    return { ...base, flags: 0x8500, authorities: [result.pending ? soon : soa] }
  }
  return { ...base, flags: 0x8500, answers: result.records, additionals: result.glue }
}

function lookUp(
  zone: ReferenceZone,
  labels: readonly string[],
  question: ReferenceQuestion,
): LookupResult {
  const nameserver = zone.localAddresses.map((address) =>
    addressRecord(zone, `ns.dns.${zone.zone}`, address),
  )
  const path = labels.join('.')
  const { type } = question
  const ofType = (records: readonly RR[]) =>
    renamed(records, question).filter((rr) => rr.type === type)
  if (path === '') {
    if (type !== NS) return { records: [], glue: [] }
    const data = wire(`ns.dns.${zone.zone}`)
    return { records: [record(question.name, NS, zone.ttl, data)], glue: nameserver }
  }
  if (path === 'ns.dns') return { records: ofType(nameserver), glue: [] }
  if (path === 'dns-version') {
    if (type !== TXT) return { records: [], glue: [] }
    const data = Uint8Array.from([5, ...Buffer.from('1.0.0')])
    return { records: [record(question.name, TXT, 28800, data)], glue: [] }
  }
  if (path === 'svc' || path === 'pod' || path === 'dns') return { records: [], glue: [] }
  if (labels.at(-1) !== 'svc') return 'nxdomain'
  const namespace = labels.at(-2)
  const service = labels.at(-3)
  if (service === undefined) {
    return zone.content.namespaces.includes(namespace!) ? { records: [], glue: [] } : 'nxdomain'
  }
  const view = zone.content.views.find(
    ({ service: serviceImport }) =>
      serviceImport.name === service && serviceImport.namespace === namespace,
  )
  if (view === undefined) return 'nxdomain'
  const below = labels.slice(0, -3)
  const pending = isPending(zone, view, below)
  const pairs = pairsOf(zone, view, below)
  if (pairs === undefined) return pending ? 'pending nxdomain' : 'nxdomain'
  if (pending) return { records: [], glue: [], pending }
  if (type === SRV)
    return services(zone, pairs, question, `${service}.${namespace}.svc.${zone.zone}`)
  const records = pairs.map(({ address }) => addressRecord(zone, question.name, address))
  return { records: unique(records.filter((rr) => rr.type === type)), glue: [] }
}

/** True for a Service without addresses, for its ports, and for the names above those if it is headless. */
function isPending(
  zone: ReferenceZone,
  { service: serviceImport, slices }: ImportedService,
  labels: readonly string[],
): boolean {
  const { type, ips, ports } = serviceImport
  if (type === 'Headless' && !zone.endpoints) return false
  const addresses = type === 'Headless' ? slices.flatMap(endpointPairs) : ips
  if (addresses.length > 0) return false
  const path = labels.join('.')
  const between = type === 'Headless' ? ports.map(({ protocol }) => `_${protocol}`) : []
  return (
    path === '' ||
    ports.some(({ name, protocol }, i) => {
      return name !== '' && [`_${name}._${protocol}`, between[i]].includes(path)
    })
  )
}

/** The addresses that the labels before a Service select; undefined when the name does not exist. */
function pairsOf(
  zone: ReferenceZone,
  { service: serviceImport, slices }: ImportedService,
  labels: readonly string[],
): readonly Pair[] | undefined {
  const endpoints = zone.endpoints ? slices.flatMap(endpointPairs) : []
  const headless = serviceImport.type === 'Headless'
  const ports = serviceImport.ports.length === 0 ? [undefined] : serviceImport.ports
  const vips = ports.flatMap((port) =>
    serviceImport.ips.map((address) => ({ address, port, host: '' })),
  )
  const pairs = headless ? endpoints : vips
  if (labels.length === 0) return headless && pairs.length === 0 ? undefined : pairs
  const [first = '', second = ''] = labels
  if (labels.length === 1) return isBetween(first, headless, serviceImport.ports, endpoints)
  if (labels.length !== 2) return undefined
  if (first.startsWith('_') && second.startsWith('_')) {
    const is = (port: ServicePort | undefined) =>
      port !== undefined &&
      port.name !== '' &&
      `_${port.name}` === first &&
      `_${port.protocol}` === second
    const exists = headless ? pairs.some(({ port }) => is(port)) : serviceImport.ports.some(is)
    return exists ? pairs.filter(({ port }) => is(port)) : undefined
  }
  const matching = endpoints.filter(({ host }) => host === `${first}.${second}`)
  return matching.length === 0 ? undefined : matching
}

/** No addresses when a port or an endpoint has a name below `label`, else undefined. */
function isBetween(
  label: string,
  headless: boolean,
  imported: readonly ServicePort[],
  endpoints: readonly Pair[],
): readonly Pair[] | undefined {
  const ports = headless ? endpoints.map(({ port }) => port) : imported
  const exists =
    ports.some((port) => port !== undefined && port.name !== '' && `_${port.protocol}` === label) ||
    endpoints.some(({ host }) => host.endsWith(`.${label}`))
  return exists ? [] : undefined
}

function endpointPairs(slice: ImportedService['slices'][number]): Pair[] {
  const ports = slice.ports.length === 0 ? [undefined] : slice.ports
  return slice.endpoints.flatMap(({ addresses, hostname }) =>
    addresses.flatMap((address) => {
      const dashed = address.replace(/[.:]/g, '-').replace(/-$/, '-0')
      const host = `${hostname === '' ? dashed : hostname}.${slice.cluster}`.toLowerCase()
      const named = CLUSTER_LABEL.test(slice.cluster)
      return ports.map((port) => ({ address, port, host: named ? host : '' }))
    }),
  )
}

function services(
  zone: ReferenceZone,
  pairs: readonly Pair[],
  question: ReferenceQuestion,
  service: string,
): LookupResult {
  const weight = Math.max(1, Math.floor(100 / pairs.length))
  const records: RR[] = []
  const glue: RR[] = []
  for (const { address, port, host } of pairs) {
    if (port === undefined) continue
    const target = host === '' ? service : `${host}.${service}`
    const fixed = Buffer.alloc(6)
    fixed.writeUInt16BE(weight, 2)
    fixed.writeUInt16BE(port.port, 4)
    records.push(record(question.name, SRV, zone.ttl, Buffer.concat([fixed, wire(target)])))
    glue.push(addressRecord(zone, target, address))
  }
  return { records: unique(records), glue: unique(glue) }
}

function soaRecord({ ttl, serial }: ReferenceZone, zone: string): RR {
  const numbers = Buffer.alloc(20)
  for (const [i, value] of [serial, 7200, 1800, 86400, ttl].entries()) {
    numbers.writeUInt32BE(value, 4 * i)
  }
  const dotted = zone === '.' ? '' : zone
  const data = Buffer.concat([wire(`ns.dns.${dotted}`), wire(`hostmaster.${dotted}`), numbers])
  return record(zone, SOA, Math.min(ttl, 300), data)
}

function addressRecord(zone: ReferenceZone, name: string, address: string): RR {
  const v4 = ipv4Bytes(address)
  return record(name, v4 === undefined ? AAAA : A, zone.ttl, v4 ?? ipv6Bytes(address)!)
}

function record(name: string, type: number, ttl: number, data: Uint8Array): RR {
  return { name: wire(name), type, class: 1, ttl, data: Uint8Array.from(data) }
}

function renamed(records: readonly RR[], { name }: ReferenceQuestion): RR[] {
  return records.map((rr) => ({ ...rr, name: wire(name) }))
}

function unique(records: readonly RR[]): RR[] {
  const key = ({ name, type, data }: RR) => `${name.join()} ${type} ${data.join()}`
  return [...new Map(records.map((rr) => [key(rr), rr])).values()]
}

function wire(name: string): Uint8Array {
  const bytes = nameToWire(name)
  if (bytes === undefined) throw new Error(`bad name ${name}`)
  return bytes
}
