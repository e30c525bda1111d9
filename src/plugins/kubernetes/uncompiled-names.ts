// Names of a zone of the cluster that exist by a rule, without an entry in the table: Pods, extra labels before the name
// of a Pod, port names without underscores, and topology zones without endpoints.
//
// A record of the table may point into its question at a fixed offset, as the address records beside SRV do. So an SRV
// question for such a name is INCOMPLETE, and the handler answers it (`spellings.ts`).
import { TYPE_SRV } from '../../dns/codes.ts'
import type { Exchange } from '../../dns/exchange.ts'
import { relativeName } from '../../dns/name.ts'
import {
  ABSENT,
  INCOMPLETE,
  type UncompiledNames,
  type ZoneAnswerer,
} from '../../zone/zone-answerer.ts'
import { LabelStarts } from './label-starts.ts'
import { isCanonicalLabel, readPodLabel } from './pod-label.ts'
import type { PodMode } from './pods.ts'
import { VerifiedPods } from './verified-pods.ts'

const SVC = relativeName('svc')!
const POD = relativeName('pod')!
const PIN = relativeName('pin', '_zone')!
const PREFER = relativeName('prefer', '_zone')!
/** Labels of a Service's name without the zone: <svc>.<ns>.svc. */
const SERVICE_LABELS = 3
/** CoreDNS ignores up to two labels before the name of a Pod. */
const MORE_POD_LABELS = 2

interface UncompiledOptions {
  readonly pods: PodMode
  readonly zonal: boolean
}

/** The rules of one zone and thread. */
export class UncompiledLocalNames implements UncompiledNames {
  readonly #pods: PodMode
  readonly #zonal: boolean
  readonly #labels = new LabelStarts()
  readonly #address = new Uint8Array(16)
  readonly #addressWords = new Int32Array(this.#address.buffer)
  readonly #verified = new VerifiedPods()

  constructor({ pods, zonal }: UncompiledOptions) {
    this.#pods = pods
    this.#zonal = zonal
  }

  answer(exchange: Exchange, relative: number, zone: ZoneAnswerer): number {
    const labels = this.#labels
    const { name } = exchange.request
    labels.read(name, relative)
    const { count } = labels
    if (count < SERVICE_LABELS) return ABSENT
    if (labels.endsWith(POD)) return this.#pod(exchange, zone, count)
    if (count < SERVICE_LABELS + 2 || !labels.endsWith(SVC)) return ABSENT
    if (count === SERVICE_LABELS + 2) return this.#port(exchange, zone)
    return this.#zonal ? this.#zonalName(exchange, zone, count) : ABSENT
  }

  /** [Z.[Y.]]X.NS.pod */
  #pod(exchange: Exchange, zone: ZoneAnswerer, count: number): number {
    const labels = this.#labels
    if (this.#pods === 'disabled' || count > SERVICE_LABELS + MORE_POD_LABELS) return ABSENT
    const { name } = exchange.request
    const start = labels.start(count - SERVICE_LABELS)
    const size = readPodLabel(name, start + 1, name[start]!, this.#address)
    if (size === 0) return ABSENT
    const namespace = labels.start(count - 2)
    const exists =
      this.#pods === 'insecure'
        ? labels.findFrom(zone.table, count - 2) !== 0
        : isCanonicalLabel(name, start + 1, name[start]!, this.#address, size) &&
          this.#verified.has(zone.table, name, namespace, this.#addressWords, size)
    return exists ? zone.address(exchange, this.#address, size) : ABSENT
  }

  /** PORT.PROTOCOL.SVC.NS.svc: each of the two may lack its underscore. */
  #port(exchange: Exchange, zone: ZoneAnswerer): number {
    const labels = this.#labels
    // Search lists make many names of this form, for Services that do not exist.
    const service = labels.findFrom(zone.table, 2)
    if (service === 0) return ABSENT
    const isWildPort = labels.isUnderscore(0)
    const isWildProtocol = labels.isUnderscore(1)
    if (isWildPort || isWildProtocol) {
      if (!isWildProtocol) return ABSENT
      // `_._` is every port of the Service; `_http._` is rare enough for the handler.
      if (isWildPort) return this.#like(exchange, zone, service)
      return labels.fitsWithProtocol(exchange.request.nameLength) ? INCOMPLETE : ABSENT
    }
    const entry = labels.findWithUnderscores(zone.table)
    return entry === 0 ? ABSENT : this.#like(exchange, zone, entry)
  }

  /** ZONE.pin._zone.SVC.NS.svc or ZONE.prefer._zone.SVC.NS.svc, for a zone without endpoints. */
  #zonalName(exchange: Exchange, zone: ZoneAnswerer, count: number): number {
    const labels = this.#labels
    const at = count - SERVICE_LABELS - 2
    if (at < 1) return ABSENT
    const prefers = labels.hasAt(at, PREFER)
    if (!prefers && !labels.hasAt(at, PIN)) return ABSENT
    if (labels.findFrom(zone.table, at) === 0) return ABSENT
    if (!prefers) return zone.nodata(exchange)
    const service = labels.findFrom(zone.table, count - SERVICE_LABELS)
    if (service === 0 || zone.table.pending(service) !== 0) return zone.nodata(exchange)
    return this.#like(exchange, zone, service)
  }

  /** Answers like another name. */
  #like(exchange: Exchange, zone: ZoneAnswerer, entry: number): number {
    return exchange.request.type === TYPE_SRV ? INCOMPLETE : zone.entry(exchange, entry)
  }
}
