// What a fleet has made of its clusters, as lines that two fleets can be compared by: all that follows from the
// users' objects, and nothing that an API server makes up or that depends on what was before. Left out are
// allocated addresses, uids, versions, times, and the names and the packing of slices. Addresses of an import
// are told by their places in its Service, owners by whether they are the objects that there are now.
//
// An import that nobody exports any more keeps what the last export gave it: which families it publishes, and of
// its Service what the import itself does not say. That is history, so that, and only that, is left out as well.
import {
  AUTO_IMPORT_LABEL,
  amcsName,
  DERIVED_LABEL,
  FIELD_MANAGER,
  MANAGED_BY,
  MANAGED_BY_LABEL,
} from '../../src/fleet/api/names.ts'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import { fleetResources } from '../../src/fleet/api/records.ts'
import {
  listOf,
  nestedObject,
  objectsOf,
  stringOf,
  stringsOf,
} from '../../src/fleet/api/unstructured.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import { keyOf } from '../../src/kube/fields.ts'

/** The raw objects of one cluster. */
export type ClusterObjects = Readonly<Record<FleetResource, readonly Body[]>>
/** By cluster id. */
export type FleetObjects = ReadonlyMap<string, ClusterObjects>

/** The objects of one cluster, each resource's in its turn. */
export function eachResource(
  objectsOf: (resource: FleetResource) => readonly Body[],
): ClusterObjects {
  return {
    namespaces: objectsOf('namespaces'),
    serviceexports: objectsOf('serviceexports'),
    serviceimports: objectsOf('serviceimports'),
    services: objectsOf('services'),
    endpointslices: objectsOf('endpointslices'),
  }
}

/** The comparable lines of all clusters, sorted. */
export function fleetState(fleet: FleetObjects): readonly string[] {
  const lines = [...fleet].flatMap(([cluster, all]) =>
    clusterState(all).map((line) => `${cluster} ${line}`),
  )
  return lines.sort()
}

/** What is only in one of the two; [] when the fleets are in the same state. */
export function differences(actual: FleetObjects, expected: FleetObjects): readonly string[] {
  const [found, wanted] = [fleetState(actual), fleetState(expected)]
  return [
    ...without(found, wanted).map((line) => `unexpected: ${line}`),
    ...without(wanted, found).map((line) => `missing: ${line}`),
  ]
}

/** The users' objects, without what we or an API server wrote into them: what the state is to follow from. */
export function usersObjects(fleet: FleetObjects): FleetObjects {
  return new Map(
    [...fleet].map(([cluster, all]) => {
      const inputs = (resource: FleetResource) =>
        all[resource].filter((one) => !isOurs(resource, one)).map((one) => input(resource, one))
      return [cluster, eachResource(inputs)]
    }),
  )
}

/** Users' objects that carry a mark of ours where we may not write. */
export function trespasses(fleet: FleetObjects): readonly string[] {
  return [...fleet].flatMap(([cluster, all]) =>
    fleetResources.flatMap((resource) =>
      all[resource]
        .filter((object) => !isOurs(resource, object) && hasOurFields(resource, object))
        .map((object) => `${cluster} ${resource} ${keyOf(object)}`),
    ),
  )
}

/** True for an object that the fleet made. */
function isOurs(resource: FleetResource, object: Body): boolean {
  const labels = nestedObject(object, 'metadata', 'labels')
  // The slices that Kubernetes makes for a Service copy its labels.
  if (resource === 'endpointslices') return labels[MANAGED_BY_LABEL] === MANAGED_BY
  return DERIVED_LABEL in labels || AUTO_IMPORT_LABEL in labels
}

