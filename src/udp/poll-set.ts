// The descriptors that a thread waits for in poll(2), each with a function that is called when it is ready.
import type { Libc, NativeMemory } from './libc.ts'

/** Bytes of a struct pollfd. */
const POLL_BYTES = 8
/** Event: the descriptor is readable. */
export const POLLIN = 1
/** Event: the descriptor is not open. */
export const POLLNVAL = 0x20
/** Descriptors for which there is room at first. */
const INITIAL = 32

/** Waits for any number of descriptors. */
export class PollSet {
  readonly #libc: Libc
  #memory: NativeMemory
  #words: Int32Array
  readonly #fds: number[] = []
  readonly #callbacks: ((events: number) => void)[] = []

  constructor(libc: Libc) {
    this.#libc = libc
    this.#memory = libc.allocate(INITIAL * POLL_BYTES)
    this.#words = new Int32Array(this.#memory.buffer)
  }

  /** Calls `onReady` with the events (POLLIN, POLLNVAL) when `wait` finds the descriptor readable or in error. */
  add(fd: number, onReady: (events: number) => void): void {
    const i = this.#fds.length
    if (2 * i === this.#words.length) this.#grow()
    this.#words[2 * i] = fd
    this.#words[2 * i + 1] = POLLIN
    this.#fds.push(fd)
    this.#callbacks.push(onReady)
  }

  /** Forgets a descriptor; does nothing if it is unknown. The functions that `wait` calls may remove any. */
  remove(fd: number): void {
    const i = this.#fds.indexOf(fd)
    if (i < 0) return
    const last = this.#fds.length - 1
    this.#fds[i] = this.#fds[last]!
    this.#callbacks[i] = this.#callbacks[last]!
    this.#words[2 * i] = this.#words[2 * last]!
    this.#words[2 * i + 1] = this.#words[2 * last + 1]!
    this.#fds.pop()
    this.#callbacks.pop()
  }

  /**
   * Waits for `timeoutMs` milliseconds at most (0 = not at all), calls `onAwake`, and then the functions of ready
   * descriptors.
   */
  wait(timeoutMs: number, onAwake: () => void = () => {}): void {
    const ready = this.#libc.poll(this.#memory.address, this.#fds.length, timeoutMs)
    onAwake()
    if (ready <= 0) return
    // From the end: `remove` moves the last descriptor to a lower index. If it was looked at, it has no events any more;
    // if not, it is still ahead. Indexes that have no descriptor any more keep old events.
    for (let i = this.#fds.length - 1; i >= 0; i--) {
      const events = this.#words[2 * i + 1]! >>> 16
      if (i >= this.#fds.length || events === 0) continue
      this.#words[2 * i + 1] = POLLIN
      this.#callbacks[i]!(events)
    }
  }

  /** Frees the native memory; the set must not be used afterwards. */
  free(): void {
    this.#memory.free()
  }

  #grow(): void {
    const former = this.#memory
    this.#memory = this.#libc.allocate(2 * former.buffer.byteLength)
    this.#words = new Int32Array(this.#memory.buffer)
    this.#words.set(new Int32Array(former.buffer))
    former.free()
  }
}
