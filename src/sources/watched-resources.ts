// The three resources that DNS reads: their paths and media types, and how their objects are stored.
import { keyOf } from '../kube/fields.ts'
import { MCS_GROUP, MCS_SERVICE_NAME_LABEL } from '../kube/mcs.ts'
import { JSON_TYPE, METADATA_LIST_TYPE, METADATA_TYPE, PROTOBUF_TYPE } from '../kube/media-types.ts'
import type { WatchedResource } from '../kube/watched-resource.ts'
import {
  type Converted,
  importFromObject,
  namespaceFromObject,
  sliceFromObject,
} from './convert.ts'
import type { InvalidObjects } from './invalid-objects.ts'
import { sliceDecoders } from './protobuf-slice.ts'
import type { Resource, Store } from './store.ts'

/** The resources of one store; `imports` takes the served version, "v1beta1" or "v1alpha1". */
export function watchedResources(store: Store, invalid: InvalidObjects) {
  const remove = (resource: Resource, kind: string) => (raw: unknown, receivedAt: number) => {
    const key = keyOf(raw)
    invalid.forget(`${kind} ${key}`)
    store.remove(resource, key, receivedAt)
  }
  /** Converts an object and stores it; an object that cannot be used is reported, and removed if it was stored. */
  const put =
    <T>(
      resource: Resource,
      kind: string,
      convert: (raw: unknown) => Converted<T>,
      keep: (key: string, object: T, receivedAt: number) => void,
    ) =>
    (raw: unknown, receivedAt: number) => {
      const { key, object, problems } = convert(raw)
      invalid.report(`${kind} ${key}`, problems)
      if (object === undefined) store.remove(resource, key, receivedAt)
      else keep(key, object, receivedAt)
    }
  const imports = (importVersion: string): WatchedResource => ({
    resource: 'serviceimports',
    group: MCS_GROUP,
    path: `/apis/${MCS_GROUP}/${importVersion}/serviceimports`,
    query: '',
    acceptList: JSON_TYPE,
    acceptWatch: JSON_TYPE,
    put: put('serviceimports', 'ServiceImport', importFromObject, (...object) => {
      store.putImport(...object)
    }),
    remove: remove('serviceimports', 'ServiceImport'),
  })
  const slices: WatchedResource = {
    resource: 'endpointslices',
    group: 'discovery.k8s.io',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    query: `&labelSelector=${encodeURIComponent(MCS_SERVICE_NAME_LABEL)}`,
    acceptList: `${PROTOBUF_TYPE},${JSON_TYPE}`,
    acceptWatch: `${PROTOBUF_TYPE},${JSON_TYPE}`,
    decoders: sliceDecoders,
    put: put('endpointslices', 'EndpointSlice', sliceFromObject, (...object) => {
      store.putSlice(...object)
    }),
    remove: remove('endpointslices', 'EndpointSlice'),
  }
  const namespaces: WatchedResource = {
    resource: 'namespaces',
    group: '',
    path: '/api/v1/namespaces',
    query: '',
    // Only the names are needed.
    acceptList: METADATA_LIST_TYPE,
    acceptWatch: METADATA_TYPE,
    put: (raw, receivedAt) => {
      const { object } = namespaceFromObject(raw)
      if (object !== undefined) store.putNamespace(object, receivedAt)
    },
    remove: remove('namespaces', 'Namespace'),
  }
  return { imports, slices, namespaces }
}
