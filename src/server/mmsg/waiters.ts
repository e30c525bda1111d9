// The queries that the upstream thread holds: a bounded number of entries, which have the layout of queue entries, and
// lists of those that wait for the same reply. Memory of entries that were never used is address space only.
import { entryBytes, type SharedQueue } from './shared-queue.ts'
import { UPSTREAM_QUEUE } from './shared-socket.ts'

const ENTRY_BYTES = entryBytes(UPSTREAM_QUEUE)
/** No waiter; the end of a list. */
export const NO_WAITER = -1

/** The waiters 0 to `capacity` - 1. */
export class Waiters {
  readonly words: Int32Array
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly #next: Int32Array
  #free: number

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity * ENTRY_BYTES)
    this.words = new Int32Array(buffer)
    this.bytes = new Uint8Array(buffer)
    this.view = new DataView(buffer)
    this.#next = Int32Array.from({ length: capacity }, (_, i) =>
      i + 1 < capacity ? i + 1 : NO_WAITER,
    )
    this.#free = 0
  }

  get isFull(): boolean {
    return this.#free === NO_WAITER
  }

  /** The offset of a waiter's entry in `bytes`. */
  at(waiter: number): number {
    return waiter * ENTRY_BYTES
  }

  /** Moves the next query of the queue to a free waiter; NO_WAITER if the queue is empty. `isFull` must be false. */
  take(queue: SharedQueue): number {
    const waiter = this.#free
    if (!queue.takeEntry(this.words, this.at(waiter) / 4)) return NO_WAITER
    this.#free = this.#next[waiter]!
    this.#next[waiter] = NO_WAITER
    return waiter
  }

  /** Frees a waiter; returns the next one of its list. The next query takes it, so that few entries are ever touched. */
  free(waiter: number): number {
    const next = this.#next[waiter]!
    this.#next[waiter] = this.#free
    this.#free = waiter
    return next
  }

  /** Appends a waiter to the list that ends with `last`. */
  append(last: number, waiter: number): void {
    this.#next[last] = waiter
  }
}