function clusterState(all: ClusterObjects): readonly string[] {
  const uids = new Set(fleetResources.flatMap((resource) => all[resource].map(uidOf)))
  const unexported = new Map(
    all.serviceimports.filter(isUnexported).map((one) => [keyOf(one), nestedObject(one, 'spec')]),
  )
  const services = new Map(all.services.map((service) => [keyOf(service), service]))
  const ours = all.endpointslices.filter((one) => isOurs('endpointslices', one))
  const users = all.endpointslices.filter((one) => !isOurs('endpointslices', one))
  return [
    ...all.namespaces.map((one) => line('namespace', one, commonOf(one, uids))),
    ...all.serviceexports.map((one) =>
      line('export', one, { ...commonOf(one, uids), spec: one.spec, conditions: conditions(one) }),
    ),
    ...all.serviceimports.map((one) =>
      line('import', one, { ...commonOf(one, uids), ...importOf(one, services) }),
    ),
    ...all.services.flatMap((one) => {
      const spec = serviceSpec(one)
      const own = unexported.get(importKey(one))
      const compared = own === undefined ? spec : withoutHistory(spec, own)
      if (compared === undefined) return []
      return [line('service', one, { ...commonOf(one, uids), spec: compared })]
    }),
    ...users.map((one) => {
      const { addressType, ports, endpoints } = one
      const { labels, annotations } = nestedObject(one, 'metadata')
      return line('slice', one, { labels, annotations, addressType, ports, endpoints })
    }),
    ...importedState(ours, uids),
  ]
}

function commonOf(object: Body, uids: ReadonlySet<string>): Body {
  const { labels = {}, annotations = {} } = nestedObject(object, 'metadata')
  const owners = objectsOf(nestedObject(object, 'metadata').ownerReferences)
  return {
    labels,
    annotations,
    // The version of an owner's API is chosen by what its cluster serves.
    owners: owners.map(({ apiVersion, kind, name, uid }) => {
      const group = stringOf(apiVersion).split('/')[0]
      return `${group} ${kind} ${name} ${uids.has(stringOf(uid)) ? 'there' : 'GONE'}`
    }),
  }
}

function importOf(object: Body, services: ReadonlyMap<string, Body>): Body {
  const { ips, ipFamilies, ...spec } = nestedObject(object, 'spec')
  const { clusters = [] } = nestedObject(object, 'status')
  const { name, namespace } = nestedObject(object, 'metadata')
  const service = services.get(`${namespace}/${amcsName(stringOf(name))}`)
  const addresses = stringsOf(nestedObject(service, 'spec').clusterIPs)
  const places = stringsOf(ips).map((ip) => addresses.indexOf(ip))
  const published = isUnexported(object)
    ? keptAddresses(spec, stringsOf(ips), places, stringsOf(ipFamilies))
    : { ips: places, ipFamilies: listOf(ipFamilies) }
  return { spec, ...published, clusters, conditions: conditions(object) }
}

/** Of the addresses of an import that nobody exports: that there are some, and that they are its Service's. */
function keptAddresses(
  spec: Body,
  ips: readonly string[],
  places: readonly number[],
  ipFamilies: readonly string[],
): Body {
  if (mayLackService(spec)) return {}
  if (spec.type === 'Headless') return { ips: ips.length }
  const families = ips.map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4'))
  return {
    published: ips.length > 0,
    foreign: places.includes(-1),
    familiesAgree: families.join() === ipFamilies.join(),
  }
}

/** The spec of the Service of an import that nobody exports, whose spec is `own`; undefined: all is history. */
function withoutHistory(spec: Body, own: Body): Body | undefined {
  if (mayLackService(own)) return undefined
  const { ports, sessionAffinity, sessionAffinityConfig, trafficDistribution, ...rest } = spec
  const timeout = nestedObject(own, 'sessionAffinityConfig', 'clientIP').timeoutSeconds
  return {
    ...rest,
    ...(listOf(own.ports).length === 0 ? {} : { ports }),
    ...(own.sessionAffinity === undefined ? {} : { sessionAffinity }),
    ...(own.sessionAffinity === undefined || timeout === undefined
      ? {}
      : { sessionAffinityConfig }),
    ...(own.trafficDistribution === undefined ? {} : { trafficDistribution }),
  }
}

