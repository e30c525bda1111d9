// The timer wheel against a list of times.
import { expect, test } from 'vitest'
import { TICK_MS, TimerWheel } from '../../../../src/plugins/forward/upstream/timer-wheel.ts'
import { createRandom } from '../../../support/random.ts'

const SLOTS = 50
/** The uptime in milliseconds at which the number of ticks has 32 bits: 99 days. */
const MANY_TICKS = 2 ** 31 * TICK_MS

test.each([
  [1, 0],
  [2, 0],
  [3, 0],
  [4, MANY_TICKS - 10_000],
  [5, MANY_TICKS],
  [6, 4 * MANY_TICKS],
])(
  'random timers are due once, in time, and not before (seed %i, start at %i ms)',
  (seed, start) => {
    const random = createRandom(seed)
    const wheel = new TimerWheel(SLOTS, start)
    const due = new Map<number, number>()
    let now = start
    for (let step = 0; step < 3000; step++) {
      const slot = random.int(SLOTS)
      if (random.chance(60)) {
        const at = now + random.int(random.chance(20) ? 9000 : 300)
        wheel.set(slot, at)
        due.set(slot, at)
      } else if (random.chance(30)) {
        wheel.clear(slot)
        due.delete(slot)
      }
      // Sometimes the thread stands still for longer than one turn of the wheel.
      now += random.chance(1) ? 10_000 : random.int(20)
      const fired: number[] = []
      wheel.advance(now, (one) => {
        fired.push(one)
        if (fired.length > SLOTS) throw new Error('timers are due without end')
        // A timer that is set again while the wheel turns is not due in the same turn.
        if (one % 7 !== 0) return
        wheel.set(one, now + 50)
      })
      for (const one of fired) {
        expect(due.get(one)).toBeLessThanOrEqual(now)
        due.delete(one)
        if (one % 7 === 0) due.set(one, now + 50)
      }
      for (const [one, at] of due) expect(at, `slot ${one}`).toBeGreaterThan(now - 2 * TICK_MS)
    }
  },
)

test('the wheel knows how long nothing is due', () => {
  const wheel = new TimerWheel(4, 1000)
  expect(wheel.msUntilNext(1000)).toBe(-1)
  wheel.set(1, 1500)
  wheel.set(2, 1100)
  expect(wheel.msUntilNext(1000)).toBe(100)
  wheel.clear(2)
  expect(wheel.msUntilNext(1000)).toBe(500)
  wheel.clear(1)
  wheel.clear(1)
  expect(wheel.msUntilNext(1000)).toBe(-1)
})
