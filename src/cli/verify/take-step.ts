// Takes one step of `verify`: looks at its objects until they hold, and measures the time.
import { CodedError, errorText } from '../../errors.ts'
import { sentence } from '../../fleet/explain/texts.ts'
import { timeLimit } from '../../fleet/hub/timeout.ts'
import { ApiError, type ErrorReason } from '../../kube/api-error.ts'
import type { Clock } from '../../kube/clock.ts'
import { pause } from '../open-clusters.ts'
import { type Progress, type Step, waiting } from './step.ts'

/** Milliseconds between two looks. */
const POLL_MS = 100

/** Errors that pass by themselves. */
const PASSING: readonly ErrorReason[] = [
  'unreachable',
  'timeout',
  'disconnected',
  'idle',
  'conflict',
  'throttled',
  'server_error',
]
/** A new namespace gets its ServiceAccount a moment later, and no Pods before (Kubernetes, admission plugin ServiceAccount). */
const NO_ACCOUNT = /serviceaccount "default" not found/

/** One step to take. */
export interface Task extends Pick<Step, 'id' | 'at'> {
  /** What is done once, before the first look. */
  readonly start?: (signal: AbortSignal) => Promise<unknown>
  readonly look: (signal: AbortSignal) => Promise<Progress>
  /** Milliseconds; default those of all steps. */
  readonly timeoutMs?: number
}

/** What all steps share. */
export interface StepDeps {
  readonly clock: Clock
  /** Milliseconds for one step. */
  readonly timeoutMs: number
  /** Called with what the step waits for, and with '' at its end. */
  readonly waitsFor: (text: string) => void
}

/** Takes the step. Rejects only when the signal aborts, or with an error that is none of a cluster. */
export async function takeStep(
  { clock, waitsFor, ...all }: StepDeps,
  { id, at, start, look, timeoutMs = all.timeoutMs }: Task,
  signal: AbortSignal,
): Promise<Step> {
  const startedAt = clock.now()
  const limit = timeLimit(clock, timeoutMs)
  const both = AbortSignal.any([signal, limit.signal])
  let isStarted = start === undefined
  let last: Progress | undefined
  try {
    for (;;) {
      const next = await attempt(
        async () => {
          if (!isStarted) await start?.(both)
          isStarted = true
          return look(both)
        },
        signal,
        limit.signal,
      )
      // The limit came in the middle of a request: what was seen before says more.
      if (!limit.signal.aborted || last === undefined) last = next
      const ms = clock.now() - startedAt
      if (!limit.signal.aborted && last.state !== 'waiting') return stepOf({ id, at }, last, ms)
      if (limit.signal.aborted) return stepOf({ id, at }, overdue(last, timeoutMs), ms)
      waitsFor(`${id} at ${at}: ${last.text}`)
      await pause(clock, POLL_MS, signal)
    }
  } finally {
    limit.cancel()
    waitsFor('')
  }
}

/** The step of a last look. */
export function stepOf(
  place: Pick<Step, 'id' | 'at'>,
  { state, text, command }: Progress,
  ms: number,
): Step {
  const step: Step = { ...place, state: state === 'waiting' ? 'failed' : state, text, ms }
  return command === undefined ? step : { ...step, command }
}

function overdue(last: Progress, timeoutMs: number): Progress {
  const state = last.state === 'waiting' ? (last.late ?? 'broken') : last.state
  return { ...last, state, text: `Not within ${timeoutMs / 1000} s: ${last.text}` }
}

/** One look; an error of the cluster is `waiting` if it may pass, else `failed`. `limit` ends it with a TimeoutError. */
async function attempt(
  look: () => Promise<Progress>,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<Progress> {
  try {
    return await look()
  } catch (caught) {
    signal.throwIfAborted()
    if (limit.aborted) return waiting(sentence(errorText(limit.reason)), 'failed')
    if (!(caught instanceof CodedError)) throw caught
    const text = sentence(`${caught.code}: ${caught.message}`)
    return mayPass(caught) ? waiting(text, 'failed') : { state: 'failed', text }
  }
}

function mayPass(error: CodedError): boolean {
  if (!(error instanceof ApiError)) return false
  return PASSING.includes(error.reason) || NO_ACCOUNT.test(error.message)
}
