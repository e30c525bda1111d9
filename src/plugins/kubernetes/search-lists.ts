// The search lists of Pods for `autopath` (coredns plugin/kubernetes/autopath.go): NAMESPACE.svc.ZONE, svc.ZONE, ZONE.
//
// The namespace is that of the question, since the name must be below the first domain of the list. So what must be known is
// whether the client is a Pod of this namespace, which the table of the zone says (`verified-pods.ts`), and no index of Pods by
// their addresses is needed. Pods of several namespaces may have one address, that of their node: each of the lists applies.
import { addressBytes } from '../../dns/address.ts'
import { relativeName } from '../../dns/name.ts'
import type { Request } from '../../dns/request.ts'
import type { ZoneAnswerer } from '../../zone/zone-answerer.ts'
import type { Client } from '../chain.ts'
import type { ZoneSet } from '../multicluster/zone-set.ts'
import type { SearchLists } from '../runtime.ts'
import { LabelStarts } from './label-starts.ts'
import { VerifiedPods } from './verified-pods.ts'

const SVC = relativeName('svc')!
/** Labels before the zone: one that is completed at least, the namespace, and `svc`. */
const MIN_LABELS = 3

export class PodSearchLists implements SearchLists {
  readonly #zones: ZoneSet
  readonly #podZones: ReadonlySet<ZoneAnswerer>
  readonly #labels = new LabelStarts()
  readonly #address = new Uint8Array(16)
  readonly #addressWords = new Int32Array(this.#address.buffer)
  readonly #pods = new VerifiedPods()

  /** `podZones` are those of `zones` whose tables have Pods. */
  constructor(zones: ZoneSet, podZones: readonly ZoneAnswerer[]) {
    this.#zones = zones
    this.#podZones = new Set(podZones)
  }

  mayApply(request: Request): boolean {
    return this.#zoneOf(request) !== undefined
  }

  of(request: Request, { remoteAddress }: Client): readonly Uint8Array[] | undefined {
    const zone = this.#zoneOf(request)
    const address = addressBytes(remoteAddress)
    if (zone === undefined || address === undefined) return undefined
    this.#address.set(address)
    const labels = this.#labels
    const namespace = labels.start(labels.count - 2)
    const svc = labels.start(labels.count - 1)
    const { name, nameLength } = request
    zone.enter()
    const isPod = this.#pods.has(zone.table, name, namespace, this.#addressWords, address.length)
    zone.leave()
    return isPod
      ? [name.slice(namespace, nameLength), name.slice(svc, nameLength), zone.zone]
      : undefined
  }

  /** The zone of a name below NAMESPACE.svc.ZONE, whose labels are read then. */
  #zoneOf(request: Request): ZoneAnswerer | undefined {
    const zone = this.#zones.zoneOf(request)
    if (zone === undefined || !this.#podZones.has(zone)) return undefined
    const labels = this.#labels
    labels.read(request.name, request.nameLength - zone.zone.length)
    return labels.count >= MIN_LABELS && labels.endsWith(SVC) ? zone : undefined
  }
}
