// The cache that a reflector fills. The watched resource puts and removes the objects, since it knows their types; the
// sink is notified of the start and end of each list and of the end of each batch.

/** A list is mark and sweep, so that a failed list removes nothing. */
export interface Sink {
  /** Marks all cached objects of the resource as unconfirmed; each put confirms one. */
  beginList(resource: string): void
  /** Removes the unconfirmed objects, if the list was complete. */
  endList(resource: string, complete: boolean, receivedAt: number): void
  /** Notifies the subscribers of the changes since the last flush. */
  flush(): void
}
