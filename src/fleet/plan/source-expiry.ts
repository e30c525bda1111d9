// Source clusters whose lease has expired: whether their endpoints are kept, and the condition `SourceExpired` of the
// import. The type is ours, beside KEP-1645's `Ready`. An import whose sources never expired does not have it.
import type { Condition, DesiredCondition } from '../api/conditions.ts'
import { ON_EXPIRY_ANNOTATION } from '../api/names.ts'
import type { LeasePhase, StringMap } from '../api/types.ts'

const SOURCE_EXPIRED = 'SourceExpired'

/** True if the conditions of an import report an expired source. */
export function hasExpiredSource(conditions: readonly Condition[]): boolean {
  return conditions.some(({ type, status }) => type === SOURCE_EXPIRED && status === 'True')
}

/**
 * Returns the condition `SourceExpired`; `expiryActions` is keyed by cluster id. Undefined keeps the condition as it
 * is: no source ever expired, or this leader does not yet know the state of one that had (`hasUnknownSource`).
 */
export function sourceExpiredCondition(
  expiryActions: ReadonlyMap<string, ExpiryAction>,
  conditions: readonly Condition[],
  hasUnknownSource: boolean,
): DesiredCondition | undefined {
  if (hasUnknownSource) return undefined
  if (expiryActions.size > 0) {
    const dropped = [...expiryActions].filter(([, action]) => action === 'drop').map(([id]) => id)
    const kept = [...expiryActions].filter(([, action]) => action === 'keep').map(([id]) => id)
    const parts = [
      dropped.length === 0
        ? ''
        : `Endpoints of unreachable clusters are dropped: ${dropped.join(', ')}.`,
      kept.length === 0 ? '' : `Endpoints of unreachable clusters are kept: ${kept.join(', ')}.`,
    ]
    const reason = dropped.length > 0 ? 'EndpointsDropped' : 'EndpointsKept'
    const message = parts.filter((part) => part !== '').join(' ')
    return { type: SOURCE_EXPIRED, status: 'True', reason, message }
  }
  if (!conditions.some(({ type }) => type === SOURCE_EXPIRED)) return undefined
  return {
    type: SOURCE_EXPIRED,
    status: 'False',
    reason: 'SourcesReached',
    message: 'All clusters that export the Service are reachable again.',
  }
}

/** What happens to the EndpointSlices of an expired source cluster, in the words of the import's annotation. */
export type ExpiryAction = 'keep' | 'drop'

/** Another source of the same import. */
export interface OtherSource {
  readonly phase: LeasePhase
  /** How many of its endpoints in the import are ready. */
  readonly readyEndpoints: number
}

/**
 * Decides whether the EndpointSlices of an expired source cluster are kept or dropped. `annotations` are those of the
 * import. Without a valid annotation they are dropped only if another cluster with a fresh lease has ready endpoints,
 * so that the last endpoints are never removed on suspicion. An explicit `drop` drops even those.
 */
export function expiryAction(annotations: StringMap, others: readonly OtherSource[]): ExpiryAction {
  const chosen = annotations[ON_EXPIRY_ANNOTATION]
  if (chosen === 'keep' || chosen === 'drop') return chosen
  const replaced = others.some((one) => one.phase === 'fresh' && one.readyEndpoints > 0)
  return replaced ? 'drop' : 'keep'
}
