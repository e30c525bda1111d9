// The phase of a member: fresh, suspect or expired. All times are monotonic milliseconds of this process; clocks of
// different machines are never compared. A member expires only after this leader failed to reach it for the whole
// period. Time while the process was suspended does not count.
import type { LeasePhase } from '../api/types.ts'

/** When an unreachable member becomes suspect and expired. */
export interface LeaseTimes {
  /** Milliseconds unreachable until a member is suspect; that phase is only reported. */
  readonly suspectAfter: number
  /** Milliseconds unreachable until a member is expired, before damping. */
  readonly expireAfter: number
  /** A longer gap between two observations, in milliseconds, means that this process was suspended. */
  readonly maxGap: number
}

/** The defaults: 30 s, 5 min, and a gap of three rounds of 10 s. */
export const defaultLeaseTimes: LeaseTimes = {
  suspectAfter: 30_000,
  expireAfter: 300_000,
  maxGap: 30_000,
}

// Damping: a member that expires DAMPING_COUNT times within the window gets twice the expiry time, up to the maximum,
// until it has been reachable without interruption for the length of the window. Times are in milliseconds.
const DAMPING_COUNT = 3
const DAMPING_WINDOW = 10 * 60_000
const DAMPED_MAX = 30 * 60_000

/** The state of one member in the current leader term. Times are monotonic milliseconds. */
export interface LeaseState {
  readonly phase: LeasePhase
  /** Milliseconds unreachable after which the member expires; damping increases it. */
  readonly expireAfter: number
  /** When the outage began: the last success, else the start of the term; moved forward by suspended time. */
  readonly unreachableSince: number
  /** Since when every observation succeeded; undefined during an outage. */
  readonly reachedSince: number | undefined
  /** Time of the last observation. */
  readonly observedAt: number
  /** Times of the expiries that count for damping. */
  readonly expiries: readonly number[]
}

/** The initial state of a member in a leader term that begins at `now`. */
export function newLease(now: number, times: LeaseTimes = defaultLeaseTimes): LeaseState {
  return {
    phase: 'fresh',
    expireAfter: times.expireAfter,
    unreachableSince: now,
    reachedSince: undefined,
    observedAt: now,
    expiries: [],
  }
}

/**
 * The state after one observation at `now`. `reached`: the member's probe succeeded and all its watches are live.
 * Call it for every member every few seconds, well within `maxGap`.
 */
export function observeLease(
  state: LeaseState,
  reached: boolean,
  now: number,
  times: LeaseTimes = defaultLeaseTimes,
): LeaseState {
  const at = Math.max(now, state.observedAt)
  return reached ? afterSuccess(state, at, times) : afterFailure(state, at, times)
}

function afterSuccess(state: LeaseState, now: number, times: LeaseTimes): LeaseState {
  const slept = now - state.observedAt > times.maxGap
  const reachedSince = slept ? now : (state.reachedSince ?? now)
  const isStable = now - reachedSince >= DAMPING_WINDOW
  return {
    phase: 'fresh',
    expireAfter: isStable ? times.expireAfter : state.expireAfter,
    unreachableSince: now,
    reachedSince,
    observedAt: now,
    expiries: isStable ? [] : state.expiries,
  }
}

function afterFailure(state: LeaseState, now: number, times: LeaseTimes): LeaseState {
  const gap = now - state.observedAt
  const unreachableSince = state.unreachableSince + (gap > times.maxGap ? gap : 0)
  const age = now - unreachableSince
  const next = { ...state, unreachableSince, reachedSince: undefined, observedAt: now }
  // An expired member stays expired until it is reached again, even when damping has increased the limit.
  if (state.phase === 'expired') return next
  if (age >= state.expireAfter) return { ...next, phase: 'expired', ...damped(state, now) }
  return { ...next, phase: age >= times.suspectAfter ? 'suspect' : 'fresh' }
}

function damped(state: LeaseState, now: number): Pick<LeaseState, 'expireAfter' | 'expiries'> {
  const { expireAfter } = state
  const expiries = [...state.expiries.filter((at) => now - at <= DAMPING_WINDOW), now]
  if (expiries.length < DAMPING_COUNT) return { expireAfter, expiries }
  // Damping does not shorten a configured time above the maximum.
  return { expireAfter: Math.max(expireAfter, Math.min(2 * expireAfter, DAMPED_MAX)), expiries: [] }
}
