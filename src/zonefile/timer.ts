/** Calls `run` once after `ms` milliseconds; the returned function cancels the call. */
export type Timer = (ms: number, run: () => void) => () => void

/** A timer that does not keep the process alive. */
export const setTimer: Timer = (ms, run) => {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
