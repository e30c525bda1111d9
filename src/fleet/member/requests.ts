// The resources that the fleet watches in a member, and the requests that write them.
import { keyOf } from '../../kube/fields.ts'
import { MCS_GROUP } from '../../kube/mcs.ts'
import { JSON_TYPE, METADATA_LIST_TYPE, METADATA_TYPE } from '../../kube/media-types.ts'
import type { WatchedResource } from '../../kube/watched-resource.ts'
import { FIELD_MANAGER } from '../api/names.ts'
import type { FleetResource } from '../api/records.ts'
import { nestedObject, stringOf } from '../api/unstructured.ts'
import type { Body, ClusterEvent, Write } from '../api/writes.ts'
import type { ClusterCache } from './cluster-cache.ts'
import { eventBody } from './event-object.ts'

interface Api {
  readonly group: string
  readonly kind: string
}

const apis: Readonly<Record<FleetResource, Api>> = {
  namespaces: { group: '', kind: 'Namespace' },
  services: { group: '', kind: 'Service' },
  endpointslices: { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
  serviceexports: { group: MCS_GROUP, kind: 'ServiceExport' },
  serviceimports: { group: MCS_GROUP, kind: 'ServiceImport' },
}

/** The API group of a resource, '' for the core group. */
export function groupOf(resource: FleetResource): string {
  return apis[resource].group
}

/** How a reflector watches `resource` into `cache`; `mcsVersion` is the served version of the MCS API. */
export function watchFor(
  resource: FleetResource,
  mcsVersion: string,
  cache: ClusterCache,
): WatchedResource {
  // Only the metadata of a Namespace are used.
  const metadataOnly = resource === 'namespaces'
  return {
    resource,
    group: groupOf(resource),
    path: `${apiPath(resource, mcsVersion)}/${resource}`,
    query: '',
    acceptList: metadataOnly ? METADATA_LIST_TYPE : JSON_TYPE,
    acceptWatch: metadataOnly ? METADATA_TYPE : JSON_TYPE,
    put: (raw, receivedAt) => cache.put(resource, raw, receivedAt),
    remove: (raw, receivedAt) =>
      cache.remove(resource, keyOf(raw), stringOf(nestedObject(raw, 'metadata').uid), receivedAt),
  }
}

/** Path and query of a list that has one object at most. */
export function objectPath(
  resource: FleetResource,
  namespace: string,
  name: string,
  mcsVersion: string,
): string {
  const selector = `fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}`
  return `${apiPath(resource, mcsVersion)}/namespaces/${namespace}/${resource}?${selector}`
}

/** Path and query of the request for `write`. */
export function writePath(write: Write, mcsVersion: string): string {
  const { resource, namespace, action } = write
  const collection = `${apiPath(resource, mcsVersion)}/namespaces/${namespace}/${resource}`
  if (action === 'create') return `${collection}?fieldManager=${FIELD_MANAGER}`
  const path = `${collection}/${write.id.name}`
  if (action === 'delete') return path
  const subresource = write.subresource === '' ? '' : `/${write.subresource}`
  return `${path}${subresource}?fieldManager=${FIELD_MANAGER}`
}

/** Body of the request: the object with its kind, or the patch or DeleteOptions with the preconditions. */
export function writeBody(write: Write, mcsVersion: string): Body {
  const { resource, action } = write
  if (action === 'create') return { ...typeOf(resource, mcsVersion), ...write.body }
  const { uid, resourceVersion } = write.id
  if (action === 'delete') {
    return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
  }
  return {
    ...write.body,
    metadata: { ...nestedObject(write.body, 'metadata'), uid, resourceVersion },
  }
}

/** Path and query at which Events of a namespace are created. */
export function eventPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/events?fieldManager=${FIELD_MANAGER}`
}

/** Body of the request that creates the Event. */
export function eventObject(event: ClusterEvent, mcsVersion: string): Body {
  return eventBody(event, typeOf(event.resource, mcsVersion))
}

function typeOf(resource: FleetResource, mcsVersion: string) {
  const { group, kind } = apis[resource]
  const version = group === MCS_GROUP ? mcsVersion : 'v1'
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind }
}

/** The path of the API of a resource; `mcsVersion` is the served version of the MCS API. */
export function apiPath(resource: FleetResource, mcsVersion: string): string {
  const { group } = apis[resource]
  if (group === '') return '/api/v1'
  return `/apis/${group}/${group === MCS_GROUP ? mcsVersion : 'v1'}`
}
