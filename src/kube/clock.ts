// Time as the kube folder sees it. Everything that waits takes a Clock, so that tests move time by hand
// and no test sleeps.

export interface Clock {
  /** Monotonic milliseconds, as performance.now(). */
  now(): number
  /** Milliseconds since 1970, for expiry dates. */
  wall(): number
  /** Calls `fn` once after `ms`; the result cancels it. */
  after(ms: number, fn: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or as soon as one of the signals aborts; never rejects. */
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
