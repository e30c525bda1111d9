// Queues signals that arrive before the program has a handler for them. This file imports nothing, so the
// handlers are installed at once.

export interface Signals {
  /** Calls `handle` for each queued signal and for every later one. */
  deliver(handle: (signal: NodeJS.Signals) => void): void
}

/** Installs handlers for these signals; SIGTERM, SIGINT and SIGQUIT exit until `deliver` is called. */
export function pendingSignals(names: readonly NodeJS.Signals[]): Signals {
  const early: NodeJS.Signals[] = []
  let handle = (signal: NodeJS.Signals): void => {
    // Nothing needs a shutdown yet: exit with 128 plus the signal number, as without a handler.
    if (signal === 'SIGTERM') process.exit(143)
    if (signal === 'SIGINT') process.exit(130)
    if (signal === 'SIGQUIT') process.exit(131)
    early.push(signal)
  }
  for (const name of names) process.on(name, () => handle(name))
  return {
    deliver(next) {
      handle = next
      for (const signal of early.splice(0)) next(signal)
    },
  }
}
