// A hub without any Lease of a member is a new one, or another one than before. In the second case members still have
// objects of this fleet when they are first listed.
import type { Log } from '../../log.ts'
import type { Roster } from './roster.ts'

/** A member and what it has of the fleet. */
interface ListedMember {
  readonly name: string
  readonly synced: boolean
  readonly reader: { readonly counts: { readonly importedEndpoints: number } }
  subscribe(listener: () => void): () => void
}

interface NewHubOptions {
  readonly roster: Pick<Roster, 'listed' | 'records' | 'subscribe'>
  /** The hub, for people. */
  readonly hub: string
  readonly log: Log
}

/** Warns once when the hub is new to members that belonged to this fleet before. */
export class NewHubWarning {
  readonly #options: NewHubOptions
  /** True while the hub had no Lease of a member when it was first listed, and nobody was told. */
  #hubIsNew: boolean | undefined
  /** Endpoints in imported slices of each member when it was first listed, before this replica wrote any; by name. */
  readonly #endpointsAtStart = new Map<string, number>()

  constructor(options: NewHubOptions) {
    this.#options = options
    const { roster } = options
    roster.subscribe(() => {
      if (roster.listed) this.#hubIsNew ??= roster.records.size === 0
    })
  }

  /** Counts what a new member has; `listed` is called when it is known. Call it before anything is written. */
  watch(member: ListedMember, listed: () => void): void {
    const stop = member.subscribe(() => {
      if (!member.synced) return
      stop()
      this.#endpointsAtStart.set(member.name, member.reader.counts.importedEndpoints)
      listed()
    })
  }

  /** A member was reached: warns when it is the first that had objects of the fleet before. */
  reached(name: string): void {
    const count = this.#endpointsAtStart.get(name) ?? 0
    if (!this.#hubIsNew || count === 0) return
    this.#hubIsNew = false
    const { hub, log } = this.#options
    log.warning(
      `hub: ${hub} had no Lease of a member at start, but cluster ${name} has EndpointSlices of this fleet: ` +
        'the hub is another one than before, or its Leases were deleted. Which clusters have left, and the identities of ' +
        'clusters, are not known. If the hub has not moved on purpose, name the former one with "hub:", or first in --contexts',
      { cluster: name },
    )
  }
}
