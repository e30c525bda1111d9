// When a member counts as lost. All times are monotonic milliseconds of this process: clocks of machines are
// never compared, and a new leader begins anew, so that only a silence which it has itself met with can
// expire a member. Time in which this process slept is no such silence.
import type { LeasePhase } from '../api/types.ts'

export interface LeaseTimes {
  /** Milliseconds of silence until a member is suspect; that only reports. */
  readonly suspectAfter: number
  /** Milliseconds of silence until it is expired, before damping. */
  readonly expireAfter: number
  /** Milliseconds between two observations above which this process must have slept. */
  readonly maxGap: number
}

/** The defaults: 30 s, 5 min, and three missed rounds of 10 s. */
export const defaultLeaseTimes: LeaseTimes = {
  suspectAfter: 30_000,
  expireAfter: 300_000,
  maxGap: 30_000,
}

// Damping: a member that expires this often within the window is given twice the time, up to the maximum,
// until it has been reached without a break for as long as the window.
const DAMPING_COUNT = 3
const DAMPING_WINDOW = 10 * 60_000
const DAMPED_MAX = 30 * 60_000

export interface LeaseState {
  readonly phase: LeasePhase
  /** Milliseconds of silence that expire the member now; grows by damping. */
  readonly expireAfter: number
  /** When the silence began: the last contact, else when this leader began; moved on by sleep. */
  readonly unreachableSince: number
  /** When the unbroken time of contact began; undefined during a silence. */
  readonly reachedSince: number | undefined
  /** When it was last observed. */
  readonly observedAt: number
  /** When it expired, as far as that counts for damping. */
  readonly expiries: readonly number[]
}

/** A member as a leader sees it that begins at `now`. */
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
 * The state after one observation at `now`: `reached` when the member's probe succeeded and all its watches
 * are live, else not. To be called for every member every few seconds, well within `maxGap`.
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
  // What has expired stays so until it is reached again, whatever damping makes of the limit.
  if (state.phase === 'expired') return next
  if (age >= state.expireAfter) return { ...next, phase: 'expired', ...damped(state, now) }
  return { ...next, phase: age >= times.suspectAfter ? 'suspect' : 'fresh' }
}

function damped(state: LeaseState, now: number): Pick<LeaseState, 'expireAfter' | 'expiries'> {
  const { expireAfter } = state
  const expiries = [...state.expiries.filter((at) => now - at <= DAMPING_WINDOW), now]
  if (expiries.length < DAMPING_COUNT) return { expireAfter, expiries }
  // A configured time above the maximum is not shortened by damping.
  return { expireAfter: Math.max(expireAfter, Math.min(2 * expireAfter, DAMPED_MAX)), expiries: [] }
}
