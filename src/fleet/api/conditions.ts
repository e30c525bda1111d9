// Conditions as metav1.Condition wants them. Pure: the time is an argument. A condition that says nothing
// new is the old object itself, and so is the list, so that "nothing changed" is one comparison and no
// write follows from it.

export type ConditionStatus = 'True' | 'False' | 'Unknown'

/** What a condition says, without when it began. */
export interface DesiredCondition {
  readonly type: string
  readonly status: ConditionStatus
  readonly reason: string
  readonly message: string
}

export interface Condition extends DesiredCondition {
  /** metadata.generation of the object that it was made from; absent when whoever wrote it knew none. */
  readonly observedGeneration?: number
  /** RFC 3339, whole seconds. */
  readonly lastTransitionTime: string
}

/** The CRD refuses longer ones. */
const MESSAGE_MAX_LENGTH = 32_768

/**
 * `conditions` with the one of `desired.type` set. `lastTransitionTime` becomes `now` (RFC 3339) when the
 * status changes and stays otherwise. Other types stay as they are. Returns `conditions` itself when
 * nothing changed.
 */
export function setCondition(
  conditions: readonly Condition[],
  desired: DesiredCondition,
  generation: number,
  now: string,
): readonly Condition[] {
  const { type, status, reason } = desired
  const message = desired.message.slice(0, MESSAGE_MAX_LENGTH)
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

/** Old CRDs did not ask for a time; a list in which one is missing would be refused. */
export function timed(conditions: readonly Condition[], now: string): readonly Condition[] {
  return conditions.map((condition) =>
    condition.lastTransitionTime === '' ? { ...condition, lastTransitionTime: now } : condition,
  )
}

/** `setCondition` for several. */
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
    // Old CRDs drop the generation: it would be written again and again.
    (old.observedGeneration ?? next.observedGeneration) === next.observedGeneration
  )
}
