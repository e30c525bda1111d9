// Mark and sweep for a list that refreshes a cache: objects that a complete list did not confirm are stale. An incomplete
// list removes nothing.

/** Tracks one list of one resource at a time. */
export class RelistTracker {
  #unconfirmed: Set<string> | undefined

  /** True between `begin` and `end`. */
  get listing(): boolean {
    return this.#unconfirmed !== undefined
  }

  /** True while the end of the list may remove objects. */
  get mayRemove(): boolean {
    return (this.#unconfirmed?.size ?? 0) > 0
  }

  /** Starts a list; `keys` are those of all cached objects. Replaces a list that never ended. */
  begin(keys: Iterable<string>): void {
    this.#unconfirmed = new Set(keys)
  }

  /** The object was put or removed during the list, so the end of the list must not remove it. */
  confirm(key: string): void {
    this.#unconfirmed?.delete(key)
  }

  /** Ends the list; returns the stale keys, or undefined when the list is incomplete or was never begun. */
  end(complete: boolean): ReadonlySet<string> | undefined {
    const unconfirmed = this.#unconfirmed
    this.#unconfirmed = undefined
    return complete ? unconfirmed : undefined
  }
}
