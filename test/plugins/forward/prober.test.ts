// How one upstream is probed after a query failed. Time is advanced by hand.
import { describe, expect, test } from 'vitest'
import { Prober } from '../../../src/plugins/forward/prober.ts'
import { handClock } from '../../support/hand-clock.ts'

/** A prober whose probes end when the test says so. */
function setUp({ maxFails = 2, intervalMs = 500 } = {}) {
  const clock = handClock()
  const events: string[] = []
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const prober = new Prober({
    intervalMs,
    maxFails,
    probe: () => {
      events.push('probe')
      return new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }))
    },
    setDown: (down) => events.push(down ? 'down' : 'up'),
    failed: (error) => events.push((error as Error).message),
    done: () => events.push('done'),
    after: clock.after,
  })
  const end = async (error?: Error) => {
    const { resolve, reject } = waiting.shift()!
    if (error === undefined) resolve()
    else reject(error)
    await new Promise(setImmediate)
  }
  /** The events since the last call. */
  const since = () => events.splice(0)
  return { clock, prober, since, succeed: () => end(), fail: () => end(new Error('i/o timeout')) }
}

describe('a prober', () => {
  test('does not probe before a query failed', () => {
    const { clock, since } = setUp()
    clock.advance(60_000)
    expect(since()).toEqual([])
  })

  test('sends one probe at a time, however many queries fail', () => {
    const { prober, since } = setUp()
    prober.start()
    prober.start()
    expect(since()).toEqual(['probe'])
  })

  test('a good probe brings the upstream up; the next failure counts after the interval', async () => {
    const { clock, prober, since, succeed } = setUp()
    prober.start()
    await succeed()
    expect(since()).toEqual(['probe', 'up'])
    prober.start()
    clock.advance(499)
    expect(since()).toEqual([])
    clock.advance(1)
    expect(since()).toEqual(['done'])
    prober.start()
    expect(since()).toEqual(['probe'])
  })

  test('the upstream is down after more failed probes than max_fails, until one is good', async () => {
    const { clock, prober, since, succeed, fail } = setUp()
    prober.start()
    for (const state of ['up', 'up', 'down', 'down']) {
      await fail()
      expect(since()).toEqual(['probe', 'i/o timeout', state])
      clock.advance(500)
    }
    await succeed()
    expect(since()).toEqual(['probe', 'up'])
    clock.advance(500)
    prober.start()
    await fail()
    expect(since()).toEqual(['done', 'probe', 'i/o timeout', 'up'])
  })

  test('with max_fails 0 nothing is probed, and nothing is down', () => {
    const { clock, prober, since } = setUp({ maxFails: 0 })
    prober.start()
    clock.advance(500)
    expect(since()).toEqual(['done'])
  })

  test('an interval of 0 does not probe without a pause', async () => {
    const { clock, prober, since, fail } = setUp({ intervalMs: 0 })
    prober.start()
    await fail()
    expect(clock.waiting).toEqual([10])
    expect(since()).toEqual(['probe', 'i/o timeout', 'up'])
  })

  test.each(['succeed', 'fail'] as const)(
    'after stop a probe that will %s changes nothing',
    async (end) => {
      const all = setUp()
      all.prober.start()
      all.prober.stop()
      await all[end]()
      all.clock.advance(60_000)
      all.prober.start()
      expect(all.since()).toEqual(['probe'])
      expect(all.clock.waiting).toEqual([])
    },
  )
})
