import { describe, expect, test } from 'vitest'
import { OutageBackoff } from '../../src/kube/outage-backoff.ts'
import { handClock } from '../support/hand-clock.ts'

/** The waits of attempts that all fail with this Retry-After, in milliseconds, until `untilMs` have passed. */
function waits(untilMs: number, retryAfterMs: number | undefined, random: number): number[] {
  const clock = handClock()
  const backoff = new OutageBackoff(() => random, clock)
  const all: number[] = []
  while (clock.now() < untilMs) {
    all.push(backoff.next(retryAfterMs))
    clock.advance(all.at(-1)!)
  }
  return all
}

describe('the wait before an API server is asked again', () => {
  test.each([
    { random: 0, expected: [400, 800, 1600, 2500, 2500] },
    { random: 1, expected: [800, 1600, 3200, 5000, 5000] },
  ])('doubles up to 5 s during a restart, by at least half (random $random)', (row) => {
    expect(waits(60_000, undefined, row.random).slice(0, 5)).toEqual(row.expected)
  })

  test.each([1, 2, 5, 12, 30, 300])(
    'is at most 5 s in the first two minutes, also when the server asks for %s s',
    (seconds) => {
      for (const random of [0, 0.5, 1]) {
        const all = waits(119_000, seconds * 1000, random)
        expect(Math.max(...all)).toBeLessThanOrEqual(5000)
      }
    },
  )

  test.each([1, 2, 3])('is never shorter than a Retry-After of %s s', (seconds) => {
    expect(Math.min(...waits(119_000, seconds * 1000, 0))).toBe(seconds * 1000)
  })

  test('differs by up to 1 s between clients that get the same Retry-After', () => {
    expect(waits(1, 30_000, 0)).toEqual([4000])
    expect(waits(1, 30_000, 1)).toEqual([5000])
  })

  test.each([30, 300])('is the Retry-After of %s s in full after two minutes', (seconds) => {
    expect(waits(600_000, seconds * 1000, 0).at(-1)).toBe(seconds * 1000)
  })

  test('is 15 to 30 s after two minutes without a Retry-After', () => {
    expect(waits(600_000, undefined, 0).at(-1)).toBe(15_000)
    expect(waits(600_000, undefined, 1).at(-1)).toBe(30_000)
  })

  test('starts again after a success', () => {
    const clock = handClock()
    const backoff = new OutageBackoff(() => 0, clock)
    backoff.next()
    clock.advance(200_000)
    expect(backoff.next(30_000)).toBe(30_000)
    backoff.reset()
    expect(backoff.next(30_000)).toBe(4000)
  })
})
