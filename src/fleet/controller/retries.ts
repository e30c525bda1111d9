// Backs off a step that fails or is reverted, for each Service of one cluster. A write that is reverted at once (an
// admission webhook) is backed off exponentially. A single manual edit is reverted at once; repeated reverts (another
// controller) are backed off as well. A step with other content is a new step and is not delayed.
import { hash } from 'node:crypto'
import { Backoff } from '../../kube/backoff.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Write } from '../api/writes.ts'
import { signatureOf } from './written-versions.ts'

type Step = readonly Write[]

/** How often the same step is repeated without delay after it was reverted. */
const MAX_IMMEDIATE_REPAIRS = 3
/** The backoff of a step that was not needed for this many milliseconds is reset. */
const FORGET_AFTER_MS = 600_000
/** Maximum number of Services without steps whose backoffs are kept: few Services are reverted repeatedly. */
const MAX_IDLE_SERVICES = 500
/** The longest delay of a step that the API server refuses, in milliseconds. */
const MAX_REFUSED_MS = 300_000
/** Consecutive 409 conflicts that are treated as an ordinary write race. */
const MAX_EXPECTED_CONFLICTS = 2

interface RetryOptions {
  readonly clock: Clock
  readonly random: () => number
}

/**
 * Whether to write a step now (`go`) or to wait. `reverted` and `contested` mean `wait` with a reason to log: the API
 * server did not keep the write, or the step was reverted too often (returned the first time only).
 */
type RetryDecision = 'go' | 'wait' | 'reverted' | 'contested'

/** The backoff of one step. */
export class StepBackoff {
  readonly signature: string
  readonly #options: RetryOptions
  #backoff: Backoff | undefined
  #slowBackoff: Backoff | undefined
  #state: 'wanted' | 'written' | 'not needed' = 'wanted'
  #repairs = 0
  #conflicts = 0
  #triedAt: number
  /** When the step is retried without a change, as Clock.now; undefined if it is not delayed. */
  #dueAt: number | undefined
  /** True if a change of the Service does not end the delay. */
  #ignoresChanges = false

  constructor(signature: string, options: RetryOptions) {
    this.signature = signature
    this.#options = options
    this.#triedAt = options.clock.now()
  }

  /** Milliseconds until the step is retried; undefined if only a change leads to a retry. */
  get wait(): number | undefined {
    return this.#dueAt === undefined
      ? undefined
      : Math.max(0, this.#dueAt - this.#options.clock.now())
  }

  /** True if the step has not been needed for FORGET_AFTER_MS. */
  get isExpired(): boolean {
    return (
      this.#state === 'not needed' && this.#options.clock.now() - this.#triedAt >= FORGET_AFTER_MS
    )
  }

  /** Decides whether the step is written now. To be called once for each plan that contains it. */
  next(): RetryDecision {
    if (this.#ignoresChanges && this.wait !== undefined && this.wait > 0) return 'wait'
    const state = this.#state
    this.#state = 'wanted'
    if (state === 'written') return this.#hold('reverted')
    if (state === 'not needed' && ++this.#repairs > MAX_IMMEDIATE_REPAIRS) {
      return this.#hold(this.#repairs === MAX_IMMEDIATE_REPAIRS + 1 ? 'contested' : 'wait')
    }
    this.#dueAt = undefined
    this.#triedAt = this.#options.clock.now()
    return 'go'
  }

  /** Records that the step was written. */
  written(): void {
    this.#state = 'written'
    this.#conflicts = 0
  }

  /** Records that the step failed, and delays it. */
  failed(): void {
    this.#hold('wait')
  }

  /** Records that the API server refused the step, and delays it: an equal one is probably refused again. */
  refused(): void {
    this.#slowBackoff ??= new Backoff(this.#options.random, MAX_REFUSED_MS)
    this.#delay(this.#slowBackoff)
  }

  /** Records a conflict: our copy was outdated. Returns false from the third in a row on, which is no write race. */
  conflicted(): boolean {
    const isExpected = ++this.#conflicts <= MAX_EXPECTED_CONFLICTS
    this.#hold('wait')
    this.#ignoresChanges = !isExpected
    return isExpected
  }

  /** Records that a plan no longer contains the step. */
  notNeeded(): void {
    if (this.#state === 'written') this.#state = 'not needed'
  }

  #hold(decision: RetryDecision): RetryDecision {
    this.#backoff ??= new Backoff(this.#options.random)
    this.#delay(this.#backoff)
    return decision
  }

  #delay(backoff: Backoff): void {
    this.#dueAt = this.#options.clock.now() + backoff.next()
    this.#ignoresChanges = true
  }
}

/** The backoffs of all steps of one cluster, by Service. */
export class RetryTracker {
  readonly #options: RetryOptions
  /** Services with steps in their last plan: by Service key, then by the subject of the step. */
  readonly #wanted = new Map<string, ReadonlyMap<string, StepBackoff>>()
  /** The same for Services without steps in their last plan, oldest first. */
  readonly #idle = new Map<string, ReadonlyMap<string, StepBackoff>>()

  constructor(options: RetryOptions) {
    this.#options = options
  }

  /** Returns the backoffs for the steps of a new plan for the Service `key` ("namespace/name"), in the same order. */
  backoffsFor(key: string, steps: readonly Step[]): readonly StepBackoff[] {
    const backoffs = new Map(this.#wanted.get(key) ?? this.#idle.get(key))
    const wanted = new Map<string, StepBackoff>()
    for (const step of steps) {
      const subject = subjectOf(step, wanted)
      const signature = hash('sha1', signatureOf(step), 'base64')
      const previous = backoffs.get(subject)
      const isSame = previous?.signature === signature && !previous.isExpired
      wanted.set(subject, isSame ? previous : new StepBackoff(signature, this.#options))
    }
    for (const [subject, backoff] of backoffs) if (!wanted.has(subject)) backoff.notNeeded()
    this.forget(key)
    const all = new Map([...backoffs, ...wanted])
    if (wanted.size > 0) this.#wanted.set(key, all)
    else if (all.size > 0) this.#moveToIdle(key, all)
    return [...wanted.values()]
  }

  /** Removes the backoffs of the Service, for example because another leader may have written since. */
  forget(key: string): void {
    this.#wanted.delete(key)
    this.#idle.delete(key)
  }

  #moveToIdle(key: string, backoffs: ReadonlyMap<string, StepBackoff>): void {
    this.#idle.set(key, backoffs)
    const [oldest] = this.#idle.keys()
    if (this.#idle.size > MAX_IDLE_SERVICES && oldest !== undefined) this.#idle.delete(oldest)
  }
}

/** Identifies what a step writes. A number distinguishes it from steps with the same subject in `taken`. */
function subjectOf([first]: Step, taken: ReadonlyMap<string, unknown>): string {
  if (first === undefined) return ''
  const { resource, source = '' } = first
  const part = first.action === 'patch' ? first.subresource : ''
  const subject = `${resource} ${part} ${source}`
  for (let n = 0; ; n++) if (!taken.has(`${subject} ${n}`)) return `${subject} ${n}`
}
