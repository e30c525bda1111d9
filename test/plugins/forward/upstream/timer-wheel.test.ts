// The timer wheel against a list of times.
import { expect, test } from 'vitest'
import { TICK_MS, TimerWheel } from '../../../../src/plugins/forward/upstream/timer-wheel.ts'
import { createRandom } from '../../../support/random.ts'

const SLOTS = 50

test.each([1, 2, 3, 4, 5])(
  'random timers are due once, in time, and not before (seed %i)',
  (seed) => {
    const random = createRandom(seed)
    const wheel = new TimerWheel(SLOTS, 0)
    const due = new Map<number, number>()
    let now = 0
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
