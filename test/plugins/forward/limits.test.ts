// The limits of both threads that ask upstreams.
import { expect, test } from 'vitest'
import { lateAfterMs } from '../../../src/plugins/forward/limits.ts'

test.each([
  [0, 50],
  [25_000, 50],
  [25_500, 51],
  [100_000, 200],
])('a reply of an upstream that takes %i µs is late after %i ms', (rtt, late) => {
  expect(lateAfterMs(rtt)).toBe(late)
})
