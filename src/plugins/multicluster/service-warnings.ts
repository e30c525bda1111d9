// Warns of Services that something is wrong with: once, until it is right again. The lines of a minute are bounded.
import { type Log, type LogFields, WarningLimit } from '../../log.ts'

const LINES_PER_MINUTE = 60

interface ServiceWarningsOptions {
  readonly log: Log
  /** performance.now(). */
  readonly now: () => number
  /** The line that stands for those behind the last of a minute. */
  readonly rest: string
  /** The most Services that are remembered: more of them are warned of again when they change. Default: all. */
  readonly maxKnown?: number
}

/** The Services with one kind of fault. */
export class ServiceWarnings {
  readonly #warnings: WarningLimit
  readonly #maxKnown: number
  readonly #keys = new Set<string>()

  constructor({ log, now, rest, maxKnown = Number.POSITIVE_INFINITY }: ServiceWarningsOptions) {
    this.#warnings = new WarningLimit({ log, now, perMinute: LINES_PER_MINUTE, rest })
    this.#maxKnown = maxKnown
  }

  /** The number of these Services, as far as they are remembered. */
  get size(): number {
    return this.#keys.size
  }

  /** Something is wrong with the Service "namespace/name"; `text` makes the line, if there is to be one. */
  add(key: string, text: () => string, fields: LogFields = {}): void {
    if (this.#keys.has(key)) return
    if (this.#keys.size < this.#maxKnown) this.#keys.add(key)
    const [namespace = '', name = ''] = key.split('/')
    this.#warnings.write(text(), { namespace, name, ...fields })
  }

  /** All is right, or the Service does not exist. */
  delete(key: string): void {
    this.#keys.delete(key)
  }
}
