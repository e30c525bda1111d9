// Warns of ExternalName Services whose name cannot be the target of a CNAME record. An address is a frequent mistake.
import type { Log } from '../../log.ts'
import type { LocalService } from '../../sources/objects.ts'
import { ServiceWarnings } from '../multicluster/service-warnings.ts'
import { externalNameProblem } from './external-name.ts'

const MAX_KNOWN = 10_000

/** The ExternalName Services of one zone that have no records. */
export class BadExternalNames {
  readonly #warnings: ServiceWarnings

  /** `now` is performance.now(). */
  constructor(log: Log, now: () => number) {
    const rest = 'more of them are not logged for the rest of this minute'
    this.#warnings = new ServiceWarnings({ log, now, rest, maxKnown: MAX_KNOWN })
  }

  /** Takes a Service "namespace/name" that is published; undefined when it does not exist. */
  published(key: string, view: LocalService | undefined): void {
    const problem = view && externalNameProblem(view.service)
    if (problem === undefined) this.#warnings.delete(key)
    else this.#warnings.add(key, () => `service ${key}: ${problem}`)
  }
}
