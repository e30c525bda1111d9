// Keeps the rows of all services up to date while somebody looks. Rows are explained in short slices: the rules walk every
// cluster, and the fleet has other work.
import { errorText } from '../../errors.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import { splitKey } from '../api/keys.ts'
import { explainObjects } from '../explain/explain.ts'
import type { ServiceRow } from './document.ts'
import { serviceRow, unseenRow } from './row.ts'
import { RowStore } from './row-store.ts'
import type { PageMember, PageSource } from './source.ts'

/** Milliseconds of work at once, and until the next slice: at most four tenths of a core. */
const SLICE_MS = 8
const REST_MS = 12

interface Options {
  readonly source: Pick<PageSource, 'members' | 'facts' | 'measured'>
  readonly clock: Clock
  readonly log: Log
}

/** The rows of the services of all members, from the construction until `close`. */
export class LiveRows {
  readonly store = new RowStore()
  /** Configured names of clusters by number; only appended to. */
  readonly clusters: string[] = []
  readonly #options: Options
  readonly #members = new Map<PageMember, () => void>()
  readonly #dirty = new Set<string>()
  readonly #settled: (() => void)[] = []
  #pending: ReadonlySet<string> = new Set()
  #cancel: (() => void) | undefined
  #isClosed = false

  constructor(options: Options) {
    this.#options = options
    this.checkMembers()
  }

  /** Follows members that came, and forgets those that went. */
  checkMembers(): void {
    const members = this.#options.source.members()
    const gone = [...this.#members.keys()].filter((one) => !members.includes(one))
    for (const member of gone) {
      this.#members.get(member)!()
      this.#members.delete(member)
    }
    const added = members.filter((one) => !this.#members.has(one))
    for (const member of added) {
      const stop = member.subscribe(({ keys, namespaces }) => {
        for (const key of keys) this.#mark(key)
        if (namespaces.size > 0) this.#markNamespaces(namespaces)
      })
      this.#members.set(member, stop)
      for (const key of member.reader.keys()) this.#mark(key)
    }
    if (gone.length > 0) this.markAll()
  }

  /** Looks again at services whose changes wait since the last call, or no longer do: a failed write is no change. */
  checkPending(): void {
    const { pending } = this.#options.source.measured
    for (const key of pending.symmetricDifference(this.#pending)) this.#mark(key)
    this.#pending = pending
  }

  /** Looks at every service again: the state of a cluster has changed, or that of the leader. */
  markAll(): void {
    for (const key of this.store.services()) this.#mark(key)
  }

  /** Resolves when every row was looked at. */
  async settled(): Promise<void> {
    if (this.#dirty.size === 0) return
    await new Promise<void>((done) => this.#settled.push(done))
  }

  close(): void {
    this.#isClosed = true
    this.#cancel?.()
    for (const stop of this.#members.values()) stop()
    this.#end()
  }

  #markNamespaces(namespaces: ReadonlySet<string>): void {
    for (const key of this.store.services()) {
      if (namespaces.has(splitKey(key).namespace)) this.#mark(key)
    }
  }

  #mark(key: string): void {
    if (!this.store.has(key)) this.store.set(key, unseenRow(key))
    this.#dirty.add(key)
    if (!this.#isClosed) this.#cancel ??= this.#options.clock.after(REST_MS, () => this.#slice())
  }

  #slice(): void {
    const { clock } = this.#options
    const end = clock.now() + SLICE_MS
    for (const key of this.#dirty) {
      this.#dirty.delete(key)
      this.#read(key)
      if (clock.now() >= end) break
    }
    this.#cancel = undefined
    if (this.#dirty.size === 0) this.#end()
    else this.#cancel = clock.after(REST_MS, () => this.#slice())
  }

  #read(key: string): void {
    try {
      this.store.set(key, this.#row(key))
    } catch (error) {
      // The fleet goes on: the row stays as it was.
      this.#options.log.error(`page: service ${key}: ${errorText(error)}`)
    }
  }

  #row(key: string): ServiceRow | undefined {
    const { source, clock } = this.#options
    const facts = source.facts({ ...splitKey(key), from: undefined })
    const at = source.measured.pendingSince(key)
    return serviceRow(facts, {
      links: explainObjects(facts).links,
      indexOf: (cluster) => this.#indexOf(cluster),
      pendingSince: at === undefined ? '' : isoTime(clock, at),
    })
  }

  #indexOf(cluster: string): number {
    const known = this.clusters.indexOf(cluster)
    return known < 0 ? this.clusters.push(cluster) - 1 : known
  }

  #end(): void {
    for (const done of this.#settled.splice(0)) done()
  }
}

/** A time of Clock.now as RFC 3339. */
export function isoTime(clock: Clock, at: number): string {
  return new Date(clock.wall() - (clock.now() - at)).toISOString()
}
