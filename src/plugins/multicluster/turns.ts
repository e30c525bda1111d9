// Work in slices of time: between two slices the event loop serves watches, HTTP endpoints and signals.
import { performance } from 'node:perf_hooks'

/** Time, and turns of the event loop; injected, so that tests decide when a slice ends. */
export interface Turns {
  /** performance.now(). */
  now(): number
  /** Calls `run` after the event loop has served what waits; the returned function cancels the call. */
  next(run: () => void): () => void
}

/** The event loop of this thread. */
export const eventLoop: Turns = {
  now: () => performance.now(),
  next(run) {
    const handle = setImmediate(run)
    return () => clearImmediate(handle)
  },
}
