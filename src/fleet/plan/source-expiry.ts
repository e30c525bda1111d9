// What the user of an import is told of clusters that were not reached for long: the condition `SourceExpired`, a
// type of ours beside KEP-1645's `Ready`. An import that never lost a source does not have it.
import type { Condition, DesiredCondition } from '../api/conditions.ts'
import { ON_EXPIRY_ANNOTATION } from '../api/names.ts'
import type { LeasePhase, StringMap } from '../api/types.ts'

const SOURCE_EXPIRED = 'SourceExpired'

/** True when some source had expired by what an import's conditions say. */
export function hasExpiredSource(conditions: readonly Condition[]): boolean {
  return conditions.some(({ type, status }) => type === SOURCE_EXPIRED && status === 'True')
}

/**
 * The statement about the expired sources, undefined when there is nothing new to say: an import never lost one, or
 * `hasUnknownSource`, since nobody knows yet whether those that it has lost are back.
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
      dropped.length === 0 ? '' : `Not reached, endpoints dropped: ${dropped.join(', ')}.`,
      kept.length === 0 ? '' : `Not reached, endpoints kept: ${kept.join(', ')}.`,
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
    message: 'All clusters that export the service are reached again.',
  }
}

export type ExpiryAction = 'keep' | 'drop'

/** Another source of the same import. */
export interface OtherSource {
  readonly phase: LeasePhase
  /** How many of its endpoints in the import are ready. */
  readonly readyEndpoints: number
}

/**
 * Keep or drop the slices of a source that has expired. The import's annotation decides; without it, or with a
 * value that is none, they go only when another cluster in contact still has ready endpoints, so that the
 * last ones are never thrown away on suspicion. An explicit `drop` drops even those.
 */
export function expiryAction(annotations: StringMap, others: readonly OtherSource[]): ExpiryAction {
  const chosen = annotations[ON_EXPIRY_ANNOTATION]
  if (chosen === 'keep' || chosen === 'drop') return chosen
  const replaced = others.some((one) => one.phase === 'fresh' && one.readyEndpoints > 0)
  return replaced ? 'drop' : 'keep'
}
