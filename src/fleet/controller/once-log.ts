// Warnings that are logged once: every reconcile finds them again.
import type { Log, LogFields } from '../../log.ts'

/** Maximum number of logged warnings that are kept to detect repeats. */
const MAX_WARNINGS = 5000

/** Logs each warning once. */
export class OnceLog {
  readonly #log: Log
  readonly #logged = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Logs a warning, unless the same text was logged before. */
  warning(text: string, fields?: LogFields): void {
    if (this.#logged.has(text)) return
    if (this.#logged.size >= MAX_WARNINGS) this.#logged.clear()
    this.#logged.add(text)
    this.#log.warning(text, fields)
  }
}
