// `zonal`: names of a headless Service for the endpoints of one topology zone, ZONE.pin._zone.<service> and
// ZONE.prefer._zone.<service> (coredns plugin/kubernetes parse.go). Here are the zones that have ready endpoints;
// names of other zones are answered by a rule (`uncompiled-names.ts`).
import { NAME_MAX_SIZE } from '../../dns/codes.ts'
import { concat, relativeName } from '../../dns/name.ts'
import type { Endpoint, EndpointSlice } from '../../sources/objects.ts'
import type { CompiledName } from '../../zone/compiled.ts'
import {
  bytesKey,
  type EndpointNaming,
  endpointGroups,
  ofService,
} from '../multicluster/backends.ts'
import {
  emptyNonTerminals,
  type NameList,
  type NameOptions,
} from '../multicluster/service-names.ts'

// Everybody who may create EndpointSlices can make up zones. The most zones of a Service that have names of their own,
// and the most labels and characters of a zone: a zone is the value of a node's label.
export const MAX_ZONES = 64
export const MAX_ZONE_LABELS = 4
const MAX_ZONE_LENGTH = 63

const PIN = relativeName('pin', '_zone')!
const PREFER = relativeName('prefer', '_zone')!

/**
 * Adds the names of all zones with ready endpoints, and the two names above them: they exist for every headless Service,
 * also without endpoints, so that the names of other zones are known to exist.
 */
export function* addZonalNames(
  slices: readonly EndpointSlice[],
  service: Uint8Array,
  naming: EndpointNaming,
  options: NameOptions,
  list: NameList,
): Generator<void, void> {
  const maxLength = NAME_MAX_SIZE - options.zone.length
  const zones = byZone(slices)
  for (const directive of [PIN, PREFER]) {
    list.add(concat(directive, service), [], zones.size === 0 ? 'nodata' : undefined)
  }
  for (const [zone, ofZone] of [...zones].slice(0, MAX_ZONES)) {
    const texts = zone.split('.')
    const labels = relativeName(...texts)
    if (labels === undefined || texts.length > MAX_ZONE_LABELS) continue
    const backends = ofService(endpointGroups(ofZone, service, maxLength, naming))
    for (const directive of [PIN, PREFER]) {
      if (list.addPart(concat(labels, directive, service), backends)) yield
    }
  }
}

/** The empty names between `service` and its zonal names. A zone may have a name above that of another: they have dots. */
export function zonalParents(
  names: readonly CompiledName[],
  service: Uint8Array,
): readonly CompiledName[] {
  const known = new Set(names.map(({ name }) => bytesKey(name)))
  return emptyNonTerminals(names, service).filter(({ name }) => !known.has(bytesKey(name)))
}

/** The slices with only the endpoints of each zone, by the lower-case name of the zone. */
function byZone(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const zones = new Map<string, EndpointSlice[]>()
  for (const slice of slices) {
    for (const [zone, endpoints] of groupByZone(slice.endpoints)) {
      const list = zones.get(zone) ?? []
      list.push({ ...slice, endpoints })
      zones.set(zone, list)
    }
  }
  return zones
}

function groupByZone(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const zones = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints) {
    const zone = endpoint.zone.toLowerCase()
    if (zone === '' || zone.length > MAX_ZONE_LENGTH) continue
    const list = zones.get(zone)
    if (list === undefined) zones.set(zone, [endpoint])
    else list.push(endpoint)
  }
  return zones
}
