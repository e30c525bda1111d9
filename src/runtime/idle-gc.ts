// Gives memory back once the work that took it is done. Loading a clusterset leaves garbage that V8 keeps until
// it needs the room, and pages that malloc keeps for ever: a quarter of all memory (docs/adr/0006). So when the
// process has grown and nothing happens, everything is collected and free pages go back to the system.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface IdleGcOptions {
  /** Milliseconds since this thread last had something to do; it stands still for a moment. */
  readonly idleMs: () => number
  /** Returns malloc's free pages to the system; default: nothing does. */
  readonly trim?: () => void
  /** Bytes in memory. */
  readonly rss: () => number
  /** Default: V8's own, of all that is reachable from this thread. */
  readonly collect?: () => void
}

const CHECK_MS = 2000
const QUIET_MS = 1500
/** Growth that is worth it: it stops by itself where what has grown is needed. */
const GROWTH_FACTOR = 1.1

/** Looks every two seconds until the returned function is called. */
export function collectWhenIdle(options: IdleGcOptions): () => void {
  const check = createIdleGc(options)
  const timer = setInterval(check, CHECK_MS).unref()
  return () => clearInterval(timer)
}

/** One look: rests when the process has grown since the last rest and is quiet; true when it did. */
export function createIdleGc(options: IdleGcOptions): () => boolean {
  const { idleMs, trim, rss } = options
  let collect = options.collect
  let rssBefore = 0
  let rssAfter = 0
  let collectedBefore = false
  return () => {
    // Another thread trims, so what is left shows at the next look; what has come since then does not count.
    if (collectedBefore) rssAfter = Math.min(rssBefore, rss())
    collectedBefore = false
    const now = rss()
    if (now < rssAfter * GROWTH_FACTOR || idleMs() < QUIET_MS) return false
    rssBefore = now
    collect ??= exposeCollector()
    collect()
    trim?.()
    collectedBefore = true
    return true
  }
}

function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: Readonly<Record<string, string>>) => void
  // Others leave the pages of the heap that they have emptied in a pool.
  return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
