// Queries that the plugin chain is resolving. Their number is bounded: each costs memory, and a slow chain would not
// answer more of them in time. When the limit is exceeded, the oldest query is refused: its client has waited longest
// and retries first.

/** The most pending queries of one `PendingQueries`. */
const MAX_PENDING = 1000

/** The pending queries of one socket, or of all sockets of the slow path. */
export class PendingQueries<Query> {
  readonly #queries = new Set<Query>()
  readonly #refuse: (oldest: Query) => void
  #drained: (() => void) | undefined

  /** `refuse` replies to a query that was removed because the limit was exceeded. */
  constructor(refuse: (oldest: Query) => void) {
    this.#refuse = refuse
  }

  /** Adds a query; refuses the oldest one if the limit is exceeded. */
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

  /** Removes a query that the chain has resolved; false if it was already refused. */
  remove(query: Query): boolean {
    const wasPending = this.#queries.delete(query)
    if (this.#queries.size === 0) this.#drained?.()
    return wasPending
  }

  /** Resolves when no query is pending, after `graceMs` at the latest. */
  async drain(graceMs: number): Promise<void> {
    if (this.#queries.size === 0) return
    await new Promise<void>((done) => {
      this.#drained = done
      setTimeout(done, graceMs).unref()
    })
    // A later reply has no socket any more.
    this.#queries.clear()
  }
}
