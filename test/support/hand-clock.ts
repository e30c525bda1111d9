// A clock that a test moves by hand.
import type { Clock } from '../../src/kube/clock.ts'

export interface HandClock extends Clock {
  /** Moves time and runs what is due. */
  advance(ms: number): void
  /** Moves the wall clock alone, as somebody who sets it. */
  jump(ms: number): void
  /** Delays that are being waited for, in milliseconds from now. */
  readonly waiting: readonly number[]
}

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
