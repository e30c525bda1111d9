// What all directives `forward` of the process have counted, also those of configurations that are gone, so that counters
// never decrease. Upstreams that are gone for long have no metrics.
import type { ForwardCounts } from './metrics.ts'
import { forgetOldest, type UpstreamCounts, type UpstreamWriter } from './upstream-writer.ts'

/** Sums the counters of tables in use and of those that were. */
export class ForwardTotals {
  #healthcheckBroken = 0
  #concurrentRejects = 0
  readonly #upstreams: UpstreamCounts = new Map()
  readonly #probeFailures = new Map<string, number>()

  /** A probe of the upstream with this name failed. */
  probeFailed(name: string): void {
    this.#probeFailures.set(name, (this.#probeFailures.get(name) ?? 0) + 1)
    forgetOldest(this.#probeFailures)
  }

  /** Adds the counters of a table that is no longer used. */
  retire(table: UpstreamWriter): void {
    this.#healthcheckBroken += table.healthcheckBroken
    this.#concurrentRejects += table.concurrentRejects
    table.addCounts(this.#upstreams)
    forgetOldest(this.#upstreams)
  }

  /** The counts with those of the tables in use. */
  sum(tables: readonly UpstreamWriter[]): ForwardCounts {
    const upstreams: UpstreamCounts = new Map(
      [...this.#upstreams].map(([name, counts]) => [name, counts.slice()]),
    )
    for (const table of tables) table.addCounts(upstreams)
    const total = (start: number, of: (table: UpstreamWriter) => number) =>
      tables.reduce((sum, table) => sum + of(table), start)
    return {
      healthcheckBroken: total(this.#healthcheckBroken, (table) => table.healthcheckBroken),
      concurrentRejects: total(this.#concurrentRejects, (table) => table.concurrentRejects),
      upstreams,
      probeFailures: this.#probeFailures,
    }
  }
}
