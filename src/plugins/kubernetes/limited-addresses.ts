// Reports the Services whose endpoints are in more blocks of addresses than the reverse zones take.
import { type Log, WarningLimit } from '../../log.ts'

const LINES_PER_MINUTE = 60

/** The Services of which some addresses have no PTR records. */
export class LimitedAddresses {
  readonly #warnings: WarningLimit
  readonly #keys = new Set<string>()

  /** `now` is performance.now(). */
  constructor(log: Log, now: () => number) {
    const rest = 'more of them are counted but not logged for the rest of this minute'
    this.#warnings = new WarningLimit({ log, now, perMinute: LINES_PER_MINUTE, rest })
  }

  /** The number of these Services. */
  get size(): number {
    return this.#keys.size
  }

  /** Takes the number of addresses of the Service "namespace/name" without PTR records. */
  report(key: string, leftOut: number): void {
    if (leftOut === 0) {
      this.#keys.delete(key)
      return
    }
    if (this.#keys.has(key)) return
    this.#keys.add(key)
    const [namespace = '', name = ''] = key.split('/')
    const text = `service ${key}: ${leftOut} addresses of endpoints have no PTR records, because they are in too many networks`
    this.#warnings.write(text, { namespace, name })
  }
}
