// What of a change of conditions becomes an Event: one for each that says something else than before. Pure, and made
// beside the conditions themselves, so that an Event follows from a write and never from looking again.
import type { Condition } from '../api/conditions.ts'
import type { EventNote } from '../api/writes.ts'

/** Reasons that ask nobody to do anything. */
const NORMAL_REASONS: ReadonlySet<string> = new Set([
  'Exported',
  'Ready',
  'NoConflicts',
  'SourcesReached',
])

/** What there is to tell when `before` becomes `after`. */
export function conditionEvents(
  before: readonly Condition[],
  after: readonly Condition[],
): readonly EventNote[] {
  const changes = after
    .map((now) => ({ was: before.find(({ type }) => type === now.type), now }))
    .filter(({ was, now }) => isNews(was, now))
  return (
    changes
      // An export that is not valid is not ready for the same reason: one Event says both.
      .filter(({ now }, i) => changes.findIndex((one) => one.now.message === now.message) === i)
      .map(({ was, now }) => ({
        about: now.type,
        type: typeOf(was, now),
        // Several conflicts are joined by commas; the first stands for them, the message names them all.
        reason: now.reason.split(',')[0]!,
        message: now.message,
      }))
  )
}

function isNews(was: Condition | undefined, now: Condition): boolean {
  const { type, status, reason, message } = now
  // What follows from it is told as `Ready`.
  if (type === 'Valid' && status === 'True') return false
  if (was === undefined) return type !== 'Conflict' || status === 'True'
  if (was.status !== status || was.reason !== reason) return true
  // Only the message says which clusters were lost.
  return type === 'SourceExpired' && was.message !== message
}

/** Waiting is normal until what one waits for was there already. */
function typeOf(was: Condition | undefined, { reason }: Condition): EventNote['type'] {
  const isExpected = reason === 'Pending' ? was?.status !== 'True' : NORMAL_REASONS.has(reason)
  return isExpected ? 'Normal' : 'Warning'
}
