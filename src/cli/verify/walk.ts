// The steps that were taken so far, and what the others wait for in vain.
import type { Link } from '../../fleet/explain/link.ts'
import type { Progress, Step, StepId } from './step.ts'
import { type StepDeps, stepOf, type Task, takeStep } from './take-step.ts'

/** What a walk needs. */
export interface WalkDeps extends StepDeps {
  readonly signal: AbortSignal
  /** Called with each step when it is done. */
  readonly tell: (step: Step) => void
  /** What is broken by the rules of `explain`, and the command that mends it; undefined when it finds nothing. */
  readonly explain: () => Promise<Link | undefined>
}

interface TakeOptions {
  readonly blocks: boolean
  readonly always?: boolean
}

/** Takes steps in order. After one that the others need has failed, the others are not looked at. */
export class Walk {
  readonly steps: Step[] = []
  readonly #deps: WalkDeps
  #blockedBy: string | undefined

  constructor(deps: WalkDeps) {
    this.#deps = deps
  }

  /**
   * Takes the step, unless an earlier one blocks it; true if it holds. `blocks`: the later steps need it. `always`: it needs
   * none of the earlier ones.
   */
  async take(task: Task, { blocks, always = false }: TakeOptions): Promise<boolean> {
    const { id, at } = task
    if (this.#blockedBy !== undefined && !always) {
      this.skip(id, at, '')
      return false
    }
    const step = await takeStep(this.#deps, task, this.#deps.signal)
    await this.#add(step)
    const holds = step.state === 'holds' || step.state === 'warning'
    if (blocks && !holds) this.#blockedBy ??= `${id} at ${at}`
    return holds
  }

  /** Tells a step that a Pod has taken. */
  report(id: StepId, at: string, progress: Progress, ms: number): Promise<void> {
    return this.#add(stepOf({ id, at }, progress, ms))
  }

  /** Tells that nobody looks at the step, and why: the step that blocks it, else `why`. */
  skip(id: StepId, at: string, why: string): void {
    const text = this.#blockedBy === undefined ? why : `It needs ${this.#blockedBy}.`
    this.#tell({ id, at, state: 'unseen', text })
  }

  async #add(step: Step): Promise<void> {
    this.#tell(step.state === 'broken' ? await this.#explained(step) : step)
  }

  #tell(step: Step): void {
    this.steps.push(step)
    this.#deps.tell(step)
  }

  async #explained(step: Step): Promise<Step> {
    if (step.command !== undefined) return step
    const link = await this.#deps.explain()
    if (link?.command === undefined) return step
    return { ...step, text: `${step.text} ${link.text}`, command: link.command }
  }
}
