// Logs and counts the failures of the watches of one API server. A failure is logged when it starts and every minute
// while it lasts. Resources that fail together share one line. The loss of a watch that worked is a WARNING at first,
// because a restart of the API server mends itself; after a minute it is an ERROR.
import type { Log } from '../log.ts'
import type { ApiError, ErrorReason } from './api-error.ts'
import type { Clock } from './clock.ts'
import type { ReflectorOptions } from './reflector.ts'

/** A lasting failure is logged again after this time. */
const RELOG_MS = 60_000

/** Reasons that a restart of the API server explains. */
const passing: ReadonlySet<ErrorReason> = new Set([
  'unreachable',
  'timeout',
  'disconnected',
  'idle',
  'throttled',
  'server_error',
])

/**
 * What makes two failures the same for the log. The texts of a restart differ from one attempt to the next, so its
 * reason counts; any other text says what to mend.
 */
const failureKey = ({ reason, message }: ApiError): string =>
  passing.has(reason) ? reason : message

/** The state of the watch of one resource. */
interface WatchState {
  /** Clock.now() of the last event or list page. */
  readonly lastEventAt: number | undefined
  readonly relists: number
  /** Failures by reason. */
  readonly errors: ReadonlyMap<string, number>
  /** The reason of the current failure; undefined while the watch works. */
  readonly failing: string | undefined
}

interface Health {
  /** True once a list was complete. */
  worked: boolean
  lastEventAt: number | undefined
  relists: number
  readonly errors: Map<string, number>
  failing: { since: number; reason: string } | undefined
  /** Of the last failure, also when the watch works again. */
  lastError: ApiError | undefined
}

interface WatchHealthOptions {
  /** The name of the source, for messages. */
  readonly name: string
  readonly log: Log
  readonly clock: Clock
  /** The effect of a failure, appended to its log line; '' appends nothing. */
  readonly meanwhile: () => string
  readonly onFailure?: (resource: string, error: ApiError) => void
}

/** Collects the state of the watches and logs its changes. */
export class WatchHealth {
  readonly #options: WatchHealthOptions
  readonly #states = new Map<string, Health>()
  /** Clock.now() of the last line of each failure of the last minute, by failureKey. */
  readonly #loggedAt = new Map<string, number>()

  constructor(options: WatchHealthOptions) {
    this.#options = options
  }

  /** The callbacks for the reflector of one resource. */
  callbacks(resource: string): Pick<ReflectorOptions, 'onEvent' | 'onRelist' | 'onState'> {
    const state: Health = {
      worked: false,
      lastEventAt: undefined,
      relists: 0,
      errors: new Map(),
      failing: undefined,
      lastError: undefined,
    }
    this.#states.set(resource, state)
    return {
      onEvent: (at) => {
        state.lastEventAt = at
      },
      onRelist: () => {
        state.relists++
      },
      onState: (error) => {
        if (error === undefined) this.#recovered(resource, state)
        else this.#failed(resource, state, error)
      },
    }
  }

  /** The state by resource. */
  states(): ReadonlyMap<string, WatchState> {
    return new Map(
      [...this.#states].map(([resource, { failing, worked: _, lastError: __, ...state }]) => [
        resource,
        { ...state, failing: failing?.reason },
      ]),
    )
  }

  /** The last error of each watch that fails now, by resource. */
  get failures(): ReadonlyMap<string, ApiError> {
    return new Map(
      [...this.#states].flatMap(([resource, { failing, lastError }]) =>
        failing === undefined || lastError === undefined ? [] : [[resource, lastError]],
      ),
    )
  }

  /** True when a watch has failed at least once. */
  get hasFailed(): boolean {
    return [...this.#states.values()].some(({ lastError }) => lastError !== undefined)
  }

  #failed(resource: string, state: Health, error: ApiError): void {
    const { name, log, clock, meanwhile, onFailure } = this.#options
    const { reason, message } = error
    state.lastError = error
    state.errors.set(reason, (state.errors.get(reason) ?? 0) + 1)
    onFailure?.(resource, error)
    // An expired resourceVersion is normal: it costs one list, and the metric counts it.
    if (reason === 'expired') return
    const now = clock.now()
    const since = state.failing?.since ?? now
    state.failing = { since, reason }
    if (!this.#isDue(failureKey(error), now)) return
    const consequence = meanwhile()
    const suffix = consequence === '' ? '' : `; ${consequence}`
    const mayPass = state.worked && passing.has(reason) && now - since < RELOG_MS
    log[mayPass ? 'warning' : 'error'](`${name}: ${message}${suffix}`, {
      resource,
      reason,
    })
  }

  /** True when no watch has logged this failure within a minute; notes that it is logged now. */
  #isDue(key: string, now: number): boolean {
    for (const [other, at] of this.#loggedAt) {
      if (now - at >= RELOG_MS) this.#loggedAt.delete(other)
    }
    if (this.#loggedAt.has(key)) return false
    this.#loggedAt.set(key, now)
    return true
  }

  #recovered(resource: string, state: Health): void {
    state.worked = true
    if (state.failing === undefined) return
    state.failing = undefined
    if (this.failures.size === 0) this.#loggedAt.clear()
    const { name, log } = this.#options
    log.info(`${name}: the watch of ${resource} works again`, { resource })
  }
}
