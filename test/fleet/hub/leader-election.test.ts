// Leader election: which replica may write, and when. The test moves the clocks.
import { afterEach, describe, expect, test } from 'vitest'
import { defaultLeaderTimes, LeaderElector } from '../../../src/fleet/hub/leader-election.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { memoryLeases } from './memory-leases.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** Runs all pending callbacks without advancing the clock. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

function election() {
  const leases = memoryLeases()
  const lines: string[] = []
  const enter = (replica: string) => {
    const clock = handClock()
    const changes: boolean[] = []
    // Each replica has its own link to the hub, so that a test can cut one.
    const link = { cut: false }
    const viaLink = async <T>(call: () => Promise<T>): Promise<T> => {
      if (link.cut) throw new Error('cut off')
      return call()
    }
    const leader = new LeaderElector({
      leases: {
        read: (...args) => viaLink(() => leases.api.read(...args)),
        create: (...args) => viaLink(() => leases.api.create(...args)),
        update: (...args) => viaLink(() => leases.api.update(...args)),
      },
      name: 'fleet',
      replica,
      clock,
      log: memoryLog(lines).log,
      onChange: (leads) => changes.push(leads),
      times: defaultLeaderTimes,
    })
    cleanups.push(() => {
      link.cut = true
      void leader.close()
    })
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1000) {
        clock.advance(1000)
        await settle()
      }
    }
    return { leader, clock, changes, link, pass }
  }
  return { ...leases, lines, enter }
}

describe('the Lease', () => {
  test('is created by the first replica and renewed every two seconds', async () => {
    const { enter, lease, writes } = election()
    const a = enter('a')
    await settle()
    expect(a.leader.mayWrite()).toBe(true)
    expect(a.changes).toEqual([true])
    expect(lease('fleet')).toMatchObject({ holder: 'a', durationSeconds: 15 })
    expect(lease('fleet').renewTime).toMatch(/^20\d\d-.*T.*\.\d{6}Z$/)
    await a.pass(6000)
    expect(writes).toEqual(['create fleet by a', ...Array(3).fill('update fleet by a')])
    expect(a.changes).toEqual([true])
  })

  test('stays with its holder while the holder renews it', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    const b = enter('b')
    for (let i = 0; i < 30; i++) {
      await a.pass(1000)
      await b.pass(1000)
    }
    expect([a.leader.mayWrite(), b.leader.mayWrite()]).toEqual([true, false])
    expect(b.leader.lease?.holder).toBe('a')
  })

  test('is acquired after 15 s without a renewal, measured by the candidate', async () => {
    const { enter, lease } = election()
    const a = enter('a')
    await settle()
    a.link.cut = true
    const b = enter('b')
    await settle()
    await b.pass(14_000)
    expect(b.leader.mayWrite()).toBe(false)
    await b.pass(2000)
    expect(b.leader.mayWrite()).toBe(true)
    expect(lease('fleet')).toMatchObject({ holder: 'b', transitions: 1 })
  })

  test('is released on close, and acquired by another replica at once', async () => {
    const { enter, lease } = election()
    const a = enter('a')
    await settle()
    const b = enter('b')
    await settle()
    await a.leader.close()
    expect(lease('fleet').holder).toBe('')
    expect(a.changes).toEqual([true, false])
    await b.pass(2000)
    expect(b.leader.mayWrite()).toBe(true)
  })
})

describe('the holder', () => {
  test('stops writing ten seconds after requesting its last renewal', async () => {
    const { enter, lines } = election()
    const a = enter('a')
    await settle()
    a.link.cut = true
    await a.pass(9000)
    expect(a.leader.mayWrite()).toBe(true)
    a.clock.advance(1000)
    expect(a.leader.mayWrite()).toBe(false)
    await a.pass(1000)
    expect(a.changes).toEqual([true, false])
    expect(lines.join('\n')).toMatch(/a stopped leading: the Lease could not be renewed in time/)
  })

  test('may not write after a long suspension until it has renewed', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    a.link.cut = true
    a.clock.advance(60_000)
    expect(a.leader.mayWrite()).toBe(false)
  })

  test('stops leading when another replica holds the Lease', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    const b = enter('b')
    await settle()
    await b.pass(16_000)
    expect(b.leader.mayWrite()).toBe(true)
    await a.pass(2000)
    expect(a.leader.mayWrite()).toBe(false)
    await a.pass(2000)
    expect(a.changes).toEqual([true, false])
    expect(a.leader.lease?.holder).toBe('b')
  })

  test('that renews late starts a new term, so that refused writes are planned again', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    a.clock.advance(11_000)
    expect(a.leader.mayWrite()).toBe(false)
    await settle()
    expect(a.changes).toEqual([true, false, true])
    expect(a.leader.mayWrite()).toBe(true)
  })

  test('that refused a write during a jump of the wall clock starts a new term', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    a.clock.jump(3_600_000)
    expect(a.leader.mayWrite()).toBe(false)
    a.clock.jump(-3_600_000)
    expect(a.leader.mayWrite()).toBe(true)
    await a.pass(2000)
    expect(a.changes).toEqual([true, false, true])
  })

  test('stops leading when requests to the hub hang', async () => {
    const { enter, state } = election()
    const a = enter('a')
    await settle()
    state.hang = true
    await a.pass(15_000)
    expect(a.leader.mayWrite()).toBe(false)
    expect(a.changes).toEqual([true, false])
    expect(a.leader.lastError).toBe('the hub does not answer')
    state.hang = false
    await a.pass(10_000)
    expect(a.leader.mayWrite()).toBe(true)
  })
})

test('an unreachable hub is logged once, and the election continues', async () => {
  const { enter, state, lines } = election()
  state.down = true
  const a = enter('a')
  await a.pass(8000)
  expect(lines.filter((line) => line.includes('the hub is away'))).toHaveLength(1)
  expect(a.leader.lastError).toMatch(/the hub is away/)
  state.down = false
  await a.pass(2000)
  expect(a.leader.mayWrite()).toBe(true)
  expect(a.leader.lastError).toBe('')
})
