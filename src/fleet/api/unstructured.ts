// Readers for raw API objects. They never throw: what an object holds in the wrong form counts as absent.
import { asFields, type Fields } from '../../kube/fields.ts'
import type { Condition, ConditionStatus } from './conditions.ts'
import type { ObjectId, OwnerReference, Policies, Port, SlicePort, TextMap } from './types.ts'

/** The text; '' for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The entries that are objects. */
export function objects(value: unknown): readonly Fields[] {
  return list(value)
    .map(asFields)
    .filter((one) => one !== undefined)
}

/** The entries that are texts. */
export function texts(value: unknown): readonly string[] {
  return list(value).filter((one) => typeof one === 'string')
}

/** The texts of a map. */
export function textMap(value: unknown): TextMap {
  const entries = Object.entries(asFields(value) ?? {})
  if (entries.every(([, one]) => typeof one === 'string'))
    return Object.fromEntries(entries) as TextMap
  return Object.fromEntries(entries.filter(([, one]) => typeof one === 'string')) as TextMap
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** A nested object; {} when there is none. */
export function at(value: unknown, ...path: readonly string[]): Fields {
  let here = asFields(value)
  for (const field of path) here = asFields(here?.[field])
  return here ?? {}
}

export function idOf(metadata: Fields): ObjectId {
  return {
    name: text(metadata.name),
    uid: text(metadata.uid),
    resourceVersion: text(metadata.resourceVersion),
  }
}

export function isDeleting(metadata: Fields): boolean {
  return text(metadata.deletionTimestamp) !== ''
}

export function owners(metadata: Fields): readonly OwnerReference[] {
  return objects(metadata.ownerReferences).map((one) => ({
    apiVersion: text(one.apiVersion),
    kind: text(one.kind),
    name: text(one.name),
    uid: text(one.uid),
    // Owners of others are written back as they were.
    ...(typeof one.controller === 'boolean' ? { controller: one.controller } : {}),
    ...(typeof one.blockOwnerDeletion === 'boolean'
      ? { blockOwnerDeletion: one.blockOwnerDeletion }
      : {}),
  }))
}

/** Affinity and policies of a `spec`. */
export function policies(spec: Fields): Policies {
  return {
    sessionAffinity: text(spec.sessionAffinity),
    affinityTimeout: number(at(spec, 'sessionAffinityConfig', 'clientIP').timeoutSeconds),
    internalTrafficPolicy: text(spec.internalTrafficPolicy),
    trafficDistribution: text(spec.trafficDistribution),
  }
}

/** Ports of a Service or an import; one without a number gets 0, which no Service can have. */
export function ports(value: unknown): readonly Port[] {
  return objects(value).map((one) => ({ ...slicePort(one), port: number(one.port) ?? 0 }))
}

/** Ports of a slice. */
export function slicePorts(value: unknown): readonly SlicePort[] {
  return objects(value).map(slicePort)
}

function slicePort(port: Fields): SlicePort {
  return {
    name: text(port.name),
    protocol: text(port.protocol),
    port: number(port.port),
    appProtocol: text(port.appProtocol),
  }
}

/** `status.conditions`. */
export function conditions(value: unknown): readonly Condition[] {
  return objects(value).map((one) => {
    const observedGeneration = number(one.observedGeneration)
    return {
      type: text(one.type),
      status: text(one.status) as ConditionStatus,
      reason: text(one.reason),
      message: text(one.message),
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      lastTransitionTime: text(one.lastTransitionTime),
    }
  })
}
