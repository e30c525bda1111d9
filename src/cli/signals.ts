// Signals that arrive before the program is ready for them are kept until it is. Imports nothing, so that
// the handlers are there at once.

export interface Signals {
  /** From now on `handle` is called for each signal, first for those that came before. */
  deliver(handle: (signal: NodeJS.Signals) => void): void
}

/** Installs handlers for these signals. */
export function pendingSignals(names: readonly NodeJS.Signals[]): Signals {
  const early: NodeJS.Signals[] = []
  let handle = (signal: NodeJS.Signals): void => {
    // Before there is anything to shut down, these two mean what they mean without a handler.
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
