// When a member counts as lost, told as observations in seconds: "0-60+ 70-400-" is contact every 10 s from
// 0 to 60, then none from 70 to 400.
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

/** The state after a story, which begins with a leader at 0 s. */
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
    ['is fresh just before 30 s of silence', '0+ 10-20-', 'fresh'],
    ['is suspect after 30 s of silence', '0+ 10-30-', 'suspect'],
    ['is suspect just before 5 min of silence', '0+ 10-290-', 'suspect'],
    ['is expired after 5 min of silence', '0+ 10-300-', 'expired'],
    ['stays expired', '0+ 10-3000-', 'expired'],
    ['is fresh at once when it is reached again', '0+ 10-300- 310+', 'fresh'],
    ['begins a new silence then', '0+ 10-290- 300+ 310-590-', 'suspect'],
    ['is suspect for a new leader that cannot reach it for 30 s', '10-30-', 'suspect'],
    ['is not expired by a new leader before 5 min of its own', '10-290-', 'suspect'],
    ['is expired by a new leader after 5 min of its own', '10-300-', 'expired'],
    ['is not expired by a sleep of this process', '0-60+ 4000-', 'fresh'],
    ['is not expired by a sleep during a silence', '0+ 10-200- 4000-', 'suspect'],
    ['is expired when the silence goes on after a sleep', '0+ 10-200- 4000-4100-', 'expired'],
  ])('%s', (_rule, observations, phase) => {
    expect(replay(observations).phase).toBe(phase)
  })

  test('is not made older by a clock that goes back', () => {
    const state = observeLease(replay('0-60+'), false, START - 1e9)
    expect(state).toMatchObject({ phase: 'fresh', observedAt: START + 60_000 })
  })
})

describe('damping', () => {
  // Expires after 60 s; a round of 100 s is one expiry and one contact.
  const times: LeaseTimes = { suspectAfter: 20_000, expireAfter: 60_000, maxGap: 30_000 }
  const rounds = (count: number, length = 100, from = 0) =>
    Array.from({ length: count }, (_, i) => {
      const at = from + i * length
      return `${at}+ ${at + 10}-${at + length - 10}-`
    }).join(' ')
  const limit = (observations: string, own: LeaseTimes = times) =>
    replay(observations, own).expireAfter / 1000

  test.each<[string, string, number]>([
    ['leaves two expiries alone', rounds(2), 60],
    ['doubles the time after three in 10 minutes', rounds(3), 120],
    ['leaves three in more than 10 minutes alone', rounds(3, 310), 60],
    ['counts anew after doubling', rounds(5, 150), 120],
    ['doubles again', rounds(6, 150), 240],
    ['ends after 10 minutes of contact', `${rounds(3)} 300-900+`, 60],
    ['does not end before', `${rounds(3)} 300-890+`, 120],
    ['does not end by a sleep of this process', `${rounds(3)} 300-310+ 4000-4590+`, 120],
    ['does not end when the contact breaks', `${rounds(3)} 300-600+ 610- 620-1200+`, 120],
  ])('%s', (_rule, observations, seconds) => {
    expect(limit(observations)).toBe(seconds)
  })

  test('stops at 30 minutes', () => {
    const long = { ...times, expireAfter: 1_000_000 }
    const state = { ...newLease(START, long), expiries: [START, START] }
    const silent = { ...state, unreachableSince: START - 1_000_000 }
    expect(observeLease(silent, false, START + 1, long).expireAfter).toBe(1_800_000)
  })

  test('shortens no time that is longer than 30 minutes already', () => {
    const long = { ...times, expireAfter: 3_600_000 }
    const state = { ...newLease(START, long), expiries: [START, START] }
    const silent = { ...state, unreachableSince: START - 3_600_000 }
    expect(observeLease(silent, false, START + 1, long).expireAfter).toBe(3_600_000)
  })

  test('never brings an expired member back', () => {
    expect(replay(rounds(3), times).phase).toBe('expired')
  })
})

describe('the slices of an expired source', () => {
  const alive: OtherSource = { phase: 'fresh', readyEndpoints: 1 }
  const idle: OtherSource = { phase: 'fresh', readyEndpoints: 0 }
  const shaky: OtherSource = { phase: 'suspect', readyEndpoints: 1 }
  test.each<[string, string | undefined, OtherSource[], string]>([
    ['go when another has endpoints', undefined, [idle, alive], 'drop'],
    ['stay when they are the last', undefined, [], 'keep'],
    ['stay when the others have none', undefined, [idle], 'keep'],
    ['stay when the others are suspect', undefined, [shaky], 'keep'],
    ['stay by choice', 'keep', [alive], 'keep'],
    ['go by choice, even the last', 'drop', [], 'drop'],
    ['go with a choice that is none by the default', 'Drop', [], 'keep'],
  ])('%s', (_rule, choice, others, wanted) => {
    const annotations = choice === undefined ? {} : { 'clusterset-dns.io/on-expiry': choice }
    expect(expiryAction(annotations, others)).toBe(wanted)
  })
})