/** True for an import which only an export can give ports: before the first one it has no Service. */
function mayLackService({ type, ports }: Body): boolean {
  return type !== 'Headless' && listOf(ports).length === 0
}

function serviceSpec(service: Body): Body {
  const { clusterIP, clusterIPs, ...spec } = nestedObject(service, 'spec')
  return { ...spec, addresses: clusterIP === 'None' ? 'None' : stringsOf(clusterIPs).length }
}

/** What they say, and whether of the object as it is now. */
function conditions(object: Body): readonly string[] {
  const { generation } = nestedObject(object, 'metadata')
  return objectsOf(nestedObject(object, 'status').conditions)
    .map(({ type, status, reason, message, observedGeneration }) => {
      const age = observedGeneration === generation ? 'now' : 'BEFORE'
      return `${type}=${status}/${reason} ${age} ${message}`
    })
    .sort()
}

/** The endpoints of the imported slices that differ in nothing else, together. */
function importedState(slices: readonly Body[], uids: ReadonlySet<string>): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const slice of slices) {
    const { addressType, endpoints } = slice
    const ports = objectsOf(slice.ports).map(stable).sort()
    const group = stable({ ...commonOf(slice, uids), addressType, ports })
    const key = `imported ${nestedObject(slice, 'metadata').namespace} ${group}`
    groups.set(key, [...(groups.get(key) ?? []), ...objectsOf(endpoints).map(stable)])
  }
  return [...groups].map(([key, endpoints]) => `${key} ${endpoints.sort().join(' ')}`)
}

function importKey(service: Body): string {
  const { namespace, labels } = nestedObject(service, 'metadata')
  return `${namespace}/${nestedObject(labels)[DERIVED_LABEL]}`
}

function isUnexported(serviceImport: Body): boolean {
  return listOf(nestedObject(serviceImport, 'status').clusters).length === 0
}

function input(resource: FleetResource, object: Body): Body {
  const { status: _status, ...rest } = object
  const { name, namespace, labels, annotations, creationTimestamp } = nestedObject(
    object,
    'metadata',
  )
  const spec = { ...nestedObject(object, 'spec') }
  if (resource === 'serviceimports') {
    delete spec.ips
    delete spec.ipFamilies
  }
  // Addresses are allocated anew.
  if (resource === 'services' && spec.clusterIP !== 'None') {
    delete spec.clusterIP
    delete spec.clusterIPs
  }
  const withSpec = object.spec === undefined ? {} : { spec }
  return {
    ...rest,
    ...withSpec,
    metadata: { name, namespace, labels, annotations, creationTimestamp },
  }
}

function hasOurFields(resource: FleetResource, object: Body): boolean {
  return objectsOf(nestedObject(object, 'metadata').managedFields).some((entry) => {
    if (entry.manager !== FIELD_MANAGER) return false
    const fields = nestedObject(entry, 'fieldsV1')
    const { 'f:status': _status, 'f:spec': ofSpec, ...others } = fields
    const { 'f:ips': _ips, 'f:ipFamilies': _families, ...spec } = nestedObject(ofSpec)
    if (resource === 'serviceexports') return ofSpec !== undefined || Object.keys(others).length > 0
    if (resource !== 'serviceimports') return true
    return Object.keys(spec).some((field) => field !== '.') || Object.keys(others).length > 0
  })
}

function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const rest = [...others]
  return lines.filter((one) => {
    const index = rest.indexOf(one)
    if (index >= 0) rest.splice(index, 1)
    return index < 0
  })
}

function uidOf(object: Body): string {
  return stringOf(nestedObject(object, 'metadata').uid)
}

function line(kind: string, object: Body, rest: Body): string {
  return `${kind} ${keyOf(object)} ${stable(rest)}`
}

/** JSON with sorted fields; what is undefined is not there. */
function stable(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]))
}
