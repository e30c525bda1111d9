// The clock of everything that waits. It is injected, so that tests advance time by hand and never sleep.

/** Time and timers. */
export interface Clock {
  /** Monotonic milliseconds, as performance.now(). */
  now(): number
  /** Milliseconds since 1970, for expiry dates. */
  wall(): number
  /** Calls `fn` once after `ms` milliseconds; the returned function cancels the call. */
  after(ms: number, fn: () => void): () => void
}

/** The clock of the process. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds, or as soon as one of the signals aborts; never rejects. */
export function sleep(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      for (const signal of signals) signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    for (const signal of signals) {
      if (signal.aborted) return done()
      signal.addEventListener('abort', done)
    }
  })
}

/** Milliseconds since 1970 as the API writes times: RFC 3339 with whole seconds (metav1.Time). */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
