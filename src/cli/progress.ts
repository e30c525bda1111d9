// Tells what a command waits for, on stderr, when that takes longer than two seconds.
import type { Clock } from '../kube/clock.ts'
import type { Log } from '../log.ts'

/** Milliseconds between two looks at what the command waits for. */
const EVERY_MS = 2000

/**
 * Logs `text()` every two seconds, unless it is '' or the same as before. Returns the function that ends it.
 */
export function startProgress(
  log: Pick<Log, 'info'>,
  clock: Clock,
  text: () => string,
): () => void {
  let shown = ''
  let cancel = () => {}
  const next = () => {
    cancel = clock.after(EVERY_MS, () => {
      const now = text()
      if (now !== '' && now !== shown) log.info(now)
      shown = now
      next()
    })
  }
  next()
  return () => cancel()
}
