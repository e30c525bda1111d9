// The lock of a store. Sections are short (microseconds), so a thread that finds it taken tries for a moment and then
// goes without: a reply that is not stored costs one more query to the upstream, and nothing else.
import { ACQUISITIONS, LOCK } from './layout.ts'

const SPINS = 100
const WAITS = 4
const WAIT_MS = 1
/** A thread that holds the lock for so long has ended: a section takes microseconds, even with a lost time slice. */
const ABANDONED_MS = 5000

/** `Lock.acquire` results. */
export const NOT_ACQUIRED = 0
export const ACQUIRED = 1
/** The lock was taken from a thread that ended inside its section: what the lock protects may be inconsistent. */
export const TAKEN_OVER = 2

/** One thread's use of the lock. */
export class Lock {
  readonly #control: Int32Array
  readonly #nowMs: () => number
  #mine = 0
  /** The acquisition that this thread has been waiting for, and since when. */
  #seen = 0
  #seenAt = 0

  constructor(control: Int32Array, nowMs: () => number) {
    this.#control = control
    this.#nowMs = nowMs
  }

  acquire(): number {
    const control = this.#control
    this.#mine = (Atomics.add(control, ACQUISITIONS, 1) + 1) | 0 || 1
    for (let wait = 0; ; wait++) {
      for (let i = 0; i < SPINS; i++) {
        if (Atomics.compareExchange(control, LOCK, 0, this.#mine) === 0) return ACQUIRED
      }
      if (wait === WAITS) return this.#takeOver()
      const holder = Atomics.load(control, LOCK)
      if (holder !== 0) Atomics.wait(control, LOCK, holder, WAIT_MS)
    }
  }

  #takeOver(): number {
    const holder = Atomics.load(this.#control, LOCK)
    const now = this.#nowMs()
    if (holder !== this.#seen) {
      this.#seen = holder
      this.#seenAt = now
    }
    if (holder === 0 || now - this.#seenAt < ABANDONED_MS) return NOT_ACQUIRED
    const before = Atomics.compareExchange(this.#control, LOCK, holder, this.#mine)
    return before === holder ? TAKEN_OVER : NOT_ACQUIRED
  }

  /** True if no other thread has taken the lock over. */
  get isMine(): boolean {
    return Atomics.load(this.#control, LOCK) === this.#mine
  }

  release(): void {
    Atomics.compareExchange(this.#control, LOCK, this.#mine, 0)
  }
}
