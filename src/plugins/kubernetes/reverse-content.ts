// The PTR records of addresses as the content of an answer table. They follow the Services that are published in the
// primary zone, with the same limits, so a PTR record names what exists. An owner is a block of addresses.
import { performance } from 'node:perf_hooks'
import type { LocalService } from '../../sources/objects.ts'
import type { TableWriter } from '../../zone/table-writer.ts'
import type { Content, OwnersChanged } from '../multicluster/publish.ts'
import { ReverseIndex, type ReverseOptions } from './reverse-index.ts'

/** The addresses of one directive. */
export class ReverseContent {
  readonly #index: ReverseIndex
  readonly #listeners = new Set<OwnersChanged>()
  /** Blocks that changed since the last notification. */
  #changed = new Set<string>()
  #changedAt: number | undefined
  #isSynced = false

  constructor(options: ReverseOptions) {
    this.#index = new ReverseIndex(options)
  }

  /**
   * A Service is published, or removed when `view` is undefined. Returns the number of addresses of endpoints that have
   * no PTR records, because a limit is reached.
   */
  *put(key: string, view: LocalService | undefined): Generator<void, number> {
    const { changed, leftOut } = yield* this.#index.put(key, view)
    for (const block of changed) this.#changed.add(block)
    if (changed.length > 0) this.#notifySoon()
    return leftOut
  }

  /** All Services are published. */
  setSynced(): void {
    this.#isSynced = true
    this.#notifySoon()
  }

  /** The content of `table`. */
  into(table: TableWriter): Content {
    const index = this.#index
    const listeners = this.#listeners
    const isSynced = () => this.#isSynced
    return {
      get synced() {
        return isSynced()
      },
      // It is opened before any Service is published.
      owners: () => [],
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      *publish(block) {
        return { isChanged: table.replace(block, yield* index.names(block)) }
      },
    }
  }

  /** Behind the slice of time in which Services are published: the addresses have slices of their own. */
  #notifySoon(): void {
    if (this.#changedAt !== undefined) return
    this.#changedAt = performance.now()
    queueMicrotask(() => {
      const [blocks, at] = [this.#changed, this.#changedAt!]
      this.#changed = new Set()
      this.#changedAt = undefined
      for (const listener of this.#listeners) listener(blocks, at)
    })
  }
}
