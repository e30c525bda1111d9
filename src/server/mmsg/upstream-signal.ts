// Wakes up the upstream thread, which sleeps in poll(2): a descriptor in shared memory, and a word that says whether it
// sleeps. The descriptor stays open when the thread ends, because packet threads write to it.
import { openEventfd } from '../../udp/eventfd.ts'
import type { Libc, NativeMemory } from '../../udp/libc.ts'

// Indexes of 32-bit words.
/** The eventfd + 1; 0 = there has been no upstream thread yet. */
const DESCRIPTOR = 0
const SLEEPS = 1
/** The descriptors of sockets + 1 that the upstream thread has opened: its successor closes them. */
const SOCKETS = 2
/** Sockets of all blocks: a block of `forward` has up to 1,024. */
const MAX_SOCKETS = 16_384
const WORDS = SOCKETS + MAX_SOCKETS

/** Creates the memory of the signal. */
export function createUpstreamSignal(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * WORDS)
}

/** The descriptor of a signal; -1 = none. */
export function signalDescriptor(buffer: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(buffer), DESCRIPTOR) - 1
}

/** One thread's view of the signal. */
export class UpstreamSignal {
  readonly #libc: Libc
  readonly #words: Int32Array
  readonly #number: NativeMemory
  /** For `ConnectedSockets`. */
  readonly sockets: Int32Array

  constructor(libc: Libc, buffer: SharedArrayBuffer) {
    this.#libc = libc
    this.#words = new Int32Array(buffer)
    this.sockets = this.#words.subarray(SOCKETS)
    this.#number = libc.allocate(8)
    new Int32Array(this.#number.buffer)[0] = 1
  }

  /** Packet threads: wakes up the upstream thread if it sleeps. Queries must be queued before. */
  wake(): void {
    if (Atomics.exchange(this.#words, SLEEPS, 0) === 0) return
    const fd = Atomics.load(this.#words, DESCRIPTOR) - 1
    if (fd >= 0) this.#libc.write(fd, this.#number.address, 8n)
  }

  /** The upstream thread: opens the descriptor, or takes over that of its predecessor. */
  open(): number {
    const known = Atomics.load(this.#words, DESCRIPTOR) - 1
    if (known >= 0) return known
    const fd = openEventfd(this.#libc)
    Atomics.store(this.#words, DESCRIPTOR, fd + 1)
    return fd
  }

  /** The upstream thread: it will sleep. It must look for queries once more after this. */
  announceSleep(): void {
    Atomics.store(this.#words, SLEEPS, 1)
  }

  /** The upstream thread: it is awake. */
  awake(): void {
    Atomics.store(this.#words, SLEEPS, 0)
  }

  /** The upstream thread: reads the descriptor, so that it is no longer readable. */
  acknowledge(fd: number): void {
    this.#libc.read(fd, this.#number.address, 8n)
    new Int32Array(this.#number.buffer)[0] = 1
  }
}
