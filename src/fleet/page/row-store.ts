// The rows of all services as JSON texts, and which of them changed since when. A text takes a third of the memory of a
// row's objects, and is sent as it is.
import type { ServiceRow } from './document.ts'
import { Totals } from './totals.ts'

/** Services that are gone, so that a client that was away can be told; older ones make it ask for all rows. */
const MAX_REMOVED = 1000

interface Entry {
  readonly text: string
  readonly revision: number
}

/** What changed since a revision. */
export interface RowChanges {
  /** The revision that a client has with these changes. */
  readonly revision: number
  /** JSON texts of rows. */
  readonly changed: readonly string[]
  /** "namespace/name" */
  readonly removed: readonly string[]
}

/** The rows by service. A revision counts the changes. */
export class RowStore {
  readonly totals = new Totals()
  /** The row that changed last is the last one. */
  readonly #rows = new Map<string, Entry>()
  readonly #removed = new Map<string, number>()
  /** Removals up to this revision are forgotten. */
  #forgotten = 0
  #revision = 0

  get revision(): number {
    return this.#revision
  }

  has(service: string): boolean {
    return this.#rows.has(service)
  }

  /** The names of all services. */
  services(): Iterable<string> {
    return this.#rows.keys()
  }

  /** The JSON text of a row; undefined when the service is gone. */
  text(service: string): string | undefined {
    return this.#rows.get(service)?.text
  }

  /** Sets a row; undefined removes it. Returns false when nothing changed. */
  set(service: string, row: ServiceRow | undefined): boolean {
    const before = this.#rows.get(service)
    const text = row === undefined ? undefined : JSON.stringify(row)
    if (before?.text === text) return false
    const revision = ++this.#revision
    if (before !== undefined) this.totals.remove(JSON.parse(before.text) as ServiceRow)
    this.#rows.delete(service)
    this.#removed.delete(service)
    if (row === undefined || text === undefined) this.#forget(service, revision)
    else {
      this.totals.add(row)
      this.#rows.set(service, { text, revision })
    }
    return true
  }

  /** True when it is known what changed since the revision. */
  knows(since: number): boolean {
    return since >= this.#forgotten && since <= this.#revision
  }

  /**
   * At most `limit` changes since the revision, the oldest first. Undefined when they are not known: the client has to ask
   * for all rows.
   */
  changesSince(since: number, limit: number): RowChanges | undefined {
    if (!this.knows(since)) return undefined
    const all = [
      ...[...this.#rows].map(([service, { revision }]) => ({ service, revision })),
      ...[...this.#removed].map(([service, revision]) => ({ service, revision })),
    ]
    const newer = all
      .filter(({ revision }) => revision > since)
      .sort((a, b) => a.revision - b.revision)
    const sent = newer.slice(0, limit)
    const services = sent.map(({ service }) => service)
    return {
      revision: newer.length > sent.length ? sent.at(-1)!.revision : this.#revision,
      changed: services.flatMap((service) => this.text(service) ?? []),
      removed: services.filter((service) => !this.has(service)),
    }
  }

  #forget(service: string, revision: number): void {
    this.#removed.set(service, revision)
    const [oldest] = this.#removed
    if (this.#removed.size <= MAX_REMOVED || oldest === undefined) return
    this.#removed.delete(oldest[0])
    this.#forgotten = oldest[1]
  }
}
