// Raw API objects to the core's views. The input is whatever a server or a file holds: nothing in here throws,
// and what makes no sense is the core's to judge.
import { asFields } from '../../kube/fields.ts'
import { FIELD_MANAGER, IMPORT_MODE_ANNOTATION, MCS_GROUP } from '../api/names.ts'
import { isImportOwner } from '../api/ownership.ts'
import type {
  ExportRecord,
  ImportRecord,
  NamespaceView,
  ServiceRecord,
  SliceRecord,
} from '../api/records.ts'
import type { EndpointView } from '../api/types.ts'
import {
  at,
  conditions,
  idOf,
  isDeleting,
  number,
  objects,
  owners,
  policies,
  ports,
  slicePorts,
  text,
  textMap,
  texts,
} from '../api/unstructured.ts'

export function trimNamespace(raw: unknown): NamespaceView {
  const metadata = at(raw, 'metadata')
  const value = text(at(metadata, 'annotations')[IMPORT_MODE_ANNOTATION])
  const mode = value === 'auto' || value === 'manual' ? value : undefined
  return {
    mode,
    unknownMode: mode === undefined ? value : '',
    terminating: isDeleting(metadata),
  }
}

/** A ServiceExport that lies in `cluster`. */
export function trimExport(raw: unknown, cluster: string): ExportRecord {
  const metadata = at(raw, 'metadata')
  const spec = at(raw, 'spec')
  return {
    ...idOf(metadata),
    cluster,
    namespace: text(metadata.namespace),
    creationTimestamp: text(metadata.creationTimestamp),
    generation: number(metadata.generation) ?? 0,
    exportedLabels: textMap(spec.exportedLabels),
    exportedAnnotations: textMap(spec.exportedAnnotations),
    conditions: conditions(at(raw, 'status').conditions),
    deleting: isDeleting(metadata),
  }
}

/** A ServiceImport of any served version: v1alpha1 and v1beta1 have one schema. */
export function trimImport(raw: unknown): ImportRecord {
  const metadata = at(raw, 'metadata')
  const spec = at(raw, 'spec')
  const status = at(raw, 'status')
  const ipFamilies = texts(spec.ipFamilies)
  return {
    ...idOf(metadata),
    namespace: text(metadata.namespace),
    apiVersion: text(at(raw).apiVersion) || `${MCS_GROUP}/v1alpha1`,
    generation: number(metadata.generation) ?? 0,
    type: spec.type === 'Headless' ? 'Headless' : 'ClusterSetIP',
    ports: ports(spec.ports),
    ips: texts(spec.ips),
    ipFamilies,
    ownFamilies: ipFamilies.length > 0 && !wroteFamilies(metadata.managedFields),
    ...policies(spec),
    labels: textMap(metadata.labels),
    annotations: textMap(metadata.annotations),
    clusters: objects(status.clusters).map(({ cluster }) => text(cluster)),
    conditions: conditions(status.conditions),
    deleting: isDeleting(metadata),
  }
}

/** True when spec.ipFamilies are ours: the last writer of a field is its manager. */
function wroteFamilies(managedFields: unknown): boolean {
  return objects(managedFields).some(
    (entry) =>
      entry.manager === FIELD_MANAGER &&
      at(entry, 'fieldsV1', 'f:spec')['f:ipFamilies'] !== undefined,
  )
}

export function trimService(raw: unknown): ServiceRecord {
  const metadata = at(raw, 'metadata')
  const spec = at(raw, 'spec')
  const ownerReferences = owners(metadata)
  const clusterIPs = texts(spec.clusterIPs)
  const clusterIP = text(spec.clusterIP)
  return {
    ...idOf(metadata),
    namespace: text(metadata.namespace),
    type: text(spec.type) || 'ClusterIP',
    headless: clusterIP === 'None',
    clusterIPs: clusterIPs.length > 0 || clusterIP === '' ? clusterIPs : [clusterIP],
    ipFamilies: texts(spec.ipFamilies),
    ipFamilyPolicy: text(spec.ipFamilyPolicy),
    externalIPs: texts(spec.externalIPs),
    ports: ports(spec.ports),
    hasSelector: Object.keys(at(spec, 'selector')).length > 0,
    ...policies(spec),
    publishNotReadyAddresses: spec.publishNotReadyAddresses === true,
    labels: textMap(metadata.labels),
    ownerReferences,
    ownedByImport: ownerReferences.some(isImportOwner),
    deleting: isDeleting(metadata),
  }
}

export function trimSlice(raw: unknown): SliceRecord {
  const metadata = at(raw, 'metadata')
  const slice = at(raw)
  return {
    ...idOf(metadata),
    namespace: text(metadata.namespace),
    addressType: text(slice.addressType),
    ports: slicePorts(slice.ports),
    endpoints: objects(slice.endpoints).map(trimEndpoint),
    labels: textMap(metadata.labels),
    ownerReferences: owners(metadata),
    deleting: isDeleting(metadata),
  }
}

// Node names and target references stay behind: they name nodes and pods of the cluster they come from.
function trimEndpoint(raw: Readonly<Record<string, unknown>>): EndpointView {
  const { ready, serving, terminating } = asFields(raw.conditions) ?? {}
  return {
    addresses: texts(raw.addresses),
    conditions: {
      ready: boolean(ready),
      serving: boolean(serving),
      terminating: boolean(terminating),
    },
    hostname: text(raw.hostname),
    zone: text(raw.zone),
    forZones: objects(at(raw, 'hints').forZones).map(({ name }) => text(name)),
  }
}

function boolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}
