// Reports the Services of a zone that exceed its limits, their own or those of their namespaces: a warning when a Service
// exceeds one first, a gauge after that.
import type { Log } from '../../log.ts'
import type { LeftOut } from './limits.ts'
import { ServiceWarnings } from './service-warnings.ts'
import type { ServiceLimits } from './size-estimate.ts'

const OPTIONS: Record<keyof ServiceLimits, string> = {
  ports: 'max_ports',
  endpoints: 'max_endpoints',
  bytes: 'max_bytes',
  namespaceBytes: 'what is left of max_namespace_bytes',
}

interface LimitedServicesOptions {
  readonly log: Log
  /** performance.now(). */
  readonly now: () => number
  /** The zone, for the text. */
  readonly zone: string
  readonly limits: ServiceLimits
}

/** The Services of one zone that are served in part. */
export class LimitedServices {
  readonly #zone: string
  readonly #limits: ServiceLimits
  readonly #warnings: ServiceWarnings

  constructor({ log, now, zone, limits }: LimitedServicesOptions) {
    const rest =
      'more services exceed the limits: they are counted but not logged for the rest of this minute'
    this.#zone = zone
    this.#limits = limits
    this.#warnings = new ServiceWarnings({ log, now, rest })
  }

  /** The number of Services of which something is left out. */
  get size(): number {
    return this.#warnings.size
  }

  /** Takes the result for the Service "namespace/name"; undefined when it is served in full or does not exist. */
  report(key: string, leftOut: LeftOut | undefined): void {
    if (leftOut === undefined) this.#warnings.delete(key)
    else this.#warnings.add(key, () => this.#text(key, leftOut), { zone: this.#zone })
  }

  #text(key: string, { ports, endpoints, slices, exceeded }: LeftOut): string {
    const what = [
      ports === 0 ? [] : `${ports} of its ports`,
      endpoints === 0 ? [] : `${endpoints} of its addresses`,
      slices === 0 ? [] : `${slices} of its EndpointSlices`,
    ].flat()
    const options = exceeded
      .map((limit) => `${OPTIONS[limit]} ${this.#limits[limit]}`)
      .join(' and ')
    return `service ${key} exceeds ${options} in ${this.#zone}: ${what.join(', ')} have no answers`
  }
}
