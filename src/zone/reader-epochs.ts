// Which readers may still see what. Readers say in shared memory in which epoch they read; the writer starts a
// new epoch whenever it takes something out of sight, and may reuse that once no reader is in an older one.
import { CONTROL_EPOCH, MAX_READERS, readerWord } from './layout.ts'

/** A batch of reads takes microseconds; a reader that takes this long died in one. */
const DEAD_READER_MS = 10_000

export class ReaderEpochs {
  readonly #control: Int32Array

  constructor(control: Int32Array) {
    this.#control = control
    Atomics.store(control, CONTROL_EPOCH, 1)
  }

  get current(): number {
    return this.#control[CONTROL_EPOCH]!
  }

  /** Starts a new epoch. 0 means "not reading", so it is stepped over when the number wraps. */
  next(): void {
    const next = (this.current + 1) | 0
    Atomics.store(this.#control, CONTROL_EPOCH, next === 0 ? 1 : next)
  }

  /** True when every reader is idle or in an epoch after `epoch`. */
  allPast(epoch: number): boolean {
    const oldest = this.#oldest()
    return oldest === undefined || isBefore(epoch, oldest)
  }

  /** The oldest epoch that is being read in; undefined when nobody reads. */
  #oldest(): number | undefined {
    let oldest: number | undefined
    for (let id = 0; id < MAX_READERS; id++) {
      const epoch = Atomics.load(this.#control, readerWord(id))
      if (epoch !== 0 && (oldest === undefined || isBefore(epoch, oldest))) oldest = epoch
    }
    return oldest
  }

  /** Waits until no reader is in an epoch before this one; a dead reader's supervisor cannot run meanwhile. */
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

  /** For a reader whose thread is gone. */
  release(id: number): void {
    Atomics.store(this.#control, readerWord(id), 0)
  }
}

/** Epochs wrap, so they are compared by their distance. */
function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}
