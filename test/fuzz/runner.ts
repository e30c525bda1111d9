// Gives inputs to a target, and takes care of findings.
import { Input, type Sample } from './input.ts'
import { minimize } from './minimize.ts'
import { type Target, type TargetKind, Violation } from './target.ts'

/** Different findings after which a run ends. */
export const MAX_FINDINGS = 20

export interface Finding {
  /** The same for findings that seem to have one cause. */
  readonly key: string
  readonly message: string
  readonly sample: Sample
  /** False if the input alone is no finding: it needs those before it, which the seed repeats. */
  readonly isAlone: boolean
}

export class Runner {
  readonly input: Input
  packets = 0
  runs = 0
  readonly #kind: TargetKind
  readonly #onFinding: (finding: Finding) => void
  readonly #known: Set<string>
  #target: Target
  /** What the last failed run threw. */
  #fault: unknown

  private constructor(
    kind: TargetKind,
    target: Target,
    input: Input,
    known: Iterable<string>,
    onFinding: (finding: Finding) => void,
  ) {
    this.#kind = kind
    this.#target = target
    this.input = input
    this.#known = new Set(known)
    this.#onFinding = onFinding
  }

  /** `known` has the keys of findings that are not reported again. */
  static async create(
    kind: TargetKind,
    input: Input,
    known: Iterable<string>,
    onFinding: (finding: Finding) => void,
  ): Promise<Runner> {
    return new Runner(kind, await kind.create(), input, known, onFinding)
  }

  get findings(): number {
    return this.#known.size
  }

  /** Runs the input; false if it is a finding, for `found`. Not async: a promise costs as much as a small input. */
  run(): boolean {
    this.runs++
    try {
      this.packets += this.#target.run(this.input)
      return true
    } catch (error) {
      this.#fault = error
      return false
    }
  }

  async runSample(sample: Sample): Promise<void> {
    this.input.load(sample)
    if (!this.run()) await this.found()
  }

  async settle(): Promise<void> {
    try {
      await this.#target.settle?.()
    } catch (error) {
      this.#fault = error
      await this.found()
    }
  }

  /** Minimizes and reports the last finding, unless it is known. */
  async found(): Promise<void> {
    const fault = this.#fault
    const key = keyOf(fault)
    const last = (fault instanceof Violation ? fault.sample : undefined) ?? this.input.sample()
    if (!this.#known.has(key)) {
      this.#known.add(key)
      const isFinding = async (one: Sample) => (await faultOf(this.#kind, one)) === key
      const isAlone = await isFinding(last)
      const sample = isAlone ? await minimize(last, isFinding) : last
      this.#onFinding({ key, message: textOf(fault), sample, isAlone })
    }
    // What failed may be in any state.
    this.#target.close?.()
    this.#target = await this.#kind.create()
  }

  close(): void {
    this.#target.close?.()
  }
}

/** What an input does to a new target: the key of the finding, undefined if it is none. */
export async function faultOf(kind: TargetKind, sample: Sample): Promise<string | undefined> {
  const input = new Input()
  const target = await kind.create()
  input.load(sample)
  try {
    target.run(input)
    await target.settle?.()
    return undefined
  } catch (error) {
    return keyOf(error)
  } finally {
    target.close?.()
  }
}

/** The text without numbers, and the place. */
function keyOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const place = /\/(?:src|test)\/[^\s:]+:\d+/.exec(stack)?.[0] ?? ''
  return `${textOf(error).replaceAll(/\d+/g, 'N')} ${place}`
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
