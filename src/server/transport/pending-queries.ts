// Queries that wait for the plugin chain: at most so many, since each costs memory and a chain that has fallen
// behind will not answer them in time. One more, and the oldest gives way: its client has waited longest and
// is the first to ask again.

/** At most this many of one socket wait. */
export const MAX_PENDING = 1000

export class PendingQueries<Query> {
  readonly #queries = new Set<Query>()
  readonly #refuse: (oldest: Query) => void
  #drained: (() => void) | undefined

  /** `refuse` answers a query that had to give way. */
  constructor(refuse: (oldest: Query) => void) {
    this.#refuse = refuse
  }

  add(query: Query): void {
    if (this.#queries.size >= MAX_PENDING) {
      const [oldest] = this.#queries
      if (oldest !== undefined) {
        this.#queries.delete(oldest)
        this.#refuse(oldest)
      }
    }
    this.#queries.add(query)
  }

  /** Says that the chain has answered; false when the query had given way before. */
  remove(query: Query): boolean {
    const wasPending = this.#queries.delete(query)
    if (this.#queries.size === 0) this.#drained?.()
    return wasPending
  }

  /** Resolves when none waits any more, after `graceMs` at the latest. */
  async drain(graceMs: number): Promise<void> {
    if (this.#queries.size === 0) return
    await new Promise<void>((done) => {
      this.#drained = done
      setTimeout(done, graceMs).unref()
    })
  }
}
