// Leader election: who may write, from when on and until when, by clocks that the test moves.
import { afterEach, describe, expect, test } from 'vitest'
import { defaultLeaderTimes, LeaderElector } from '../../../src/fleet/hub/leader-election.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { memoryLeases } from './memory-leases.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** Lets everything happen that is due without time passing. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

function election() {
  const leases = memoryLeases()
  const lines: string[] = []
  const enter = (replica: string) => {
    const clock = handClock()
    const changes: boolean[] = []
    // Each replica has its own way to the hub, so that one can be cut off.
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
  test('is created by the first that comes, and renewed every two seconds', async () => {
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

  test('is left to its holder while that one renews it', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    const b = enter('b')
    for (let i = 0; i < 30; i++) {
      await a.pass(1000)
      await b.pass(1000)
    }
    expect([a.leader.mayWrite(), b.leader.mayWrite()]).toEqual([true, false])
    expect(b.leader.holder).toBe('a')
  })

  test('is taken over after 15 s without a renewal, counted by the one who waits', async () => {
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

  test('is given back at the end, and taken at once', async () => {
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
  test('writes no more ten seconds after the last renewal that it asked for', async () => {
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
    expect(lines.join('\n')).toMatch(/a leads no more: its Lease could not be renewed in time/)
  })

  test('may write nothing when it wakes from a long sleep, before it has asked anybody', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    a.link.cut = true
    a.clock.advance(60_000)
    expect(a.leader.mayWrite()).toBe(false)
  })

  test('that finds another one there gives way at once', async () => {
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
    expect(a.leader.holder).toBe('b')
  })

  test('that was late but alone begins anew, so that nothing held back is forgotten', async () => {
    const { enter } = election()
    const a = enter('a')
    await settle()
    a.clock.advance(11_000)
    expect(a.leader.mayWrite()).toBe(false)
    await settle()
    expect(a.changes).toEqual([true, false, true])
    expect(a.leader.mayWrite()).toBe(true)
  })

  test('that held something back because the wall clock jumped begins anew when it is back', async () => {
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

  test('does not wait for a hub that does not answer', async () => {
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

test('a hub that is away is said once, and the campaign goes on', async () => {
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
