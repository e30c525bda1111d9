// Sums over the rows of all services: how many are in each state, and what clusters serve to each other.
import { linkStates } from '../explain/link.ts'
import type { Flow as FlowOfMap, ServiceCounts, ServiceRow } from './document.ts'

/** What the rows tell of a flow. */
type Flow = Omit<FlowOfMap, 'p99Seconds'>

interface Sum {
  services: number
  endpoints: number
}

/** Keeps the sums up to date: each row that comes or goes changes them. */
export class Totals {
  readonly #states = new Map(linkStates.map((state) => [state, 0]))
  /** By the numbers of source and consumer. */
  readonly #flows = new Map<number, Map<number, Sum>>()
  #conflicts = 0
  #total = 0

  add(row: ServiceRow): void {
    this.#count(row, 1)
  }

  remove(row: ServiceRow): void {
    this.#count(row, -1)
  }

  get counts(): ServiceCounts {
    const {
      holds = 0,
      warning = 0,
      broken = 0,
      unseen = 0,
      failed = 0,
    } = Object.fromEntries(this.#states)
    const states = { holds, warning, broken, unseen, failed }
    return { ...states, total: this.#total, conflicts: this.#conflicts }
  }

  /** `names` are those of the clusters, by number. */
  flows(names: readonly string[]): readonly Flow[] {
    return [...this.#flows].flatMap(([source, consumers]) =>
      [...consumers].map(([consumer, sum]) => {
        return { source: names[source]!, consumer: names[consumer]!, ...sum }
      }),
    )
  }

  #count({ state, conflicts, sources, importers }: ServiceRow, sign: 1 | -1): void {
    this.#total += sign
    this.#states.set(state, this.#states.get(state)! + sign)
    if (conflicts.length > 0) this.#conflicts += sign
    for (const [source, endpoints] of sources) {
      const consumers = this.#flows.get(source) ?? new Map<number, Sum>()
      this.#flows.set(source, consumers)
      for (const consumer of importers) {
        if (consumer === source) continue
        const sum = consumers.get(consumer) ?? { services: 0, endpoints: 0 }
        sum.services += sign
        sum.endpoints += sign * endpoints
        if (sum.services > 0) consumers.set(consumer, sum)
        else consumers.delete(consumer)
      }
    }
  }
}
