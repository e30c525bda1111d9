// The history of each service since the start, in bounded memory: what changed last is kept.
import type { ServiceChange } from '../member/service-changes.ts'
import type { HistoryEntry, HistoryKind } from './document.ts'

/** Entries of one service, and of all. All of them take about 2 MB. */
const MAX_OF_SERVICE = 50
const MAX_ENTRIES = 8000
/** Addresses in a text; the others are counted. */
const MAX_ADDRESSES = 3
/** Characters of an Event. */
const MAX_TEXT = 300

interface Entry extends Omit<HistoryEntry, 'time'> {
  /** Milliseconds since 1970. */
  readonly wall: number
}

/** The last changes of services. Clusters have their configured names. */
export class ServiceHistory {
  /** When the history begins, in milliseconds since 1970. */
  readonly since: number
  readonly #wall: () => number
  /** By service, the newest entry last; the service that changed last is the last one. */
  readonly #entries = new Map<string, Entry[]>()
  #count = 0

  /** `wall` is Clock.wall. */
  constructor(wall: () => number) {
    this.#wall = wall
    this.since = wall()
  }

  /** Records what changed of a service in a cluster. */
  changed(cluster: string, change: ServiceChange): void {
    for (const { kind, text } of changesOf(change)) {
      this.#add(change.service, { wall: this.#wall(), cluster, kind, text, warning: false })
    }
  }

  /** Records an Event that the fleet created on an export or import of the service. */
  event(
    cluster: string,
    service: string,
    { reason, message, type }: Readonly<Record<'reason' | 'message' | 'type', string>>,
  ): void {
    const warning = type === 'Warning'
    const text = `${reason}: ${message}`.slice(0, MAX_TEXT)
    this.#add(service, { wall: this.#wall(), cluster, kind: 'event', text, warning })
  }

  /** The entries of a service, the newest first. */
  of(service: string): readonly HistoryEntry[] {
    const entries = this.#entries.get(service) ?? []
    return entries.toReversed().map(({ wall, ...entry }) => {
      return { time: new Date(wall).toISOString(), ...entry }
    })
  }

  #add(service: string, entry: Entry): void {
    const entries = this.#entries.get(service) ?? []
    this.#entries.delete(service)
    this.#entries.set(service, entries)
    entries.push(entry)
    this.#count++
    if (entries.length > MAX_OF_SERVICE) this.#dropFirst(service, entries)
    const [oldest] = this.#entries
    if (this.#count > MAX_ENTRIES && oldest !== undefined) this.#dropFirst(...oldest)
  }

  #dropFirst(service: string, entries: Entry[]): void {
    entries.shift()
    this.#count--
    if (entries.length === 0) this.#entries.delete(service)
  }
}

/** What differs, in the order of the way from the export to DNS. */
function changesOf({ before, after }: ServiceChange) {
  const changes: { readonly kind: HistoryKind; readonly text: string }[] = []
  if (before.exported !== after.exported) {
    changes.push({ kind: 'export', text: after.exported ? 'exported' : 'no longer exported' })
  }
  if (before.ready !== after.ready && after.exported) {
    const text = `${endpoints(after.ready)}${before.exported ? `, ${before.ready} before` : ''}`
    changes.push({ kind: 'endpoints', text })
  }
  if (differ(before.addresses, after.addresses)) {
    changes.push({ kind: 'address', text: addressesText(before.addresses, after.addresses) })
  }
  if (differ(before.answers, after.answers)) {
    changes.push({ kind: 'dns', text: addressesText(before.answers, after.answers) })
  }
  return changes
}

function differ(before: readonly string[], after: readonly string[]): boolean {
  return before.join() !== after.join()
}

function endpoints(count: number): string {
  return count === 1 ? '1 ready endpoint' : `${count} ready endpoints`
}

/** "10.96.0.1, none before" */
function addressesText(before: readonly string[], after: readonly string[]): string {
  return `${listText(after)}; before: ${listText(before)}`
}

function listText(addresses: readonly string[]): string {
  if (addresses.length === 0) return 'none'
  const more = addresses.length - MAX_ADDRESSES
  const shown = addresses.slice(0, MAX_ADDRESSES).join(', ')
  return more > 0 ? `${shown} and ${more} more` : shown
}
