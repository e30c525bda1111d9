// Reports the Services of a zone that exceed its limits, their own or those of their namespaces: a warning when a Service
// exceeds one first, a gauge after that.
import { type Log, WarningLimit } from '../../log.ts'
import type { LeftOut } from './limits.ts'
import type { ServiceLimits } from './size-estimate.ts'

const LINES_PER_MINUTE = 60

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
  readonly #options: LimitedServicesOptions
  readonly #warnings: WarningLimit
  readonly #keys = new Set<string>()

  constructor(options: LimitedServicesOptions) {
    this.#options = options
    this.#warnings = new WarningLimit({
      log: options.log,
      now: options.now,
      perMinute: LINES_PER_MINUTE,
      rest: 'more services exceed the limits: they are counted but not logged for the rest of this minute',
    })
  }

  /** The number of Services of which something is left out. */
  get size(): number {
    return this.#keys.size
  }

  /** Takes the result for the Service "namespace/name"; undefined when it is served in full or does not exist. */
  report(key: string, leftOut: LeftOut | undefined): void {
    if (leftOut === undefined) {
      this.#keys.delete(key)
      return
    }
    if (this.#keys.has(key)) return
    this.#keys.add(key)
    const [namespace = '', name = ''] = key.split('/')
    this.#warnings.write(this.#text(key, leftOut), { namespace, name, zone: this.#options.zone })
  }

  #text(key: string, { ports, endpoints, slices, exceeded }: LeftOut): string {
    const { zone, limits } = this.#options
    const what = [
      ports === 0 ? [] : `${ports} of its ports`,
      endpoints === 0 ? [] : `${endpoints} of its addresses`,
      slices === 0 ? [] : `${slices} of its EndpointSlices`,
    ].flat()
    const options = exceeded.map((limit) => `${OPTIONS[limit]} ${limits[limit]}`).join(' and ')
    return `service ${key} exceeds ${options} in ${zone}: ${what.join(', ')} have no answers`
  }
}
