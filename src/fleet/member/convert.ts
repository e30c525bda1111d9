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
} from '../api/unstructured.ts'

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

/** A ServiceExport that lies in `cluster`. */
export function exportRecord(raw: unknown, cluster: string): ExportRecord {
  const metadata = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  return {
    ...objectIdOf(metadata),
    cluster,
    namespace: stringOf(metadata.namespace),
    creationTimestamp: stringOf(metadata.creationTimestamp),
    generation: numberOf(metadata.generation) ?? 0,
    exportedLabels: stringMapOf(spec.exportedLabels),
    exportedAnnotations: stringMapOf(spec.exportedAnnotations),
    conditions: conditionsOf(nestedObject(raw, 'status').conditions),
    deleting: isDeleting(metadata),
  }
}

/** A ServiceImport of any served version: v1alpha1 and v1beta1 have one schema. */
export function importRecord(raw: unknown): ImportRecord {
  const metadata = nestedObject(raw, 'metadata')
  const spec = nestedObject(raw, 'spec')
  const status = nestedObject(raw, 'status')
  const ipFamilies = stringsOf(spec.ipFamilies)
  return {
    ...objectIdOf(metadata),
    namespace: stringOf(metadata.namespace),
    apiVersion: stringOf(nestedObject(raw).apiVersion) || `${MCS_GROUP}/v1alpha1`,
    generation: numberOf(metadata.generation) ?? 0,
    type: spec.type === 'Headless' ? 'Headless' : 'ClusterSetIP',
    ports: portsOf(spec.ports),
    ips: stringsOf(spec.ips),
    ipFamilies,
    ownFamilies: ipFamilies.length > 0 && !wroteFamilies(metadata.managedFields),
    ...policiesOf(spec),
    labels: stringMapOf(metadata.labels),
    annotations: stringMapOf(metadata.annotations),
    clusters: objectsOf(status.clusters).map(({ cluster }) => stringOf(cluster)),
    conditions: conditionsOf(status.conditions),
    deleting: isDeleting(metadata),
  }
}

/** True when spec.ipFamilies are ours: the last writer of a field is its manager. */
function wroteFamilies(managedFields: unknown): boolean {
  return objectsOf(managedFields).some(
    (entry) =>
      entry.manager === FIELD_MANAGER &&
      nestedObject(entry, 'fieldsV1', 'f:spec')['f:ipFamilies'] !== undefined,
  )
}

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

export function sliceRecord(raw: unknown): SliceRecord {
  const metadata = nestedObject(raw, 'metadata')
  const slice = nestedObject(raw)
  return {
    ...objectIdOf(metadata),
    namespace: stringOf(metadata.namespace),
    addressType: stringOf(slice.addressType),
    ports: slicePortsOf(slice.ports),
    endpoints: objectsOf(slice.endpoints).map(endpointView),
    labels: stringMapOf(metadata.labels),
    ownerReferences: ownersOf(metadata),
    deleting: isDeleting(metadata),
  }
}

// Node names and target references stay behind: they name nodes and pods of the cluster they come from.
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
