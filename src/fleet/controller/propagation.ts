// Tracks the start time of the oldest unwritten EndpointSlice change per Service and source cluster, for one consumer
// cluster. Entries are removed at the next reconcile of the Service.

/** An endpoint change that is not yet written in the consumer cluster. */
export interface PendingChange {
  /** Configured name of the source cluster. */
  readonly cluster: string
  /** When the watch event arrived, as Clock.now in milliseconds. */
  readonly at: number
}

/** The pending endpoint changes of one consumer cluster. */
export class PropagationTracker {
  readonly #pending = new Map<string, Map<string, PendingChange>>()

  /** Records an endpoint change of the Service `key` in the cluster with the id `source`. */
  add(key: string, source: string, change: PendingChange): void {
    const pending = this.#pending.get(key)
    if (pending === undefined) {
      this.#pending.set(key, new Map([[source, change]]))
      return
    }
    const oldest = pending.get(source)?.at ?? Number.POSITIVE_INFINITY
    if (change.at < oldest) pending.set(source, change)
  }

  /** The Services with pending changes. */
  keys(): Iterable<string> {
    return this.#pending.keys()
  }

  /** When the oldest pending change of the Service arrived, as Clock.now; undefined when none is pending. */
  since(key: string): number | undefined {
    const changes = [...(this.#pending.get(key)?.values() ?? [])]
    return changes.length === 0 ? undefined : Math.min(...changes.map(({ at }) => at))
  }

  /** How many Services have pending changes, and when the oldest one arrived; undefined when none has. */
  get waiting(): { readonly services: number; readonly at: number } | undefined {
    const times = [...this.#pending.keys()].flatMap((key) => this.since(key) ?? [])
    if (times.length === 0) return undefined
    return { services: times.length, at: times.reduce((a, b) => Math.min(a, b)) }
  }

  /** Removes and returns the pending changes of the Service, by source cluster id. */
  take(key: string): Map<string, PendingChange> {
    const taken = this.#pending.get(key)
    this.#pending.delete(key)
    return taken ?? new Map()
  }
}
