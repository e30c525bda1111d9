// What is said and counted of the watches of one API server: each failure once, and again every minute while it
// lasts; one line where several resources fail for one reason.
import type { Log } from '../log.ts'
import type { ApiError } from './api-error.ts'
import type { Clock } from './clock.ts'
import type { ReflectorOptions } from './reflector.ts'

/** While a failure lasts, it is said again this often. */
const RELOG_MS = 60_000

export interface WatchState {
  readonly lastEventAt: number | undefined
  readonly relists: number
  /** By reason. */
  readonly errors: ReadonlyMap<string, number>
  /** The reason of the failure that lasts; undefined when all is well. */
  readonly failing: string | undefined
}

interface Health {
  lastEventAt: number | undefined
  relists: number
  readonly errors: Map<string, number>
  failing: { reason: string; loggedAt: number } | undefined
}

export interface WatchHealthOptions {
  /** The source, for messages. */
  readonly name: string
  readonly log: Log
  readonly clock: Clock
  /** What the reader does meanwhile, for messages; '' when nothing is known yet. */
  readonly meanwhile: () => string
  readonly onFailure?: (resource: string, error: ApiError) => void
}

export class WatchHealth {
  readonly #options: WatchHealthOptions
  readonly #states = new Map<string, Health>()

  constructor(options: WatchHealthOptions) {
    this.#options = options
  }

  /** The callbacks of one resource's reflector. */
  callbacks(resource: string): Pick<ReflectorOptions, 'onEvent' | 'onRelist' | 'onState'> {
    const state: Health = {
      lastEventAt: undefined,
      relists: 0,
      errors: new Map(),
      failing: undefined,
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

  states(): ReadonlyMap<string, WatchState> {
    return new Map(
      [...this.#states].map(([resource, { failing, ...state }]) => [
        resource,
        { ...state, failing: failing?.reason },
      ]),
    )
  }

  #failed(resource: string, state: Health, error: ApiError): void {
    const { name, log, clock, meanwhile, onFailure } = this.#options
    const { reason, message } = error
    state.errors.set(reason, (state.errors.get(reason) ?? 0) + 1)
    onFailure?.(resource, error)
    // An expired version is part of normal life: it costs a list, and the metric shows it.
    if (reason === 'expired') return
    const now = clock.now()
    const previous = state.failing
    if (previous?.reason === reason && now - previous.loggedAt < RELOG_MS) return
    state.failing = { reason, loggedAt: now }
    // The resources fail together as a rule; one line for all of them is enough.
    const isReported = [...this.#states].some(
      ([other, { failing }]) =>
        other !== resource && failing?.reason === reason && now - failing.loggedAt < RELOG_MS,
    )
    const consequence = meanwhile()
    const suffix = consequence === '' ? '' : `; ${consequence}`
    if (!isReported || reason === 'forbidden') log.error(`${name}: ${message}${suffix}`)
  }

  #recovered(resource: string, state: Health): void {
    if (state.failing === undefined) return
    state.failing = undefined
    this.#options.log.info(`${this.#options.name}: ${resource} are followed again`)
  }
}
