// The listening TCP socket of one address in shared memory, beside the UDP socket of that address. It stays open when the
// event-loop thread ends: the kernel accepts connections, and the next thread answers them.

/** The word of the descriptor + 1; 0 = not open. `SharedSocket` has the first word. */
const DESCRIPTOR = 1

/** One thread's view. The kept descriptor is a duplicate: the thread that accepts closes its own. */
export class KeptListener {
  readonly #words: Int32Array

  /** `buffer` is that of a `SharedSocket`. */
  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, DESCRIPTOR + 1)
  }

  /** The descriptor; -1 = not open. */
  get fd(): number {
    return Atomics.load(this.#words, DESCRIPTOR) - 1
  }

  keep(fd: number): void {
    Atomics.store(this.#words, DESCRIPTOR, fd + 1)
  }

  /** Keeps the descriptor no longer, and returns it: only one thread gets it, and closes it. -1 = not open. */
  release(): number {
    return Atomics.exchange(this.#words, DESCRIPTOR, 0) - 1
  }
}
