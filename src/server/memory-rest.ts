// Gives memory back once the work that took it is done. Loading a clusterset leaves garbage that V8 keeps until
// it needs the room, and pages that malloc keeps for ever: a quarter of all memory (docs/adr/0006). So when the
// process has grown and nothing happens, everything is collected and free pages go back to the system.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export interface MemoryRestOptions {
  /** Milliseconds since the control thread last had something to do; it stands still for a moment. */
  readonly idleMs: () => number
  /** Returns malloc's free pages to the system. */
  readonly trim: () => void
  /** Bytes in memory. */
  readonly rss: () => number
  /** Default: V8's own, of all that is reachable from this thread. */
  readonly collect?: () => void
}

const CHECK_MS = 2000
const QUIET_MS = 1500
/** Growth that is worth it: it stops by itself where what has grown is needed. */
const GROWTH = 1.1

/** Looks every two seconds until the returned function is called. */
export function restMemory(options: MemoryRestOptions): () => void {
  const check = createMemoryRest(options)
  const timer = setInterval(check, CHECK_MS).unref()
  return () => clearInterval(timer)
}

/** One look: rests when the process has grown since the last rest and is quiet; true when it did. */
export function createMemoryRest(options: MemoryRestOptions): () => boolean {
  const { idleMs, trim, rss } = options
  let collect = options.collect
  let after = 0
  let rested = false
  return () => {
    // Another thread trims, so what is left shows at the next look.
    if (rested) after = rss()
    rested = false
    if (rss() < after * GROWTH || idleMs() < QUIET_MS) return false
    collect ??= exposeCollector()
    collect()
    trim()
    rested = true
    return true
  }
}

function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
