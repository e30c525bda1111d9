// Endpoint changes on their way into one cluster: by service and source, since when the oldest waits that is not yet
// written there. Each look at a service takes what waits for it, so that nothing is kept that nobody looks at.

export interface PendingChange {
  /** Name of the member that the change came from. */
  readonly cluster: string
  /** Clock.now when it came. */
  readonly at: number
}

export class PropagationTracker {
  readonly #pending = new Map<string, Map<string, PendingChange>>()

  /** A change of the endpoints that `source`, the id of a cluster, has of the service `key`. */
  add(key: string, source: string, change: PendingChange): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) {
      this.#pending.set(key, new Map([[source, change]]))
      return
    }
    const oldest = pending.get(source)?.at ?? Number.POSITIVE_INFINITY
    if (change.at < oldest) pending.set(source, change)
  }

  /** What waits for the service, by source; it waits no more. */
  take(key: string): Map<string, PendingChange> {
    const taken = this.#pending.get(key)
    this.#pending.delete(key)
    return taken ?? new Map()
  }
}
