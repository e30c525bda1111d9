// What was tried of late for each service of one cluster, so that nothing is tried for ever at full speed. A step
// that fails, or that is reverted as it is written, waits for a while that doubles; so does one that somebody undoes
// later, when it comes to it once too often: a hand is repaired at once, another controller is not fought with.
// Another step, that is one for a change of somebody else's, waits for nothing.
import { hash } from 'node:crypto'
import { Backoff } from '../../kube/backoff.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Write } from '../api/writes.ts'
import { signatureOf } from './written-versions.ts'

type Step = readonly Write[]

/** Repairs of the same thing that are made at once. */
const MAX_IMMEDIATE_REPAIRS = 3
/** What was not needed for this long is forgotten. */
const FORGET_AFTER_MS = 600_000
/** Services that need nothing, of which it is remembered what they needed last: a fight is about few of them. */
const MAX_IDLE_SERVICES = 500
/** Conflicts in a row that are no more than two who write at the same time. */
const MAX_EXPECTED_CONFLICTS = 2

export interface RetryOptions {
  readonly clock: Clock
  readonly random: () => number
}

/**
 * What is to be done with a step: `go`, or wait; `reverted` and `contested` tell why a wait begins: the cluster did not
 * keep what was written, or somebody has reverted it once too often (told the first time).
 */
export type RetryDecision = 'go' | 'wait' | 'reverted' | 'contested'

/** All tries of one step. */
export class StepBackoff {
  readonly signature: string
  readonly #options: RetryOptions
  #backoff: Backoff | undefined
  #state: 'wanted' | 'written' | 'not needed' = 'wanted'
  #repairs = 0
  #conflicts = 0
  #triedAt: number
  /** When it is tried again without a change; undefined when it waits for nothing. */
  #dueAt: number | undefined
  /** True when no change makes it due sooner. */
  #ignoresChanges = false

  constructor(signature: string, options: RetryOptions) {
    this.signature = signature
    this.#options = options
    this.#triedAt = options.clock.now()
  }

  /** Milliseconds until it is to be looked at again; undefined when only a change is a reason to. */
  get wait(): number | undefined {
    return this.#dueAt === undefined
      ? undefined
      : Math.max(0, this.#dueAt - this.#options.clock.now())
  }

  /** True when nobody has needed it for long. */
  get isExpired(): boolean {
    return (
      this.#state === 'not needed' && this.#options.clock.now() - this.#triedAt >= FORGET_AFTER_MS
    )
  }

  /** To be asked when it is part of a plan. */
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

  written(): void {
    this.#state = 'written'
    this.#conflicts = 0
  }

  failed(): void {
    this.#hold('wait')
  }

  /** What we knew was old: it is done on what comes next, or after a while. False when that is no chance any more. */
  conflicted(): boolean {
    const isExpected = ++this.#conflicts <= MAX_EXPECTED_CONFLICTS
    this.#hold('wait')
    this.#ignoresChanges = !isExpected
    return isExpected
  }

  notNeeded(): void {
    if (this.#state === 'written') this.#state = 'not needed'
  }

  #hold(decision: RetryDecision): RetryDecision {
    const { clock, random } = this.#options
    this.#backoff ??= new Backoff(random)
    this.#dueAt = clock.now() + this.#backoff.next()
    this.#ignoresChanges = true
    return decision
  }
}

export class RetryTracker {
  readonly #options: RetryOptions
  /** By service: by what the step is about, of which the last one counts. */
  readonly #wanted = new Map<string, ReadonlyMap<string, StepBackoff>>()
  /** The same of services that need nothing now, the oldest first. */
  readonly #idle = new Map<string, ReadonlyMap<string, StepBackoff>>()

  constructor(options: RetryOptions) {
    this.#options = options
  }

  /** The attempts at the steps of a new plan for the service `key`, in their order. */
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

  /** What was tried says nothing any more: others may have written since. */
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

/** What the step is about; a plan may have two steps for one thing, so it is told from those in `taken`. */
function subjectOf([first]: Step, taken: ReadonlyMap<string, unknown>): string {
  if (first === undefined) return ''
  const { resource, source = '' } = first
  const part = first.action === 'patch' ? first.subresource : ''
  const subject = `${resource} ${part} ${source}`
  for (let n = 0; ; n++) if (!taken.has(`${subject} ${n}`)) return `${subject} ${n}`
}
