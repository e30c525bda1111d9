// Queues signals that arrive before the program has a handler for them. This file imports nothing, so the
// handlers are installed at once.

/** Milliseconds in which two SIGINT are one Ctrl-C. */
const SAME_KEY_MS = 500
/** The scripts of package.json, and npx, by which people run the program. */
const NPM_SCRIPTS = ['start', 'cli', 'npx']

export interface Signals {
  /** Calls `handle` for each queued signal and for every later one. */
  deliver(handle: (signal: NodeJS.Signals) => void): void
}

/**
 * Tells of each SIGINT, by its time in milliseconds, whether npm has sent it. A terminal sends SIGINT to npm and to the program, and
 * npm passes its own on: without this rule one Ctrl-C would count as two, which end a command without its cleanup. `script`
 * is what npm runs, undefined without npm.
 */
export function copiesOfNpm(script: string | undefined): (now: number) => boolean {
  if (script === undefined || !NPM_SCRIPTS.includes(script)) return () => false
  let last = Number.NEGATIVE_INFINITY
  return (now) => {
    if (now - last < SAME_KEY_MS) return true
    last = now
    return false
  }
}

/**
 * Installs handlers for these signals; SIGTERM, SIGINT and SIGQUIT exit until `deliver` is called. The SIGINT that npm adds to one
 * of the terminal is left out.
 */
export function pendingSignals(names: readonly NodeJS.Signals[]): Signals {
  const early: NodeJS.Signals[] = []
  let handle = (signal: NodeJS.Signals): void => {
    // Nothing needs a shutdown yet: exit with 128 plus the signal number, as without a handler.
    if (signal === 'SIGTERM') process.exit(143)
    if (signal === 'SIGINT') process.exit(130)
    if (signal === 'SIGQUIT') process.exit(131)
    early.push(signal)
  }
  const isCopy = copiesOfNpm(process.env.npm_lifecycle_event)
  for (const name of names) {
    process.on(name, () => {
      if (name !== 'SIGINT' || !isCopy(performance.now())) handle(name)
    })
  }
  return {
    deliver(next) {
      handle = next
      for (const signal of early.splice(0)) next(signal)
    },
  }
}
