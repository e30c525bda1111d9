// Releases memory when the process is idle. Loading a clusterset leaves garbage that V8 does not collect without
// memory pressure, and free pages that malloc never releases: a quarter of all memory (docs/adr/0006). When the
// process has grown and is idle, a full garbage collection runs and free pages are returned to the system.
// It runs while the process is busy too: whoever sends objects without end fills the heap with their garbage, which V8
// collects late, and with the holes between what is kept of them. Under changes that never pause, a process without it grew
// by 7 % an hour (test/soak). Near the memory limit of its cgroup the process does not wait for a minute.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The inputs of the idle check; injectable for tests. */
interface IdleGcOptions {
  /** Milliseconds since the last work of this thread; a collection blocks the thread for a moment. */
  readonly idleMs: () => number
  /** Returns malloc's free pages to the system; by default they are kept. */
  readonly trim?: () => void
  /**
   * While busy, memory that has grown by BUSY_GROWTH_BYTES is collected at most once in this time, in milliseconds. 0 is for
   * a process that others could fill within seconds.
   */
  readonly busyRestMs: number
  /** True when the process is near its memory limit: growth is collected sooner. Default: never. */
  readonly isShort?: () => boolean
  /** Resident memory of the process in bytes; may throw where it cannot be read (no free descriptor). */
  readonly rss: () => number
  /** Runs a full garbage collection; default: V8's, of the heap of this thread. */
  readonly collect?: () => void
  /** Milliseconds of a clock that never jumps; default: performance.now. */
  readonly now?: () => number
}

const CHECK_MS = 1000
const QUIET_MS = 1500
/** Collects when memory has grown by this factor since the last collection. */
const GROWTH_FACTOR = 1.1
/** While busy this much growth, and this factor, are worth a collection of 50 to 150 ms. */
const BUSY_GROWTH_BYTES = 10_000_000
const BUSY_GROWTH_FACTOR = 1.05
const BUSY_CHECK_MS = 20
/** Near the memory limit: the growth that is worth a collection, and the least time between two. */
const SHORT_GROWTH_BYTES = 2_000_000
const SHORT_REST_MS = 1000

/** Checks every second, or fifty times a second without a rest, until the returned function is called. */
export function collectWhenIdle(options: IdleGcOptions): () => void {
  const check = createIdleGc(options)
  const timer = setInterval(check, options.busyRestMs === 0 ? BUSY_CHECK_MS : CHECK_MS).unref()
  return () => clearInterval(timer)
}

/** Returns one check: collects when the process has grown since the last collection and is idle; true if it did. */
export function createIdleGc(options: IdleGcOptions): () => boolean {
  const { idleMs, trim, rss, busyRestMs, now: clock = () => performance.now() } = options
  const isShort = options.isShort ?? (() => false)
  let collect = options.collect
  let rssBefore = 0
  let rssAfter = 0
  let collectedBefore = false
  let collectedAt = clock()
  /** The least memory since the last collection. */
  let least = Number.POSITIVE_INFINITY
  return () => {
    let now: number
    try {
      now = rss()
    } catch {
      return false
    }
    // Another thread trims, so the result of a collection is visible at the next check; later growth is ignored.
    if (collectedBefore) rssAfter = Math.min(rssBefore, now)
    collectedBefore = false
    least = Math.min(least, now)
    const isIdle = now >= rssAfter * GROWTH_FACTOR && idleMs() >= QUIET_MS
    const growth = Math.max(BUSY_GROWTH_BYTES, least * (BUSY_GROWTH_FACTOR - 1))
    const rested = clock() - collectedAt
    const isDue =
      (rested >= busyRestMs && now - least > growth) ||
      (rested >= SHORT_REST_MS && now - least > SHORT_GROWTH_BYTES && isShort())
    if (!isIdle && !isDue) return false
    collectedAt = clock()
    least = Number.POSITIVE_INFINITY
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
  // Other flavors keep the emptied pages of the heap in a pool.
  return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
