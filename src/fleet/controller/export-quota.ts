// How many ServiceExports of one member count: a limit for each namespace, and one for the member. The oldest count, so
// that a flood of new exports drives out none. Exports beyond a limit wait and count when an older one goes.

import { insertionIndex } from '../../sorted.ts'
import { splitKey } from '../api/keys.ts'
import type { QuotaLimits } from '../api/member-policy.ts'
import { creationTime } from '../merge/precedence.ts'

/** An export; `time` is in milliseconds since 1970. */
interface Entry {
  readonly key: string
  readonly time: number
}

/** The exports of one member, and which of them count. */
export class ExportQuota {
  readonly #limits: QuotaLimits
  readonly #entries = new Map<string, Entry>()
  readonly #namespaces = new Map<string, OldestFirst>()
  /** The exports within the limits of their namespaces. */
  readonly #member: OldestFirst

  constructor(limits: QuotaLimits) {
    this.#limits = limits
    this.#member = new OldestFirst(limits.perMember)
  }

  /** The limit that the export `key` ("namespace/name") exceeds; undefined when it counts or does not exist. */
  exceeded(key: string): keyof QuotaLimits | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!this.#namespaces.get(splitKey(key).namespace)!.counts(entry)) return 'perNamespace'
    return this.#member.counts(entry) ? undefined : 'perMember'
  }

  /**
   * Adds or removes an export; `creationTimestamp` is undefined when it does not exist. Returns the keys of other exports
   * that may count from now on, or no longer.
   */
  set(key: string, creationTimestamp: string | undefined): Iterable<string> {
    const changed = new Set<string>()
    const time = creationTimestamp === undefined ? undefined : creationTime(creationTimestamp)
    const old = this.#entries.get(key)
    if (old?.time === time) return changed
    if (old !== undefined) this.#remove(old, changed)
    if (time !== undefined) this.#add({ key, time }, changed)
    changed.delete(key)
    return changed
  }

  #add(entry: Entry, changed: Set<string>): void {
    this.#entries.set(entry.key, entry)
    const { namespace } = splitKey(entry.key)
    const list = this.#namespaces.get(namespace) ?? new OldestFirst(this.#limits.perNamespace)
    this.#namespaces.set(namespace, list)
    const displaced = list.add(entry)
    if (displaced !== undefined && displaced !== entry) this.#leave(displaced, changed)
    if (displaced !== entry) this.#enter(entry, changed)
  }

  #remove(entry: Entry, changed: Set<string>): void {
    this.#entries.delete(entry.key)
    const { namespace } = splitKey(entry.key)
    const list = this.#namespaces.get(namespace)!
    const counted = list.counts(entry)
    const promoted = list.remove(entry)
    if (list.size === 0) this.#namespaces.delete(namespace)
    if (counted) this.#leave(entry, changed)
    if (promoted !== undefined) this.#enter(promoted, changed)
  }

  #enter(entry: Entry, changed: Set<string>): void {
    const displaced = this.#member.add(entry)
    for (const { key } of [entry, displaced ?? entry]) changed.add(key)
  }

  #leave(entry: Entry, changed: Set<string>): void {
    const promoted = this.#member.remove(entry)
    for (const { key } of [entry, promoted ?? entry]) changed.add(key)
  }
}

/** Entries by age, then by key. The oldest `limit` of them count. */
class OldestFirst {
  readonly #limit: number
  /** Sorted. A splice of a hundred thousand entries takes some microseconds. */
  readonly #sorted: Entry[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#sorted.length
  }

  counts(entry: Entry): boolean {
    return this.#indexOf(entry) < this.#limit
  }

  /** Returns the entry that no longer counts, which may be `entry`; undefined when all count that counted. */
  add(entry: Entry): Entry | undefined {
    const index = this.#indexOf(entry)
    this.#sorted.splice(index, 0, entry)
    return this.#sorted[Math.max(index, this.#limit)]
  }

  /** Returns the entry that counts from now on, if any. */
  remove(entry: Entry): Entry | undefined {
    const index = this.#indexOf(entry)
    this.#sorted.splice(index, 1)
    return index < this.#limit ? this.#sorted[this.#limit - 1] : undefined
  }

  /** The index of the entry, or where it would be. */
  #indexOf(entry: Entry): number {
    return insertionIndex(this.#sorted, (one) => isOlder(one, entry))
  }
}

function isOlder(a: Entry, b: Entry): boolean {
  return a.time === b.time ? a.key < b.key : a.time < b.time
}
