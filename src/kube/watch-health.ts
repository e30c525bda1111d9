// Logs and counts the failures of the watches of one API server. A failure is logged when it starts and every minute
// while it lasts. Several resources that fail for the same reason share one line. The loss of a watch that worked is a
// WARNING at first, because a restart of the API server mends itself; after a minute it is an ERROR.
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
  failing: { since: number; reason: string; loggedAt: number } | undefined
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
    const previous = state.failing
    if (previous?.reason === reason && now - previous.loggedAt < RELOG_MS) return
    const since = previous?.since ?? now
    state.failing = { since, reason, loggedAt: now }
    // Resources usually fail together, so one line for all of them is enough.
    const isReported = [...this.#states].some(
      ([other, { failing }]) =>
        other !== resource && failing?.reason === reason && now - failing.loggedAt < RELOG_MS,
    )
    const consequence = meanwhile()
    const suffix = consequence === '' ? '' : `; ${consequence}`
    if (isReported && reason !== 'forbidden') return
    const mayPass = state.worked && passing.has(reason) && now - since < RELOG_MS
    log[mayPass ? 'warning' : 'error'](`${name}: ${message}${suffix}`, {
      resource,
      reason,
    })
  }

  #recovered(resource: string, state: Health): void {
    state.worked = true
    if (state.failing === undefined) return
    state.failing = undefined
    const { name, log } = this.#options
    log.info(`${name}: the watch of ${resource} works again`, { resource })
  }
}
