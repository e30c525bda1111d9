// Readers for the fields of raw API objects. They never throw: a field of the wrong type counts as absent.
import { asFields, type Fields } from '../../kube/fields.ts'
import type { Condition, ConditionStatus } from './conditions.ts'
import type { ObjectId, OwnerReference, Policies, Port, SlicePort, StringMap } from './types.ts'

/** The value if it is a string, else ''. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

// The offset is required: without one the result would depend on the local time zone.
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** The value if it has the form of an RFC 3339 time, with at most nanoseconds; else ''. */
export function timeOf(value: unknown): string {
  const text = stringOf(value)
  return RFC_3339.test(text) ? text : ''
}

/** No list of an object may be longer: ports of an EndpointSlice (discovery.k8s.io validation). */
const MAX_LIST = 20_000
/**
 * The keys of more entries exceed 64 KiB, which an import may carry, however short they are: there are 62 valid keys of one
 * character and 3,844 of two.
 */
const MAX_ENTRIES = 25_000

/** The value if it is an array, cut to 20,000 elements; else []. */
export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return []
  return value.length > MAX_LIST ? value.slice(0, MAX_LIST) : value
}

/** The elements that are objects. */
export function objectsOf(value: unknown): readonly Fields[] {
  return listOf(value)
    .map(asFields)
    .filter((one) => one !== undefined)
}

/** The elements that are strings. */
export function stringsOf(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

/** Of the first 25,000 entries of an object those whose values are strings. */
export function stringMapOf(value: unknown): StringMap {
  const entries = Object.entries(asFields(value) ?? {}).slice(0, MAX_ENTRIES)
  return Object.fromEntries(entries.filter(([, one]) => typeof one === 'string')) as StringMap
}

/** The value if it is a number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The object at `path`; {} when there is none. */
export function nestedObject(value: unknown, ...path: readonly string[]): Fields {
  let current = asFields(value)
  for (const field of path) current = asFields(current?.[field])
  return current ?? {}
}

/** Name, uid and resourceVersion of an object's `metadata`. */
export function objectIdOf(metadata: Fields): ObjectId {
  return {
    name: stringOf(metadata.name),
    uid: stringOf(metadata.uid),
    resourceVersion: stringOf(metadata.resourceVersion),
  }
}

/** True when `metadata` has a deletionTimestamp. */
export function isDeleting(metadata: Fields): boolean {
  return stringOf(metadata.deletionTimestamp) !== ''
}

/** `ownerReferences` of an object's `metadata`. */
export function ownersOf(metadata: Fields): readonly OwnerReference[] {
  return objectsOf(metadata.ownerReferences).map((one) => ({
    apiVersion: stringOf(one.apiVersion),
    kind: stringOf(one.kind),
    name: stringOf(one.name),
    uid: stringOf(one.uid),
    // Owner references of other controllers are written back unchanged.
    ...(typeof one.controller === 'boolean' ? { controller: one.controller } : {}),
    ...(typeof one.blockOwnerDeletion === 'boolean'
      ? { blockOwnerDeletion: one.blockOwnerDeletion }
      : {}),
  }))
}

/** Session affinity and traffic policies of the `spec` of a Service or a ServiceImport. */
export function policiesOf(spec: Fields): Policies {
  return {
    sessionAffinity: stringOf(spec.sessionAffinity),
    affinityTimeout: numberOf(
      nestedObject(spec, 'sessionAffinityConfig', 'clientIP').timeoutSeconds,
    ),
    internalTrafficPolicy: stringOf(spec.internalTrafficPolicy),
    trafficDistribution: stringOf(spec.trafficDistribution),
  }
}

/** Ports of a Service or a ServiceImport; a missing number becomes 0, which is invalid in a Service. */
export function portsOf(value: unknown): readonly Port[] {
  return objectsOf(value).map((one) => ({ ...slicePort(one), port: numberOf(one.port) ?? 0 }))
}

/** Ports of an EndpointSlice. */
export function slicePortsOf(value: unknown): readonly SlicePort[] {
  return objectsOf(value).map(slicePort)
}

function slicePort(port: Fields): SlicePort {
  return {
    name: stringOf(port.name),
    protocol: stringOf(port.protocol),
    port: numberOf(port.port),
    appProtocol: stringOf(port.appProtocol),
  }
}

/** The conditions of `status.conditions`. */
export function conditionsOf(value: unknown): readonly Condition[] {
  return objectsOf(value).map((one) => {
    const observedGeneration = numberOf(one.observedGeneration)
    return {
      type: stringOf(one.type),
      status: stringOf(one.status) as ConditionStatus,
      reason: stringOf(one.reason),
      message: stringOf(one.message),
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      lastTransitionTime: stringOf(one.lastTransitionTime),
    }
  })
}
