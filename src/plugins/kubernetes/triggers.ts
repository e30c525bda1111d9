// Measures how long after the change of a Pod or Service the answers of its Service changed.
import type { LocalService } from '../../sources/objects.ts'
import type { StoreChange } from '../../sources/source.ts'
import type { ProgrammingDuration } from '../multicluster/programming-duration.ts'

/** The Services of one zone that follow a change whose time is known, until they are published. */
export class Triggers {
  readonly #programming: ProgrammingDuration
  /** Milliseconds since 1970. */
  readonly #waiting = new Map<string, number>()

  constructor(programming: ProgrammingDuration) {
    this.#programming = programming
  }

  /** Takes the times of a change. */
  note({ triggers }: Pick<StoreChange, 'triggers'>): void {
    for (const [service, time] of triggers) {
      this.#waiting.set(service, Math.min(this.#waiting.get(service) ?? time, time))
    }
  }

  /** The answers of the Service are up to date. */
  published(service: string, view: LocalService | undefined): void {
    const time = this.#waiting.get(service)
    if (time === undefined) return
    this.#waiting.delete(service)
    if (view === undefined) return
    const kind = view.service.kind === 'Headless' ? 'headless_with_selector' : 'cluster_ip'
    this.#programming.observe(kind, Math.max(0, Date.now() - time) / 1000)
  }
}
