// The state of a fleet's clusters as lines, to compare two fleets: everything derived from the users' objects, nothing
// that the API server generates or that depends on history. Omitted are allocated addresses, uids, resourceVersions,
// times, and the names and packing of EndpointSlices. Addresses of a ServiceImport are given as indexes into the
// clusterIPs of its Service; owners by whether they exist.
//
// A ServiceImport that is no longer exported keeps what the last export set: its published families, and the fields of
// its Service that the import does not set itself. Only those are omitted as well.
import {
  AUTO_IMPORT_LABEL,
  amcsName,
  DERIVED_LABEL,
  DERIVED_SERVICE_ANNOTATION,
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

/** The raw objects of one cluster by resource. */
export type ClusterObjects = Readonly<Record<FleetResource, readonly Body[]>>
/** By cluster id. */
export type FleetObjects = ReadonlyMap<string, ClusterObjects>

/** Calls `objectsOf` for each resource. */
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

/** The lines that only one of the two fleets has; [] when their states are equal. */
export function differences(actual: FleetObjects, expected: FleetObjects): readonly string[] {
  const [found, wanted] = [fleetState(actual), fleetState(expected)]
  return [
    ...without(found, wanted).map((line) => `unexpected: ${line}`),
    ...without(wanted, found).map((line) => `missing: ${line}`),
  ]
}

/** The users' objects without the fields that the fleet or an API server wrote: the input of the fleet. */
export function usersObjects(fleet: FleetObjects): FleetObjects {
  return new Map(
    [...fleet].map(([cluster, all]) => {
      const inputs = (resource: FleetResource) =>
        all[resource].filter((one) => !isOurs(resource, one)).map((one) => input(resource, one))
      return [cluster, eachResource(inputs)]
    }),
  )
}

/**
 * Users' objects with fields of the fleet's field manager that the fleet may not write. A derived Service without its label
 * is the users' when no import names it: they removed the label before the import had its annotation, or the import itself.
 */
export function trespasses(fleet: FleetObjects): readonly string[] {
  return [...fleet].flatMap(([cluster, all]) => {
    const named = new Set(all.serviceimports.map(derivedKeyOf))
    const isLeft = (resource: FleetResource, object: Body) =>
      resource === 'services' && keyOf(object).includes('/amcs-') && !named.has(keyOf(object))
    return fleetResources.flatMap((resource) =>
      all[resource]
        .filter((object) => !isOurs(resource, object) && hasOurFields(resource, object))
        .filter((object) => !isLeft(resource, object))
        .map((object) => `${cluster} ${resource} ${keyOf(object)}`),
    )
  })
}

function derivedKeyOf(serviceImport: Body): string {
  const { namespace, annotations } = nestedObject(serviceImport, 'metadata')
  return `${namespace}/${nestedObject(annotations)[DERIVED_SERVICE_ANNOTATION]}`
}

/** True for an object that the fleet created. */
function isOurs(resource: FleetResource, object: Body): boolean {
  const labels = nestedObject(object, 'metadata', 'labels')
  // The EndpointSlice controller of Kubernetes copies the labels of a Service to its slices.
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
    // The API version of an owner depends on what its cluster serves.
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
  const { [DERIVED_SERVICE_ANNOTATION]: named, ...annotations } = nestedObject(
    object,
    'metadata',
    'annotations',
  )
  const isOurs = nestedObject(service, 'metadata', 'labels')[DERIVED_LABEL] === name
  const wanted = isOurs ? amcsName(stringOf(name)) : undefined
  const namesService = named === wanted
  return { annotations, namesService, spec, ...published, clusters, conditions: conditions(object) }
}

/** For an import without exports: whether it has addresses, and whether they are those of its Service. */
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

/** The comparable spec of the Service of an import without exports; `own` is the import's spec. Undefined: none. */
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

/** True for an import without ports of its own: it has no Service before the first export. */
function mayLackService({ type, ports }: Body): boolean {
  return type !== 'Headless' && listOf(ports).length === 0
}

function serviceSpec(service: Body): Body {
  const { clusterIP, clusterIPs, ...spec } = nestedObject(service, 'spec')
  return { ...spec, addresses: clusterIP === 'None' ? 'None' : stringsOf(clusterIPs).length }
}

/** The conditions as text, with whether they observed the current generation. */
function conditions(object: Body): readonly string[] {
  const { generation } = nestedObject(object, 'metadata')
  return objectsOf(nestedObject(object, 'status').conditions)
    .map(({ type, status, reason, message, observedGeneration }) => {
      const age = observedGeneration === generation ? 'now' : 'BEFORE'
      return `${type}=${status}/${reason} ${age} ${message}`
    })
    .sort()
}

/** Groups imported slices that differ only in their endpoints, and lists the endpoints of each group. */
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
  // A new cluster allocates other addresses.
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
    const { 'f:status': _status, 'f:spec': ofSpec, 'f:metadata': ofMetadata, ...others } = fields
    const { 'f:ips': _ips, 'f:ipFamilies': _families, ...spec } = nestedObject(ofSpec)
    const { 'f:annotations': annotations, ...metadata } = nestedObject(ofMetadata)
    const { [`f:${DERIVED_SERVICE_ANNOTATION}`]: _service, ...texts } = nestedObject(annotations)
    const hasOthers = Object.keys(others).length > 0
    if (resource === 'serviceexports')
      return ofSpec !== undefined || ofMetadata !== undefined || hasOthers
    if (resource !== 'serviceimports') return true
    const foreign = [spec, metadata, texts].flatMap(Object.keys)
    return hasOthers || foreign.some((field) => field !== '.')
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

/** JSON with sorted fields, without undefined values. */
function stable(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([name, one]) => [name, sorted(one)]))
}
