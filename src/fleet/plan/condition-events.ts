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
    .map((current) => ({ previous: before.find(({ type }) => type === current.type), current }))
    .filter(({ previous, current }) => needsEvent(previous, current))
  return (
    changes
      // An export that is not valid is not ready for the same reason: one Event says both.
      .filter(
        ({ current }, i) =>
          changes.findIndex((one) => one.current.message === current.message) === i,
      )
      .map(({ previous, current }) => ({
        about: current.type,
        type: typeOf(previous, current),
        // Several conflicts are joined by commas; the first stands for them, the message names them all.
        reason: current.reason.split(',')[0]!,
        message: current.message,
      }))
  )
}

function needsEvent(previous: Condition | undefined, current: Condition): boolean {
  const { type, status, reason, message } = current
  // What follows from it is told as `Ready`.
  if (type === 'Valid' && status === 'True') return false
  if (previous === undefined) return type !== 'Conflict' || status === 'True'
  if (previous.status !== status || previous.reason !== reason) return true
  // Only the message says which clusters were lost.
  return type === 'SourceExpired' && previous.message !== message
}

/** Waiting is normal until what one waits for was there already. */
function typeOf(previous: Condition | undefined, { reason }: Condition): EventNote['type'] {
  const isExpected = reason === 'Pending' ? previous?.status !== 'True' : NORMAL_REASONS.has(reason)
  return isExpected ? 'Normal' : 'Warning'
}
