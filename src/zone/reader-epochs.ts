// Epoch-based reclamation. Each reader publishes the epoch in which it reads. The writer starts a new epoch whenever
// it unpublishes a page or region, and reuses that memory once no reader is in an older epoch.
import { CONTROL_EPOCH, MAX_READERS, readerWord } from './layout.ts'

/** A batch of reads takes microseconds; a reader that takes this long has ended within one. */
const DEAD_READER_MS = 10_000

/** The epochs of the readers of one table, in its control words. */
export class ReaderEpochs {
  readonly #control: Int32Array

  constructor(control: Int32Array) {
    this.#control = control
    Atomics.store(control, CONTROL_EPOCH, 1)
  }

  /** The current epoch. */
  get current(): number {
    return this.#control[CONTROL_EPOCH]!
  }

  /** Starts a new epoch; skips 0, which means "not reading", when the number wraps. */
  next(): void {
    const next = (this.current + 1) | 0
    Atomics.store(this.#control, CONTROL_EPOCH, next === 0 ? 1 : next)
  }

  /** True when every reader is idle or in an epoch after `epoch`. */
  allPast(epoch: number): boolean {
    const oldest = this.#oldest()
    return oldest === undefined || isBefore(epoch, oldest)
  }

  /** The oldest epoch of a reader; undefined when no reader is in a batch. */
  #oldest(): number | undefined {
    let oldest: number | undefined
    for (let id = 0; id < MAX_READERS; id++) {
      const epoch = Atomics.load(this.#control, readerWord(id))
      if (epoch !== 0 && (oldest === undefined || isBefore(epoch, oldest))) oldest = epoch
    }
    return oldest
  }

  /** Blocks until no reader is in an older epoch, at most DEAD_READER_MS: nothing can call `release` meanwhile. */
  awaitCurrent(): void {
    const now = this.current
    let remainingMs = DEAD_READER_MS
    for (let id = 0; id < MAX_READERS; id++) {
      for (; remainingMs > 0; remainingMs--) {
        const epoch = Atomics.load(this.#control, readerWord(id))
        if (epoch === 0 || !isBefore(epoch, now)) break
        Atomics.wait(this.#control, readerWord(id), epoch, 1)
      }
    }
  }

  /** Ends the batch of a reader whose thread has ended. */
  release(id: number): void {
    Atomics.store(this.#control, readerWord(id), 0)
  }
}

/** Compares epochs by their distance, because they wrap. */
function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}
