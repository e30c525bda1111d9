// The access list of one block in one thread: its rules, and what they count.
import type { Request } from '../../dns/request.ts'
import { UNCOUNTED } from './counters.ts'
import { type AccessRules, ALLOW } from './rules.ts'

export class Access {
  readonly #rules: AccessRules
  readonly #counters: Float64Array
  readonly #offsets: ReadonlyMap<string, number>
  readonly #allowed: number

  /** `counters` are those of the thread, `offsets` the places in them by zone. */
  constructor(
    rules: AccessRules,
    counters: Float64Array,
    offsets: Readonly<Record<string, number>>,
  ) {
    this.#rules = rules
    this.#counters = counters
    this.#offsets = new Map(Object.entries(offsets))
    this.#allowed = (offsets[''] ?? UNCOUNTED) + ALLOW
  }

  /** As `AccessRules.decide`. Counts every decision but ALLOW. */
  decide(request: Request, client: Uint8Array, at: number): number {
    const rules = this.#rules
    const decision = rules.decide(request, client, at)
    if (decision !== ALLOW) {
      this.#counters[(this.#offsets.get(rules.zone) ?? UNCOUNTED) + decision]!++
    }
    return decision
  }

  countAllowed(): void {
    this.#counters[this.#allowed]!++
  }
}
