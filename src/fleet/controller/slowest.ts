// The slowest endpoint changes, one of each service.

/** How many services are kept. */
const MAX_SLOWEST = 20

/** The slowest endpoint change of a service. */
export interface SlowChange {
  /** "namespace/name" */
  readonly service: string
  /** Configured names. */
  readonly source: string
  readonly consumer: string
  readonly seconds: number
  /** When it was written, in milliseconds since 1970. */
  readonly wall: number
}

/** Keeps the slowest changes since the start. */
export class SlowestChanges {
  #changes: readonly SlowChange[] = []

  /** The slowest first. */
  get changes(): readonly SlowChange[] {
    return this.#changes
  }

  add(change: SlowChange): void {
    const last = this.#changes.at(-1)
    const isFull = this.#changes.length === MAX_SLOWEST
    if (isFull && last !== undefined && change.seconds <= last.seconds) return
    const known = this.#changes.find(({ service }) => service === change.service)
    if (known !== undefined && known.seconds >= change.seconds) return
    this.#changes = [...this.#changes.filter((one) => one !== known), change]
      .sort((a, b) => b.seconds - a.seconds)
      .slice(0, MAX_SLOWEST)
  }

  /** Removes the changes of a cluster that is no longer a member. */
  removeCluster(cluster: string): void {
    this.#changes = this.#changes.filter(
      ({ source, consumer }) => source !== cluster && consumer !== cluster,
    )
  }
}
