// Durations as arguments of plugins. Each plugin words its error in its own way.
import { parseDuration } from '../corefile/duration.ts'
import type { CorefileError } from '../corefile/error.ts'

/** The milliseconds of a Go duration, or the error that `fail` makes of Go's text. */
export function durationOr(text: string, fail: (message: string) => CorefileError): number {
  const result = parseDuration(text)
  if (!result.ok) throw fail(result.message)
  return result.ms
}
