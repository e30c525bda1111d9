// Questions that have to be answered in time, by any clock: whoever asked says so in words.
import type { Clock } from '../../kube/clock.ts'

/** A member has this long to answer a probe, the hub for a renewal. */
export const PROBE_MS = 5000

/** A signal that aborts after `ms` with a TimeoutError, unless it is cancelled before. */
export function timeLimit(clock: Clock, ms: number) {
  const limit = new AbortController()
  const cancel = clock.after(ms, () => {
    limit.abort(new DOMException(`no answer within ${ms / 1000} s`, 'TimeoutError'))
  })
  return { signal: limit.signal, cancel }
}

/** As `work`, but rejects with a TimeoutError after `ms`, whatever `work` does with its signal. */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = timeLimit(clock, ms)
  const timedOut = new Promise<never>((_, reject) => {
    limit.signal.addEventListener('abort', () => reject(limit.signal.reason))
  })
  try {
    return await Promise.race([work(AbortSignal.any([signal, limit.signal])), timedOut])
  } finally {
    limit.cancel()
  }
}
