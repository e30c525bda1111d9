// Converts raw API objects into the fleet's views. Input from servers and files is not trusted: nothing here
// throws, and values are validated later, by merge and plan. Only times are validated here: an index of the cache keeps
// them once more, without counting them.
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
  conditionsOf,
  isDeleting,
  nestedObject,
  numberOf,
  objectIdOf,
  objectsOf,
  ownersOf,
  policiesOf,
  portsOf,
  slicePortsOf,
  stringMapOf,
  stringOf,
  stringsOf,
  timeOf,
} from '../api/unstructured.ts'

/** A Namespace with its import mode. */
export function namespaceView(raw: unknown): NamespaceView {
  const metadata = nestedObject(raw, 'metadata')
  const value = stringOf(nestedObject(metadata, 'annotations')[IMPORT_MODE_ANNOTATION])
  const mode = value === 'auto' || value === 'manual' ? value : undefined
  return {
    mode,
    unknownMode: mode === undefined ? value : '',
    terminating: isDeleting(metadata),
  }
}

/** A ServiceExport of the cluster with the id `cluster`. */
export function exportRecord(raw: unknown, cluster: string): ExportRecord {
  const metadata = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  return {
    ...objectIdOf(metadata),
    cluster,
    namespace: stringOf(metadata.namespace),
    creationTimestamp: timeOf(metadata.creationTimestamp),
    generation: numberOf(metadata.generation) ?? 0,
    exportedLabels: stringMapOf(spec.exportedLabels),
    exportedAnnotations: stringMapOf(spec.exportedAnnotations),
    conditions: conditionsOf(nestedObject(raw, 'status').conditions),
    deleting: isDeleting(metadata),
  }
}

/** A ServiceImport of any served version: v1alpha1 and v1beta1 have the same schema. */
export function importRecord(raw: unknown): ImportRecord {
  const metadata = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  const status = nestedObject(raw, 'status')
  const ips = stringsOf(spec.ips)
  const ipFamilies = stringsOf(spec.ipFamilies)
  return {
    ...objectIdOf(metadata),
    namespace: stringOf(metadata.namespace),
    apiVersion: stringOf(nestedObject(raw).apiVersion) || `${MCS_GROUP}/v1alpha1`,
    generation: numberOf(metadata.generation) ?? 0,
    type: spec.type === 'Headless' ? 'Headless' : 'ClusterSetIP',
    ports: portsOf(spec.ports),
    ips,
    ownIps: ips.length > 0 && !wroteField(metadata.managedFields, 'ips'),
    ipFamilies,
    ownFamilies: ipFamilies.length > 0 && !wroteField(metadata.managedFields, 'ipFamilies'),
    ...policiesOf(spec),
    labels: stringMapOf(metadata.labels),
    annotations: stringMapOf(metadata.annotations),
    clusters: objectsOf(status.clusters).map(({ cluster }) => stringOf(cluster)),
    conditions: conditionsOf(status.conditions),
    deleting: isDeleting(metadata),
  }
}

/** True when the fleet set this field of `spec`: the last writer of a field is its manager. */
function wroteField(managedFields: unknown, field: string): boolean {
  return objectsOf(managedFields).some(
    (entry) =>
      entry.manager === FIELD_MANAGER &&
      nestedObject(entry, 'fieldsV1', 'f:spec')[`f:${field}`] !== undefined,
  )
}

/** A Service, exported or derived. */
export function serviceRecord(raw: unknown): ServiceRecord {
  const metadata = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  const ownerReferences = ownersOf(metadata)
  const clusterIPs = stringsOf(spec.clusterIPs)
  const clusterIP = stringOf(spec.clusterIP)
  return {
    ...objectIdOf(metadata),
    namespace: stringOf(metadata.namespace),
    type: stringOf(spec.type) || 'ClusterIP',
    headless: clusterIP === 'None',
    clusterIPs: clusterIPs.length > 0 || clusterIP === '' ? clusterIPs : [clusterIP],
    ipFamilies: stringsOf(spec.ipFamilies),
    ipFamilyPolicy: stringOf(spec.ipFamilyPolicy),
    externalIPs: stringsOf(spec.externalIPs),
    ports: portsOf(spec.ports),
    hasSelector: Object.keys(nestedObject(spec, 'selector')).length > 0,
    ...policiesOf(spec),
    publishNotReadyAddresses: spec.publishNotReadyAddresses === true,
    labels: stringMapOf(metadata.labels),
    ownerReferences,
    ownedByImport: ownerReferences.some(isImportOwner),
    deleting: isDeleting(metadata),
  }
}

/** An EndpointSlice, local or imported. */
export function sliceRecord(raw: unknown): SliceRecord {
  const metadata = nestedObject(raw, 'metadata')
  const slice = nestedObject(raw)
  return {
    ...objectIdOf(metadata),
    namespace: stringOf(metadata.namespace),
    creationTimestamp: timeOf(metadata.creationTimestamp),
    addressType: stringOf(slice.addressType),
    ports: slicePortsOf(slice.ports),
    endpoints: objectsOf(slice.endpoints).map(endpointView),
    labels: stringMapOf(metadata.labels),
    ownerReferences: ownersOf(metadata),
    deleting: isDeleting(metadata),
  }
}

// Node names and target references are left out: they name nodes and Pods of the source cluster.
function endpointView(raw: Readonly<Record<string, unknown>>): EndpointView {
  const { ready, serving, terminating } = asFields(raw.conditions) ?? {}
  return {
    addresses: stringsOf(raw.addresses),
    conditions: {
      ready: booleanOf(ready),
      serving: booleanOf(serving),
      terminating: booleanOf(terminating),
    },
    hostname: stringOf(raw.hostname),
    zone: stringOf(raw.zone),
    forZones: objectsOf(nestedObject(raw, 'hints').forZones).map(({ name }) => stringOf(name)),
  }
}

function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}
