// The steps of `verify` and their results. Pure.
import type { LinkState } from '../../fleet/explain/link.ts'

/** The steps in their order. Those with the name of a link of `explain` look at the same thing. */
export const stepIds = [
  'cluster',
  'leftovers',
  'namespace',
  'service',
  'endpoints',
  'valid',
  'import',
  'amcs-service',
  'slices',
  'dns',
  'cluster-dns',
  'client',
  'pod-dns',
  'connect',
  'cleanup',
] as const

export type StepId = (typeof stepIds)[number]

/** What was found in one step. */
export interface Step {
  readonly id: StepId
  /** The name of the cluster, or the address of the DNS server. */
  readonly at: string
  readonly state: LinkState
  /** One or more sentences. */
  readonly text: string
  /** The command that mends it, or that looks at it. */
  readonly command?: string
  /** Milliseconds that it took; undefined when nothing was done. */
  readonly ms?: number
}

/** What a look at the objects of a step shows. */
export interface Progress {
  readonly state: 'waiting' | 'holds' | 'warning' | 'broken' | 'failed'
  /** One or more sentences. */
  readonly text: string
  readonly command?: string
  /** While it waits: what the step is when the time is over; default `broken`. `failed` where the fleet is not to blame. */
  readonly late?: 'broken' | 'failed'
}

/** Nothing is wrong yet. */
export function waiting(text: string, late?: Progress['late']): Progress {
  return { state: 'waiting', text, ...(late === undefined ? {} : { late }) }
}

/** The step holds. */
export function done(text: string): Progress {
  return { state: 'holds', text }
}

/** 0: every step that was taken holds; 1: one is broken; 3: none is, but one could not be looked at. */
export function verifyExitCode(steps: readonly Step[]): 0 | 1 | 3 {
  if (steps.some(({ state }) => state === 'broken')) return 1
  return steps.some(({ state }) => state === 'failed') ? 3 : 0
}
