// What every source is given by whoever opens it. All but the log have defaults; tests replace time,
// chance, environment and the service account folder.
import type { Log } from '../log.ts'
import { type Clock, systemClock } from './clock.ts'
import { RequestMetrics } from './request-metrics.ts'

export interface ClientDeps {
  readonly log: Log
  readonly clock?: Clock
  /** Uniform in [0, 1), for jitter. */
  readonly random?: () => number
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default /var/run/secrets/kubernetes.io/serviceaccount. */
  readonly serviceAccountDirectory?: string
  /** Where requests are counted; default: nowhere that is read. */
  readonly requests?: RequestMetrics
  /** How long an answer that has begun may pause, unless it is a watch; default 30,000. */
  readonly responseIdleMs?: number
  /** Default "clusterset-dns". */
  readonly userAgent?: string
  /** How often manifest files are looked at; default 1,000. */
  readonly manifestIntervalMs?: number
}

export interface FullClientDeps extends Required<ClientDeps> {}

export function fullClientDeps(deps: ClientDeps): FullClientDeps {
  return {
    clock: systemClock,
    random: Math.random,
    env: process.env,
    serviceAccountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
    manifestIntervalMs: 1000,
    responseIdleMs: 30_000,
    userAgent: 'clusterset-dns',
    requests: new RequestMetrics(),
    ...deps,
  }
}
