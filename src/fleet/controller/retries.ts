// What was tried of late for each service of one cluster, so that nothing is tried for ever at full speed. A step
// that fails, or that is undone as it is written, waits for a while that doubles; so does one that somebody undoes
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
 * What is to be done with a step: `go`, or wait; `undone` and `contested` tell why a wait begins: the cluster did not
 * keep what was written, or somebody has undone it once too often (told the first time).
 */
export type RetryDecision = 'go' | 'wait' | 'undone' | 'contested'

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
  #due: number | undefined
  /** True when no change makes it due sooner. */
  #isFirm = false

  constructor(signature: string, options: RetryOptions) {
    this.signature = signature
    this.#options = options
    this.#triedAt = options.clock.now()
  }

  /** Milliseconds until it is to be looked at again; undefined when only a change is a reason to. */
  get wait(): number | undefined {
    return this.#due === undefined ? undefined : Math.max(0, this.#due - this.#options.clock.now())
  }

  /** True when nobody has needed it for long. */
  get isOld(): boolean {
    return (
      this.#state === 'not needed' && this.#options.clock.now() - this.#triedAt >= FORGET_AFTER_MS
    )
  }

  /** To be asked when it is part of a plan. */
  next(): RetryDecision {
    if (this.#isFirm && this.wait !== undefined && this.wait > 0) return 'wait'
    const state = this.#state
    this.#state = 'wanted'
    if (state === 'written') return this.#hold('undone')
    if (state === 'not needed' && ++this.#repairs > MAX_IMMEDIATE_REPAIRS) {
      return this.#hold(this.#repairs === MAX_IMMEDIATE_REPAIRS + 1 ? 'contested' : 'wait')
    }
    this.#due = undefined
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
    const isChance = ++this.#conflicts <= MAX_EXPECTED_CONFLICTS
    this.#hold('wait')
    this.#isFirm = !isChance
    return isChance
  }

  notNeeded(): void {
    if (this.#state === 'written') this.#state = 'not needed'
  }

  #hold(decision: RetryDecision): RetryDecision {
    const { clock, random } = this.#options
    this.#backoff ??= new Backoff(random)
    this.#due = clock.now() + this.#backoff.next()
    this.#isFirm = true
    return decision
  }
}

export class RetryTracker {
  readonly #options: RetryOptions
  /** By service: by what the step is about, of which the last one counts. */
  readonly #wanted = new Map<string, ReadonlyMap<string, StepBackoff>>()
  /** The same of services that need nothing now, the oldest first. */
  readonly #calm = new Map<string, ReadonlyMap<string, StepBackoff>>()

  constructor(options: RetryOptions) {
    this.#options = options
  }

  /** The attempts at the steps of a new plan for the service `key`, in their order. */
  of(key: string, steps: readonly Step[]): readonly StepBackoff[] {
    const backoffs = new Map(this.#wanted.get(key) ?? this.#calm.get(key))
    const wanted = new Map<string, StepBackoff>()
    for (const step of steps) {
      const subject = subjectOf(step, wanted)
      const signature = hash('sha1', signatureOf(step), 'base64')
      const known = backoffs.get(subject)
      const isSame = known !== undefined && known.signature === signature && !known.isOld
      wanted.set(subject, isSame ? known : new StepBackoff(signature, this.#options))
    }
    for (const [subject, backoff] of backoffs) if (!wanted.has(subject)) backoff.notNeeded()
    this.forget(key)
    const all = new Map([...backoffs, ...wanted])
    if (wanted.size > 0) this.#wanted.set(key, all)
    else if (all.size > 0) this.#rest(key, all)
    return [...wanted.values()]
  }

  /** What was tried says nothing any more: others may have written since. */
  forget(key: string): void {
    this.#wanted.delete(key)
    this.#calm.delete(key)
  }

  #rest(key: string, backoffs: ReadonlyMap<string, StepBackoff>): void {
    this.#calm.set(key, backoffs)
    const [oldest] = this.#calm.keys()
    if (this.#calm.size > MAX_IDLE_SERVICES && oldest !== undefined) this.#calm.delete(oldest)
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
