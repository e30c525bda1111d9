// The log lines about the writes of one cluster. A failure is logged once: each retry of a write meets it again.
import type { Log } from '../../log.ts'
import { splitKey } from '../api/keys.ts'
import { describe, type Write, writeFields } from '../api/writes.ts'
import { isSameRefusal } from './cluster-limits.ts'

/** Logs the writes of the cluster `name`. */
export class WriteLog {
  readonly #name: string
  readonly #log: Log
  /** The last logged error by Service key and write. */
  readonly #failures = new Map<string, Map<string, string>>()

  constructor(name: string, log: Log) {
    this.#name = name
    this.#log = log
  }

  /** A write that succeeded: patches are many, so they are lines of level debug. */
  sent(write: Write): void {
    const line = `cluster ${this.#name}: ${describe(write)}`
    const fields = writeFields(this.#name, write)
    if (write.action === 'patch') this.#log.debug(line, fields)
    else this.#log.info(line, fields)
  }

  /** A warning about a write. */
  warning(write: Write, text: string): void {
    this.#log.warning(`cluster ${this.#name}: ${text}`, writeFields(this.#name, write))
  }

  /** An error of a write, or of the Service `key` as a whole, unless it repeats the last one. */
  failed(key: string, write: Write | undefined, text: string): void {
    const what = write === undefined ? '' : describe(write)
    const logged = this.#failures.get(key) ?? new Map<string, string>()
    if (isSameRefusal(logged.get(what), text)) return
    this.#failures.set(key, logged.set(what, text))
    // Errors of an API server already name the write.
    const full = text.includes(what) ? text : `${what}: ${text}`
    const fields =
      write === undefined
        ? { cluster: this.#name, resource: 'services', ...splitKey(key) }
        : writeFields(this.#name, write)
    const line = `cluster ${this.#name}: service ${key}: ${full}; it will be retried`
    this.#log.warning(line, fields)
  }

  /** The error of the Service `key` that was logged last; '' for none. */
  lastFailure(key: string): string {
    return [...(this.#failures.get(key)?.values() ?? [])].at(-1) ?? ''
  }

  /** Forgets the errors of a Service that needs no writes. */
  forget(key: string): void {
    this.#failures.delete(key)
  }
}
