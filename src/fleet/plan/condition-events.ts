// Turns changed conditions into Events, one for each. Pure: the Events belong to the status write, so that a restart
// of the controller repeats none.
import type { Condition } from '../api/conditions.ts'
import type { EventNote } from '../api/writes.ts'

/** Reasons that require no action. */
const NORMAL_REASONS: ReadonlySet<string> = new Set([
  'Exported',
  'Ready',
  'NoConflicts',
  'SourcesReached',
])

/** Returns the Events for a change of an object's conditions from `before` to `after`. */
export function conditionEvents(
  before: readonly Condition[],
  after: readonly Condition[],
): readonly EventNote[] {
  const changes = after
    .map((current) => ({ previous: before.find(({ type }) => type === current.type), current }))
    .filter(({ previous, current }) => needsEvent(previous, current))
  return (
    changes
      // An invalid export is not ready for the same reason: one Event reports both.
      .filter(
        ({ current }, i) =>
          changes.findIndex((one) => one.current.message === current.message) === i,
      )
      .map(({ previous, current }) => ({
        about: current.type,
        type: typeOf(previous, current),
        // The reasons of several conflicts are joined by commas. The Event has the first; the message lists them all.
        reason: current.reason.split(',')[0]!,
        message: current.message,
      }))
  )
}

function needsEvent(previous: Condition | undefined, current: Condition): boolean {
  const { type, status, reason, message } = current
  // A valid export is reported by its condition `Ready`.
  if (type === 'Valid' && status === 'True') return false
  if (previous === undefined) return type !== 'Conflict' || status === 'True'
  if (previous.status !== status || previous.reason !== reason) return true
  // Only the message lists the expired clusters.
  return type === 'SourceExpired' && previous.message !== message
}

/** `Pending` is a Normal Event unless the condition was True before. */
function typeOf(previous: Condition | undefined, { reason }: Condition): EventNote['type'] {
  const isExpected = reason === 'Pending' ? previous?.status !== 'True' : NORMAL_REASONS.has(reason)
  return isExpected ? 'Normal' : 'Warning'
}
