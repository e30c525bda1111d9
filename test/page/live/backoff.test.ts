import { expect, test } from 'vitest'
import { waitMs } from '../../../src/page/live/backoff.ts'

test.each([
  [0, 0, 500],
  [0, 0.999, 1000],
  [3, 0.5, 6000],
  [40, 0, 15_000],
  [40, 0.999, 29_985],
])('try %i with chance %d waits %i ms', (attempt, chance, wait) => {
  expect(Math.abs(waitMs(attempt, chance) - wait)).toBeLessThan(2)
})
