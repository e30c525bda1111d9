// Queries that the plugin chain is resolving. Their number is bounded: each costs memory, and a slow chain would not
// answer more of them in time. When the limit is exceeded, the oldest query of the client that has the most is refused: so a
// flood costs others nothing, and the oldest has waited longest and is retried first.
import { clientOf } from '../../client.ts'

/** The most pending queries of one `PendingQueries`. */
const MAX_PENDING = 1000

/** The pending queries of one socket, or of all sockets of the slow path. */
export class PendingQueries<Query> {
  /** By client. */
  readonly #queries = new Map<string, Set<Query>>()
  readonly #addressOf: (query: Query) => string
  readonly #refuse: (query: Query) => void
  readonly #most: number
  #size = 0
  #drained: (() => void) | undefined

  /**
   * `addressOf` is the IP address of a query's client as text. `refuse` replies to a query that was removed because the limit
   * was exceeded. `most` is the limit; tests have a smaller one.
   */
  constructor(
    addressOf: (query: Query) => string,
    refuse: (query: Query) => void,
    most = MAX_PENDING,
  ) {
    this.#addressOf = addressOf
    this.#refuse = refuse
    this.#most = most
  }

  /** Adds a query; refuses another one if the limit is exceeded. */
  add(query: Query): void {
    if (this.#size >= this.#most) this.#refuseOne()
    const client = this.#clientOf(query)
    const own = this.#queries.get(client) ?? new Set()
    this.#queries.set(client, own.add(query))
    this.#size++
  }

  /** Removes a query that the chain has resolved; false if it was already refused. */
  remove(query: Query): boolean {
    const client = this.#clientOf(query)
    const own = this.#queries.get(client)
    if (own === undefined || !own.delete(query)) return false
    if (own.size === 0) this.#queries.delete(client)
    this.#size--
    if (this.#size === 0) this.#drained?.()
    return true
  }

  /** Resolves when no query is pending, after `graceMs` at the latest. */
  async drain(graceMs: number): Promise<void> {
    if (this.#size === 0) return
    await new Promise<void>((done) => {
      this.#drained = done
      setTimeout(done, graceMs).unref()
    })
    // A later reply has no socket any more.
    this.#queries.clear()
    this.#size = 0
  }

  #clientOf(query: Query): string {
    return clientOf(this.#addressOf(query))
  }

  /** The queries of the client with the most. */
  #largest(): Iterable<Query> {
    let largest = new Set<Query>()
    // Of a flood from forged addresses each client has one query: then the first one will do.
    const most = this.#size === this.#queries.size ? 1 : Number.POSITIVE_INFINITY
    for (const own of this.#queries.values()) {
      if (own.size > largest.size) largest = own
      if (largest.size >= most) break
    }
    return largest
  }

  #refuseOne(): void {
    for (const oldest of this.#largest()) {
      this.remove(oldest)
      this.#refuse(oldest)
      return
    }
  }
}
