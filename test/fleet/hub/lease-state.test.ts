// The phase of a member after a series of observations. "0-60+ 70-400-": a success every 10 s from second 0 to 60, then
// a failure every 10 s from second 70 to 400.
import { describe, expect, test } from 'vitest'
import {
  defaultLeaseTimes,
  type LeaseState,
  type LeaseTimes,
  newLease,
  observeLease,
} from '../../../src/fleet/hub/lease-state.ts'
import { expiryAction, type OtherSource } from '../../../src/fleet/plan/source-expiry.ts'

const START = 1_000_000

/** The state after these observations; the leader's term begins at second 0. */
function replay(observations: string, times: LeaseTimes = defaultLeaseTimes): LeaseState {
  let state = newLease(START, times)
  for (const [, from, to = from, sign] of observations.matchAll(/(\d+)(?:-(\d+))?([+-])(?: |$)/g)) {
    for (let second = Number(from); second <= Number(to); second += 10) {
      state = observeLease(state, sign === '+', START + second * 1000, times)
    }
  }
  return state
}

describe('a member', () => {
  test.each<[string, string, string]>([
    ['is fresh for a new leader', '', 'fresh'],
    ['is fresh while it is reached', '0-600+', 'fresh'],
    ['is fresh just before 30 s of outage', '0+ 10-20-', 'fresh'],
    ['is suspect after 30 s of outage', '0+ 10-30-', 'suspect'],
    ['is suspect just before 5 min of outage', '0+ 10-290-', 'suspect'],
    ['is expired after 5 min of outage', '0+ 10-300-', 'expired'],
    ['stays expired', '0+ 10-3000-', 'expired'],
    ['is fresh at once when it is reached again', '0+ 10-300- 310+', 'fresh'],
    ['starts a new outage after a success', '0+ 10-290- 300+ 310-590-', 'suspect'],
    ['is suspect for a new leader that cannot reach it for 30 s', '10-30-', 'suspect'],
    ['is not expired by a new leader before it has observed 5 min of outage', '10-290-', 'suspect'],
    ['is expired by a new leader that has observed 5 min of outage', '10-300-', 'expired'],
    ['is not expired by time while this process was suspended', '0-60+ 4000-', 'fresh'],
    ['is not expired by suspended time during an outage', '0+ 10-200- 4000-', 'suspect'],
    [
      'is expired when the outage continues after suspended time',
      '0+ 10-200- 4000-4100-',
      'expired',
    ],
  ])('%s', (_rule, observations, phase) => {
    expect(replay(observations).phase).toBe(phase)
  })

  test('is observed at the previous time when the clock goes back', () => {
    const state = observeLease(replay('0-60+'), false, START - 1e9)
    expect(state).toMatchObject({ phase: 'fresh', observedAt: START + 60_000 })
  })
})

describe('damping', () => {
  // Expires after 60 s; each round of 100 s has one success and one expiry.
  const times: LeaseTimes = { suspectAfter: 20_000, expireAfter: 60_000, maxGap: 30_000 }
  const rounds = (count: number, length = 100, from = 0) =>
    Array.from({ length: count }, (_, i) => {
      const at = from + i * length
      return `${at}+ ${at + 10}-${at + length - 10}-`
    }).join(' ')
  const limit = (observations: string, own: LeaseTimes = times) =>
    replay(observations, own).expireAfter / 1000

  test.each<[string, string, number]>([
    ['does not apply to two expiries', rounds(2), 60],
    ['doubles the expiry time after three expiries in 10 minutes', rounds(3), 120],
    ['does not apply to three expiries in more than 10 minutes', rounds(3, 310), 60],
    ['restarts the count after doubling', rounds(5, 150), 120],
    ['doubles the expiry time again after three more', rounds(6, 150), 240],
    ['ends after 10 minutes without a failure', `${rounds(3)} 300-900+`, 60],
    ['does not end before 10 minutes without a failure', `${rounds(3)} 300-890+`, 120],
    ['does not count suspended time as reachable', `${rounds(3)} 300-310+ 4000-4590+`, 120],
    [
      'does not end when a failure interrupts the 10 minutes',
      `${rounds(3)} 300-600+ 610- 620-1200+`,
      120,
    ],
  ])('%s', (_rule, observations, seconds) => {
    expect(limit(observations)).toBe(seconds)
  })

  test('is limited to 30 minutes', () => {
    const long = { ...times, expireAfter: 1_000_000 }
    const state = { ...newLease(START, long), expiries: [START, START] }
    const silent = { ...state, unreachableSince: START - 1_000_000 }
    expect(observeLease(silent, false, START + 1, long).expireAfter).toBe(1_800_000)
  })

  test('does not shorten a configured time above 30 minutes', () => {
    const long = { ...times, expireAfter: 3_600_000 }
    const state = { ...newLease(START, long), expiries: [START, START] }
    const silent = { ...state, unreachableSince: START - 3_600_000 }
    expect(observeLease(silent, false, START + 1, long).expireAfter).toBe(3_600_000)
  })

  test('does not make an expired member fresh', () => {
    expect(replay(rounds(3), times).phase).toBe('expired')
  })
})

describe('the EndpointSlices of an expired source', () => {
  const alive: OtherSource = { phase: 'fresh', readyEndpoints: 1 }
  const idle: OtherSource = { phase: 'fresh', readyEndpoints: 0 }
  const shaky: OtherSource = { phase: 'suspect', readyEndpoints: 1 }
  test.each<[string, string | undefined, OtherSource[], string]>([
    ['are removed when another source has ready endpoints', undefined, [idle, alive], 'drop'],
    ['are kept when there is no other source', undefined, [], 'keep'],
    ['are kept when the other sources have no ready endpoints', undefined, [idle], 'keep'],
    ['are kept when the other sources are suspect', undefined, [shaky], 'keep'],
    ['are kept with the annotation keep', 'keep', [alive], 'keep'],
    ['are removed with the annotation drop, even without another source', 'drop', [], 'drop'],
    ['follow the default with an invalid annotation', 'Drop', [], 'keep'],
  ])('%s', (_rule, choice, others, wanted) => {
    const annotations = choice === undefined ? {} : { 'clusterset-dns.io/on-expiry': choice }
    expect(expiryAction(annotations, others)).toBe(wanted)
  })
})
