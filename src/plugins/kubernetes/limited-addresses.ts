// Reports the Services whose endpoints are in more blocks of addresses than the reverse zones take.
import type { Log } from '../../log.ts'
import { ServiceWarnings } from '../multicluster/service-warnings.ts'

/** The Services of which some addresses have no PTR records. */
export class LimitedAddresses {
  readonly #warnings: ServiceWarnings

  /** `now` is performance.now(). */
  constructor(log: Log, now: () => number) {
    const rest = 'more of them are counted but not logged for the rest of this minute'
    this.#warnings = new ServiceWarnings({ log, now, rest })
  }

  /** The number of these Services. */
  get size(): number {
    return this.#warnings.size
  }

  /** Takes the number of addresses of the Service "namespace/name" without PTR records. */
  report(key: string, leftOut: number): void {
    if (leftOut === 0) this.#warnings.delete(key)
    else {
      const why = 'because they are in too many networks'
      const text = () =>
        `service ${key}: ${leftOut} addresses of endpoints have no PTR records, ${why}`
      this.#warnings.add(key, text)
    }
  }
}
