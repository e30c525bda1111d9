// The dependencies of an API client. All but the log have defaults; tests replace the clock, the random source, the
// environment and the service account folder.
import type { Log } from '../log.ts'
import { type Clock, systemClock } from './clock.ts'
import { defaultReceiveLimits, type ReceiveLimits } from './receive-limits.ts'
import { NO_LIMITS, type RequestLimits } from './request-gate.ts'
import { RequestMetrics } from './request-metrics.ts'

/** Dependencies as the caller passes them. */
export interface ClientDeps {
  readonly log: Log
  readonly clock?: Clock
  /** A random number, uniform in [0, 1), for jitter; default Math.random. */
  readonly random?: () => number
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default /var/run/secrets/kubernetes.io/serviceaccount. */
  readonly serviceAccountDirectory?: string
  /** Counts the requests; by default the counts are discarded. */
  readonly requests?: RequestMetrics
  /** The longest pause within a response body, in milliseconds; watches are exempt. Default 30,000. */
  readonly responseIdleMs?: number
  /** The longest time for a whole response body, in milliseconds; watches are exempt. Default 300,000. */
  readonly responseMs?: number
  /** How much one API server may send. */
  readonly limits?: ReceiveLimits
  /** How many requests may be sent; default: any number. */
  readonly requestLimits?: RequestLimits
  /** The User-Agent header; default "clusterset-dns". */
  readonly userAgent?: string
}

/** Dependencies with all defaults filled in. */
export interface FullClientDeps extends Required<ClientDeps> {}

/** What a client config is made from, outside the Corefile. */
export type ConfigDeps = Pick<FullClientDeps, 'env' | 'serviceAccountDirectory'>

/** The environment of this process, and the service account folder of a pod. */
export const defaultConfigDeps: ConfigDeps = {
  env: process.env,
  serviceAccountDirectory: '/var/run/secrets/kubernetes.io/serviceaccount',
}

/** Fills in the defaults. */
export function fullClientDeps(deps: ClientDeps): FullClientDeps {
  return {
    clock: systemClock,
    random: Math.random,
    ...defaultConfigDeps,
    responseIdleMs: 30_000,
    responseMs: 300_000,
    limits: defaultReceiveLimits,
    requestLimits: NO_LIMITS,
    userAgent: 'clusterset-dns',
    requests: new RequestMetrics(),
    ...deps,
  }
}
