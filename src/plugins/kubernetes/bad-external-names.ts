// Warns of ExternalName Services whose name cannot be the target of a CNAME record. An address is a frequent mistake.
import { type Log, WarningLimit } from '../../log.ts'
import type { LocalService } from '../../sources/objects.ts'
import { externalNameProblem } from './external-name.ts'

const LINES_PER_MINUTE = 60
/** Services that are remembered: more of them are warned of again when they change. */
const MAX_KNOWN = 10_000

/** The ExternalName Services of one zone that have no records. */
export class BadExternalNames {
  readonly #warnings: WarningLimit
  readonly #known = new Set<string>()

  /** `now` is performance.now(). */
  constructor(log: Log, now: () => number) {
    const rest = 'more of them are not logged for the rest of this minute'
    this.#warnings = new WarningLimit({ log, now, perMinute: LINES_PER_MINUTE, rest })
  }

  /** Takes a Service "namespace/name" that is published; undefined when it does not exist. */
  published(key: string, view: LocalService | undefined): void {
    const problem = view && externalNameProblem(view.service)
    if (problem === undefined) {
      this.#known.delete(key)
      return
    }
    if (this.#known.has(key)) return
    if (this.#known.size < MAX_KNOWN) this.#known.add(key)
    const [namespace = '', name = ''] = key.split('/')
    this.#warnings.write(`service ${key}: ${problem}`, { namespace, name })
  }
}
