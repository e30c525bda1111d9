// Keeps the snapshot of a store up to date: writes it when objects changed, and sets its time while the watches work, so
// that its age is the time since its objects were those of the cluster, and not since they changed.
import { stat, utimes } from 'node:fs/promises'
import { errorText } from '../../errors.ts'
import { type Clock, sleep } from '../../kube/clock.ts'
import type { Log } from '../../log.ts'
import type { StoreChange } from '../source.ts'
import type { SnapshotOrigin, StoreRecord } from './format.ts'
import { removeLeftovers, type WrittenSnapshot, writeSnapshot } from './write.ts'

/** How often changes are looked for: two snapshots are at least so far apart. */
const INTERVAL_MS = 5000
/** A large snapshot is written more seldom: on average not more than this, in bytes per second. */
const BYTES_PER_S = 2 ** 20
/** How often the time of an unchanged snapshot is set. */
const CONFIRM_MS = 60_000
/** After a step the writer pauses this many times as long as the step took. */
const PAUSE_FACTOR = 4
/** A lasting failure is logged again after this time. */
const RELOG_MS = 60_000

/** Where a snapshot is written, and what it is of. */
export interface SnapshotTarget {
  readonly file: string
  readonly origin: SnapshotOrigin
}

/** The part of a store that a snapshot is made of. */
export interface SnapshotStore {
  readonly synced: boolean
  records(): Iterable<StoreRecord>
  subscribe(listener: (change: StoreChange) => void): () => void
}

interface KeeperOptions {
  readonly store: SnapshotStore
  /** The name of the source, for messages. */
  readonly name: string
  readonly log: Log
  readonly clock: Clock
  /** True while the objects are those of the cluster, as far as is known. */
  readonly isCurrent: () => boolean
  /** Resolves after `ms` milliseconds, or when the signal aborts; for tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The snapshot of one store. */
export class SnapshotKeeper {
  writes = 0
  failures = 0
  /** In bytes; 0 before one was written or read. */
  size = 0
  /** When the objects were those of the cluster, in milliseconds since 1970; undefined before the first list. */
  confirmedAt: number | undefined
  readonly #options: KeeperOptions
  readonly #unsubscribe: () => void
  readonly #stop = new AbortController()
  #target: SnapshotTarget | undefined
  /** The target, as text, that had all objects last. */
  #saved = ''
  /** The file that was written; undefined for one that was read, until its time is set. */
  #inode: number | undefined
  #isChanged = true
  /** Clock.now() before which nothing is written. */
  #notBefore = 0
  /** Clock.now() when the time of the file was set. */
  #setAt = 0
  #failing: { loggedAt: number } | undefined
  #running: Promise<void> | undefined

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#unsubscribe = options.store.subscribe((change) => {
      const { services, localServices, namespaces, pods } = change
      if ([services, localServices, namespaces, pods].some((set) => set.size > 0)) {
        this.#isChanged = true
      }
    })
  }

  /** True while there is a file to write to. */
  get isKept(): boolean {
    return this.#target !== undefined
  }

  /** Objects were read from a snapshot: it needs to be written again only after a change. */
  restored(target: SnapshotTarget, size: number, confirmedAt: number): void {
    this.#saved = JSON.stringify(target)
    this.#isChanged = false
    this.#inode = undefined
    this.size = size
    this.confirmedAt = confirmedAt
  }

  /** Writes to this file from now on; undefined = to none. The files stay. */
  writeTo(target: SnapshotTarget | undefined): void {
    const previous = this.#target
    this.#target = target
    if (target === undefined || JSON.stringify(previous) === JSON.stringify(target)) return
    this.#isChanged ||= JSON.stringify(target) !== this.#saved
    this.#notBefore = 0
    this.#running ??= this.#run()
    void this.#clean(target.file)
  }

  /** Writes what is not written yet, and ends. */
  async close(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    await this.#running
    await this.#keep(true)
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#stop.signal.aborted) {
      await sleep(clock, INTERVAL_MS, this.#stop.signal)
      if (!this.#stop.signal.aborted) await this.#keep(false)
    }
  }

  /** Writes a snapshot or sets its time, as far as there is need; `isLast` does not wait for the interval. */
  async #keep(isLast: boolean): Promise<void> {
    const { store, clock, isCurrent } = this.#options
    const target = this.#target
    if (target === undefined || !store.synced) return
    if (isCurrent()) this.confirmedAt = clock.wall()
    const now = clock.now()
    if (this.#isChanged) {
      if (isLast || now >= this.#notBefore) await this.#write(target)
    } else if (isLast || now - this.#setAt >= CONFIRM_MS) await this.#confirm(target)
  }

  async #write(target: SnapshotTarget): Promise<void> {
    const { store, clock } = this.#options
    this.#isChanged = false
    try {
      const written = await writeSnapshot({
        ...target,
        records: store.records(),
        confirmedAt: () => this.confirmedAt ?? 0,
        pause: (ms) => this.#pause(ms),
      })
      this.#saved = JSON.stringify(target)
      this.#inode = written.inode
      this.#written(target, written)
    } catch (error) {
      this.#isChanged = true
      this.#failed(target, error)
    }
    this.#setAt = clock.now()
    this.#notBefore = this.#setAt + (this.size / BYTES_PER_S) * 1000
  }

  #pause(ms: number): Promise<void> {
    const { clock, pause = (ms, signal) => sleep(clock, ms, signal) } = this.#options
    return pause(PAUSE_FACTOR * ms, this.#stop.signal)
  }

  async #confirm({ file }: SnapshotTarget): Promise<void> {
    const time = (this.confirmedAt ?? 0) / 1000
    this.#setAt = this.#options.clock.now()
    try {
      const found = await stat(file)
      this.#inode ??= found.ino
      if (found.ino === this.#inode && found.size === this.size) await utimes(file, time, time)
      // Another process has replaced the file.
      else this.#isChanged = true
    } catch {
      // Somebody removed it: it is written again, and a failure of that is logged.
      this.#isChanged = true
    }
  }

  async #clean(file: string): Promise<void> {
    try {
      await removeLeftovers(file)
    } catch (error) {
      const { log, name } = this.#options
      log.warning(`${name}: leftovers of snapshot ${file} cannot be removed: ${errorText(error)}`)
    }
  }

  #written({ file }: SnapshotTarget, { size, records }: WrittenSnapshot): void {
    const { log, name } = this.#options
    this.writes++
    this.size = size
    if (this.#failing === undefined) return
    this.#failing = undefined
    log.info(`${name}: snapshot ${file} is written again (${records} objects)`)
  }

  #failed(target: SnapshotTarget, error: unknown): void {
    const { log, name, clock } = this.#options
    this.failures++
    const now = clock.now()
    if (this.#failing !== undefined && now - this.#failing.loggedAt < RELOG_MS) return
    this.#failing = { loggedAt: now }
    const text = `snapshot ${target.file} cannot be written: ${errorText(error)}`
    log.warning(`${name}: ${text}; a restart finds the one before, if there is one`)
  }
}
