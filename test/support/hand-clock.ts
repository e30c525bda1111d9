// A clock that a test advances.
import type { Clock } from '../../src/kube/clock.ts'

export interface HandClock extends Clock {
  /** Advances both clocks by `ms` and runs the timers that are due. */
  advance(ms: number): void
  /** Changes only the wall clock by `ms`, as when it is set. */
  jump(ms: number): void
  /** The remaining milliseconds of the pending timers, sorted. */
  readonly waiting: readonly number[]
}

/** A clock that starts at 0 (monotonic). */
export function handClock(): HandClock {
  let now = 0
  let wall = 1_700_000_000_000
  const timers = new Set<{ at: number; fn: () => void }>()
  return {
    now: () => now,
    wall: () => wall + now,
    after(ms, fn) {
      const timer = { at: now + ms, fn }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    advance(ms) {
      now += ms
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        if (timer.at > now || !timers.delete(timer)) continue
        timer.fn()
      }
    },
    jump(ms) {
      wall += ms
    },
    get waiting() {
      return [...timers].map(({ at }) => at - now).sort((a, b) => a - b)
    },
  }
}
