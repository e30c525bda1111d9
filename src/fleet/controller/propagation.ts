// Endpoint changes on their way into one cluster: by service and source, since when the oldest waits that is not yet
// written there. Each look at a service takes what waits for it, so that nothing is kept that nobody looks at.

export interface PendingChange {
  /** Name of the member that the change came from. */
  readonly cluster: string
  /** Clock.now when it came. */
  readonly at: number
}

export class PropagationTracker {
  readonly #waiting = new Map<string, Map<string, PendingChange>>()

  /** A change of the endpoints that `source`, the id of a cluster, has of the service `key`. */
  add(key: string, source: string, arrival: PendingChange): void {
    const known = this.#waiting.get(key)
    if (known === undefined) {
      this.#waiting.set(key, new Map([[source, arrival]]))
      return
    }
    if (arrival.at < (known.get(source)?.at ?? Number.POSITIVE_INFINITY)) known.set(source, arrival)
  }

  /** What waits for the service, by source; it waits no more. */
  take(key: string): Map<string, PendingChange> {
    const taken = this.#waiting.get(key)
    this.#waiting.delete(key)
    return taken ?? new Map()
  }
}
