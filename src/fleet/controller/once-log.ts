// Warnings that are logged once: every reconcile finds them again.
import { createHash } from 'node:crypto'
import type { Log, LogFields } from '../../log.ts'

/** Maximum number of logged warnings that are kept to detect repeats. */
const MAX_WARNINGS = 5000

/** Logs each warning once. */
export class OnceLog {
  readonly #log: Log
  /** Hashes: a warning quotes texts of users, and may be long. */
  readonly #logged = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Logs a warning, unless the same text was logged before. */
  warning(text: string, fields?: LogFields): void {
    const hash = createHash('sha256').update(text).digest('base64')
    if (this.#logged.has(hash)) return
    if (this.#logged.size >= MAX_WARNINGS) this.#logged.clear()
    this.#logged.add(hash)
    this.#log.warning(text, fields)
  }
}
