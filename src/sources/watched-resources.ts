// The resources that DNS reads: their paths, selectors and media types, and how their objects are stored.
import { keyOf } from '../kube/fields.ts'
import { MCS_GROUP, MCS_SERVICE_NAME_LABEL } from '../kube/mcs.ts'
import { JSON_TYPE, METADATA_LIST_TYPE, METADATA_TYPE, PROTOBUF_TYPE } from '../kube/media-types.ts'
import type { WatchedResource } from '../kube/watched-resource.ts'
import { type Converted, importFromObject, namespaceFromObject } from './convert.ts'
import { podFromObject, serviceFromObject } from './convert-core.ts'
import { slicesFromObject } from './convert-slice.ts'
import { SERVICE_NAME_LABEL } from './core-names.ts'
import type { InvalidObjects } from './invalid-objects.ts'
import { podDecoders, serviceDecoders } from './protobuf-core.ts'
import { sliceDecoders } from './protobuf-slice.ts'
import type { Resource } from './source.ts'
import type { Reads, SourceRequest } from './source-request.ts'
import type { Store } from './store.ts'
import { noRoom } from './validation.ts'

/** The resources that `reads` needs. */
export function resourcesOf(reads: Reads): readonly Resource[] {
  const { imports, services, endpoints, pods } = reads
  const needed: readonly (readonly [Resource, boolean])[] = [
    ['serviceimports', imports],
    ['services', services],
    ['endpointslices', imports || endpoints],
    ['namespaces', true],
    ['pods', pods],
  ]
  return needed.flatMap(([resource, isNeeded]) => (isNeeded ? [resource] : []))
}

/** Pods that have ended have no names (coredns plugin/kubernetes podListFunc). */
const RUNNING = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown'
const PROTOBUF_OR_JSON = `${PROTOBUF_TYPE},${JSON_TYPE}`

/** The resources of one store; `serviceimports` takes the served version, "v1beta1" or "v1alpha1". */
export function watchedResources(
  store: Store,
  invalid: InvalidObjects,
  { reads, labels }: Pick<SourceRequest, 'reads' | 'labels'>,
) {
  const remove = (resource: Resource, kind: string) => (raw: unknown, receivedAt: number) => {
    const key = keyOf(raw)
    invalid.forget(`${kind} ${key}`)
    store.remove(resource, key, receivedAt)
  }
  /** The functions that convert and store objects; one that cannot be used is reported, and removed if it was stored. */
  const stored = <T>(
    resource: Resource,
    kind: string,
    convert: (raw: unknown) => Converted<T>,
    keep: (key: string, object: T, receivedAt: number) => boolean,
  ) => ({
    resource,
    put: (raw: unknown, receivedAt: number) => {
      const { key, object, problems } = convert(raw)
      if (object === undefined) store.remove(resource, key, receivedAt)
      const isKept = object === undefined || keep(key, object, receivedAt)
      invalid.report(`${kind} ${key}`, isKept ? problems : [...problems, noRoom(kind, key)])
    },
    remove: remove(resource, kind),
  })
  const serviceimports = (version: string): WatchedResource => ({
    ...stored('serviceimports', 'ServiceImport', importFromObject, (...one) =>
      store.putImport(...one),
    ),
    group: MCS_GROUP,
    path: `/apis/${MCS_GROUP}/${version}/serviceimports`,
    query: '',
    acceptList: JSON_TYPE,
    acceptWatch: JSON_TYPE,
  })
  const services: WatchedResource = {
    ...stored('services', 'Service', serviceFromObject, (...one) => store.putService(...one)),
    group: '',
    path: '/api/v1/services',
    query: selectorQuery('label', labels),
    acceptList: PROTOBUF_OR_JSON,
    acceptWatch: PROTOBUF_OR_JSON,
    decoders: serviceDecoders,
  }
  const endpointslices: WatchedResource = {
    ...stored(
      'endpointslices',
      'EndpointSlice',
      (raw) => slicesFromObject(raw, reads),
      (...one) => store.putSlices(...one),
    ),
    group: 'discovery.k8s.io',
    path: '/apis/discovery.k8s.io/v1/endpointslices',
    query: selectorQuery('label', labels, sliceLabel(reads)),
    acceptList: PROTOBUF_OR_JSON,
    acceptWatch: PROTOBUF_OR_JSON,
    decoders: sliceDecoders,
  }
  const namespaces: WatchedResource = {
    ...stored('namespaces', 'Namespace', namespaceFromObject, (name, { labels }, receivedAt) =>
      store.putNamespace(name, reads.namespaceLabels ? labels : undefined, receivedAt),
    ),
    group: '',
    path: '/api/v1/namespaces',
    query: '',
    // Only names and labels are needed.
    acceptList: METADATA_LIST_TYPE,
    acceptWatch: METADATA_TYPE,
  }
  const pods: WatchedResource = {
    ...stored('pods', 'Pod', podFromObject, (...one) => store.putPod(...one)),
    group: '',
    path: '/api/v1/pods',
    query: `${selectorQuery('label', labels)}${selectorQuery('field', RUNNING)}`,
    acceptList: PROTOBUF_OR_JSON,
    acceptWatch: PROTOBUF_OR_JSON,
    decoders: podDecoders,
  }
  return { serviceimports, services, endpointslices, namespaces, pods }
}

/** The label that all slices have that are read; '' when two kinds of slices are read. */
function sliceLabel({ imports, endpoints }: Reads): string {
  if (imports && endpoints) return ''
  return imports ? MCS_SERVICE_NAME_LABEL : SERVICE_NAME_LABEL
}

function selectorQuery(kind: 'label' | 'field', ...parts: readonly string[]): string {
  const selector = parts.filter((part) => part !== '').join(',')
  return selector === '' ? '' : `&${kind}Selector=${encodeURIComponent(selector)}`
}
