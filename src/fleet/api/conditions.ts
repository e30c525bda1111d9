// Conditions as metav1.Condition defines them. Pure: the time is an argument. An unchanged condition or list
// is returned as the same object, so that callers detect "nothing changed" by identity and write nothing.

import { messageText } from './message-text.ts'

export type ConditionStatus = 'True' | 'False' | 'Unknown'

/** A condition to be set, without its times and generation. */
export interface DesiredCondition {
  readonly type: string
  readonly status: ConditionStatus
  readonly reason: string
  readonly message: string
}

export interface Condition extends DesiredCondition {
  /** metadata.generation of the object when the condition was set; absent when the writer did not set it. */
  readonly observedGeneration?: number
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime: string
}

/** Bytes; the CRD's maxLength counts characters. */
const MESSAGE_BYTES = 32_768

/**
 * Returns `conditions` with the condition of type `desired.type` set. `lastTransitionTime` becomes `now`
 * (RFC 3339) only when the status changes. Other types are kept. Returns `conditions` itself when nothing
 * changed.
 */
export function setCondition(
  conditions: readonly Condition[],
  desired: DesiredCondition,
  generation: number,
  now: string,
): readonly Condition[] {
  const { type, status, reason } = desired
  const message = messageText(desired.message, MESSAGE_BYTES)
  const index = conditions.findIndex((condition) => condition.type === type)
  const old = conditions[index]
  const lastTransitionTime = (old?.status === status && old.lastTransitionTime) || now
  const next = {
    type,
    status,
    reason,
    message,
    observedGeneration: Number.isInteger(generation) ? Math.max(0, generation) : 0,
    lastTransitionTime,
  }
  if (old !== undefined && isUnchanged(old, next)) return conditions
  return timed(old === undefined ? [...conditions, next] : conditions.with(index, next), now)
}

/** `conditions` without these types; `conditions` itself when it has none of them. */
export function withoutConditions(
  conditions: readonly Condition[],
  types: readonly string[],
): readonly Condition[] {
  const others = conditions.filter(({ type }) => !types.includes(type))
  return others.length === conditions.length ? conditions : others
}

/** Adds missing transition times: old CRDs did not require them, but current CRDs reject a condition without one. */
export function timed(conditions: readonly Condition[], now: string): readonly Condition[] {
  return conditions.map((condition) =>
    condition.lastTransitionTime === '' ? { ...condition, lastTransitionTime: now } : condition,
  )
}

/** Calls `setCondition` for each of `desired`; returns `conditions` itself when nothing changed. */
export function setConditions(
  conditions: readonly Condition[],
  desired: readonly DesiredCondition[],
  generation: number,
  now: string,
): readonly Condition[] {
  return desired.reduce(
    (list, condition) => setCondition(list, condition, generation, now),
    conditions,
  )
}

function isUnchanged(old: Condition, next: Condition): boolean {
  return (
    old.status === next.status &&
    old.reason === next.reason &&
    old.message === next.message &&
    // Old CRDs drop the generation; without this it would be written again at every reconcile.
    (old.observedGeneration ?? next.observedGeneration) === next.observedGeneration
  )
}
