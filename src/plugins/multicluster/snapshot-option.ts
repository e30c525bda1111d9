// The option `snapshot` of `multicluster` and `kubernetes`: its arguments and its explanation.
import { formatDuration } from '../../corefile/duration.ts'
import { durationOr } from '../arguments.ts'
import type { Controller } from '../plugin.ts'

/** `snapshot FILE [DURATION] [ready|unready]`. */
export interface SnapshotOption {
  readonly file: string
  /** The oldest that is used at a start, in milliseconds; 0 = any age. */
  readonly maxAgeMs: number
  /** False with `unready`: the directive is not ready before the first list. */
  readonly readyWhileStale: boolean
}

const DEFAULT_MAX_AGE_MS = 24 * 3_600_000

/** Reads the arguments of the option at the cursor. Throws CorefileError. */
export function snapshotArguments(
  [file, ...more]: readonly string[],
  { tokens }: Pick<Controller, 'tokens'>,
): SnapshotOption {
  if (file === undefined || more.length > 2) throw tokens.argErr()
  const state = more.at(-1)
  const hasState = state === 'ready' || state === 'unready'
  const [age, wrong] = hasState ? more.slice(0, -1) : more
  if (wrong !== undefined) throw tokens.errf(`snapshot takes ready or unready, not '${wrong}'`)
  const readyWhileStale = state !== 'unready'
  if (age === undefined) return { file, maxAgeMs: DEFAULT_MAX_AGE_MS, readyWhileStale }
  const maxAgeMs = durationOr(age, (message) =>
    tokens.errf(`failed to parse the greatest age of snapshot: ${age}, ${message}`),
  )
  if (maxAgeMs < 0) throw tokens.errf(`the greatest age of snapshot must not be negative: ${age}`)
  return { file, maxAgeMs, readyWhileStale }
}

/** Explains the option, if it is set, for `check`. */
export function describeSnapshot(snapshot: SnapshotOption | undefined): readonly string[] {
  if (snapshot === undefined) return []
  const { file, maxAgeMs, readyWhileStale } = snapshot
  const age = maxAgeMs === 0 ? 'of any age' : `up to ${formatDuration(maxAgeMs)} old`
  const unready = readyWhileStale ? '' : ', not ready until then'
  return [`starts with snapshot ${file} ${age} until all objects are listed${unready}`]
}
