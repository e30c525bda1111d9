// Runs a request with a timeout on an injectable clock; the caller formats the error.
import type { Clock } from '../../kube/clock.ts'

/** Milliseconds that a member has to answer a probe, and the hub to answer a renewal. */
export const PROBE_MS = 5000

/** A signal that aborts with a TimeoutError after `ms` milliseconds, unless cancelled. */
export function timeLimit(clock: Clock, ms: number) {
  const limit = new AbortController()
  const cancel = clock.after(ms, () => {
    limit.abort(new DOMException(`no answer within ${ms / 1000} s`, 'TimeoutError'))
  })
  return { signal: limit.signal, cancel }
}

/** Runs `work`; rejects with a TimeoutError after `ms` milliseconds even when `work` ignores its signal. */
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
