// Readers for raw API objects. They never throw: what an object holds in the wrong form counts as absent.
import { asFields, type Fields } from '../../kube/fields.ts'
import type { Condition, ConditionStatus } from './conditions.ts'
import type { ObjectId, OwnerReference, Policies, Port, SlicePort, StringMap } from './types.ts'

/** The text; '' for anything else. */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The entries that are objects. */
export function objectsOf(value: unknown): readonly Fields[] {
  return listOf(value)
    .map(asFields)
    .filter((one) => one !== undefined)
}

/** The entries that are texts. */
export function stringsOf(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

/** The texts of a map. */
export function stringMapOf(value: unknown): StringMap {
  const entries = Object.entries(asFields(value) ?? {})
  if (entries.every(([, one]) => typeof one === 'string'))
    return Object.fromEntries(entries) as StringMap
  return Object.fromEntries(entries.filter(([, one]) => typeof one === 'string')) as StringMap
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** A nested object; {} when there is none. */
export function nestedObject(value: unknown, ...path: readonly string[]): Fields {
  let current = asFields(value)
  for (const field of path) current = asFields(current?.[field])
  return current ?? {}
}

export function objectIdOf(metadata: Fields): ObjectId {
  return {
    name: stringOf(metadata.name),
    uid: stringOf(metadata.uid),
    resourceVersion: stringOf(metadata.resourceVersion),
  }
}

export function isDeleting(metadata: Fields): boolean {
  return stringOf(metadata.deletionTimestamp) !== ''
}

export function ownersOf(metadata: Fields): readonly OwnerReference[] {
  return objectsOf(metadata.ownerReferences).map((one) => ({
    apiVersion: stringOf(one.apiVersion),
    kind: stringOf(one.kind),
    name: stringOf(one.name),
    uid: stringOf(one.uid),
    // Owners of others are written back as they were.
    ...(typeof one.controller === 'boolean' ? { controller: one.controller } : {}),
    ...(typeof one.blockOwnerDeletion === 'boolean'
      ? { blockOwnerDeletion: one.blockOwnerDeletion }
      : {}),
  }))
}

/** Affinity and policies of a `spec`. */
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

/** Ports of a Service or an import; one without a number gets 0, which no Service can have. */
export function portsOf(value: unknown): readonly Port[] {
  return objectsOf(value).map((one) => ({ ...slicePort(one), port: numberOf(one.port) ?? 0 }))
}

/** Ports of a slice. */
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

/** `status.conditions`. */
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
