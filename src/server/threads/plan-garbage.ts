// When the answering threads collect what former plans left in them (garbage.ts).
import type { AnsweringThread } from './thread.ts'

/** After this time nothing uses a former plan: its queries are answered. */
const COLLECT_MS = 10_000
/** The time between two threads, so that not all of them pause at the same moment. */
const STEP_MS = 50
/** The threads have collected their garbage after this time. */
const TRIM_MS = 1000

/** The collections of one server. */
export class PlanGarbage {
  readonly #threads: () => Iterable<AnsweringThread>
  readonly #trim: () => void
  #timer: NodeJS.Timeout | undefined

  /** `trim` returns free memory of the process to the system, after the collections. */
  constructor(threads: () => Iterable<AnsweringThread>, trim: () => void) {
    this.#threads = threads
    this.#trim = trim
  }

  /** Collects some time after a reload; the last of several counts. */
  collectLater(): void {
    this.cancel()
    this.#timer = setTimeout(() => this.#collect(), COLLECT_MS).unref()
  }

  /** Collects nothing that is not begun. */
  cancel(): void {
    clearTimeout(this.#timer)
  }

  #collect(): void {
    let delayMs = 0
    for (const thread of this.#threads()) {
      setTimeout(() => thread.collect(), delayMs).unref()
      delayMs += STEP_MS
    }
    this.#timer = setTimeout(this.#trim, delayMs + TRIM_MS).unref()
  }
}
