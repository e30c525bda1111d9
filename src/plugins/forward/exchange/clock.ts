// The clock of exchanges with upstreams. It is injected, so that tests advance time by hand.

/** Time and timers. */
export interface ExchangeClock {
  /** Monotonic milliseconds, as performance.now(). */
  now(): number
  /** Calls `fn` once after `ms` milliseconds; the returned function cancels the call. */
  after(ms: number, fn: () => void): () => void
}

/** The clock of the thread. Its timers do not keep the thread alive. */
export const threadClock: ExchangeClock = {
  now: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
