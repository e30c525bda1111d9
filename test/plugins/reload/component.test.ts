// `reload`: the times at which the Corefile is checked.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PollTimer } from '../../../src/plugins/reload/component.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test.each([
  [0, 8_000],
  [0.5, 10_000],
  [0.75, 11_000],
])(
  'an interval of 10 s with a jitter of 4 s and the random number %d is %d ms',
  async (random, ms) => {
    const poll = vi.fn(async () => {})
    const timer = new PollTimer({ intervalMs: 10_000, jitterMs: 4000 }, poll, () => random)
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(poll).toHaveBeenCalledTimes(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(poll).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(ms)
    expect(poll).toHaveBeenCalledTimes(2)
    timer.stop()
  },
)

test('the next interval starts when a poll has resolved, and none after a stop', async () => {
  const ended: (() => void)[] = []
  const poll = vi.fn(() => new Promise<void>((done) => ended.push(done)))
  const timer = new PollTimer({ intervalMs: 1000, jitterMs: 0 }, poll)
  await vi.advanceTimersByTimeAsync(5000)
  expect(poll).toHaveBeenCalledTimes(1)
  ended[0]?.()
  await vi.advanceTimersByTimeAsync(1000)
  expect(poll).toHaveBeenCalledTimes(2)
  timer.stop()
  ended[1]?.()
  await vi.advanceTimersByTimeAsync(5000)
  expect(poll).toHaveBeenCalledTimes(2)
})
