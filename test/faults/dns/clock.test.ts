// The wall clock of a real server jumps both ways under constant questions, also between the starts of two threads. TTLs,
// durations, watches and waits follow the monotonic clock.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { query } from '../../support/dns-client.ts'
import type { ThreadKind } from './agent.ts'
import { recordCost } from './cost.ts'
import { expectRetriesAnswered } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'

const HOUR_MS = 3_600_000
const THREADS: readonly ThreadKind[] = ['packet', 'event', 'upstream']

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
}, START_MS)
afterAll(() => rig?.stop())

const ttlOfCached = async () => {
  const name = 'ttl-3600.cached.upstream.test.'
  return (await query({ port: rig.server.port, name, type: 'A' })).answers[0]!.ttl
}
const seconds = () => rig.metric('coredns_dns_request_duration_seconds_sum')

test.each([
  ['two hours forward', 2 * HOUR_MS],
  ['a day back', -24 * HOUR_MS],
])(
  'a clock that jumps %s',
  async (name, ms) => {
    await rig.asking.begin()
    const [ttl, before] = [await ttlOfCached(), await seconds()]
    const startedAt = performance.now()
    await rig.agent.moveClock(ms)
    await rig.asking.answered()
    // A thread that starts now has read the moved clock, and the others the true one.
    for (const thread of THREADS) {
      await rig.agent.kill(thread)
      await rig.asking.answered()
    }
    await rig.seesChanges()
    await rig.server.ready(START_MS)
    // Its entry is neither expired nor renewed.
    expect(await ttlOfCached()).toBeLessThanOrEqual(ttl)
    const spent = (await seconds()) - before
    const books = await rig.asking.end()
    await rig.agent.moveClock(0)
    expectRetriesAnswered(books, Object.keys(books))
    const asked = Object.values(books).reduce((sum, tally) => sum + tally.asked, 0)
    expect(spent, 'the sum of the durations of all queries').toBeGreaterThan(0)
    expect(spent).toBeLessThan((asked * (performance.now() - startedAt)) / 1000)
    expect(spent).toBeLessThan(HOUR_MS / 1000)
    await recordCost('wall clock', `jumps ${name}; each thread is killed once`, books)
  },
  200_000,
)
