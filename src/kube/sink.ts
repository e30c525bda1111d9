// Where a reflector puts what it reads. Putting and removing objects is the watched resource's own business,
// since it knows their shape; the sink hears where a list begins and ends, and when to tell its readers.

/** A relist is mark and sweep, so that an error never empties anything. */
export interface Sink {
  /** Marks every object of the resource; each put confirms one. */
  beginList(resource: string): void
  /** Removes what was not confirmed, if the list was complete. */
  endList(resource: string, complete: boolean, receivedAt: number): void
  /** Tells the readers what changed. */
  flush(): void
}
