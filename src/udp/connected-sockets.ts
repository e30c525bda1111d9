// UDP sockets that are connected to one peer each, for a thread that asks other servers. Datagrams are sent and received
// in batches; one batch at a time, for all sockets of the thread.
import type { Batch } from './batch.ts'
import type { Libc, NativeMemory } from './libc.ts'
import type { PollSet } from './poll-set.ts'
import { localAddressOf, openConnectedUdpSocket, SystemCallError } from './socket.ts'

/** Random bytes that are read from the kernel at once. A signal cannot cut short a read of up to 256 (getrandom(2)). */
const RANDOM_BYTES = 256

/** What asks other servers needs of sockets; tests replace it. Offsets refer to `bytes`. */
export interface DatagramSockets {
  /** Opens a socket for the peer; returns its descriptor. Throws an Error with a `code`. */
  open(address: string, port: number, source: string | undefined): number
  /** Calls `onReadable` whenever the socket has datagrams or an error. */
  watch(fd: number, onReadable: () => void): void
  close(fd: number): void
  /** "IP:PORT" of this side; '' if it is not known. */
  localName(fd: number): string
  readonly bytes: Uint8Array
  /** The offset for the next datagram to send. */
  readonly sendAt: number
  /** True when `send` must be called before another datagram is written. */
  readonly isFull: boolean
  /** Queues the `length` bytes at `sendAt`. */
  queue(length: number): void
  /** Sends the queued datagrams; returns the name of the last error ("ECONNREFUSED"), undefined if all were sent. */
  send(fd: number): string | undefined
  /** Receives up to 64 datagrams; returns their number, or -1, and then `error` says why. */
  receive(fd: number): number
  /** The name of the error of the last `receive`: "EAGAIN" if there was nothing. */
  error(): string
  /** The offset of received datagram `i`. */
  receivedAt(i: number): number
  receivedLength(i: number): number
  /** True if datagram `i` was longer than its buffer. */
  isTruncated(i: number): boolean
  /** A random number of 16 bits that nobody can predict. */
  random16(): number
}

/** The sockets of one thread, through libc. */
export class ConnectedSockets implements DatagramSockets {
  readonly #libc: Libc
  readonly #batch: Batch
  readonly #polls: PollSet
  readonly #random: NativeMemory
  readonly #numbers: Uint16Array
  #used: number
  /**
   * The open descriptors + 1, 0 = free; in shared memory, so that the sockets of a thread that ends are closed. There are
   * never more sockets than words.
   */
  readonly #open: Int32Array
  readonly bytes: Uint8Array

  /** `open` has the sockets of a predecessor that ended, or zeros. Closes them. */
  constructor(libc: Libc, batch: Batch, polls: PollSet, open: Int32Array) {
    this.#open = open
    for (const [i, descriptor] of open.entries()) {
      if (descriptor > 0) libc.close(descriptor - 1)
      open[i] = 0
    }
    this.#libc = libc
    this.#batch = batch
    this.#polls = polls
    this.#random = libc.allocate(RANDOM_BYTES)
    this.#numbers = new Uint16Array(this.#random.buffer)
    this.#used = this.#numbers.length
    this.bytes = batch.bytes
  }

  open(address: string, port: number, source: string | undefined): number {
    const free = this.#open.indexOf(0)
    // A socket that is not recorded would stay open for good if the thread crashed.
    if (free < 0) throw new SystemCallError('socket', 'EMFILE')
    const fd = openConnectedUdpSocket(this.#libc, address, port, source)
    this.#open[free] = fd + 1
    return fd
  }

  watch(fd: number, onReadable: () => void): void {
    this.#polls.add(fd, onReadable)
  }

  close(fd: number): void {
    this.#polls.remove(fd)
    this.#open[this.#open.indexOf(fd + 1)] = 0
    this.#libc.close(fd)
  }

  localName(fd: number): string {
    const local = localAddressOf(this.#libc, fd)
    if (local === undefined) return ''
    const { address, port } = local
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  }

  get sendAt(): number {
    return this.#batch.replyAt
  }

  get isFull(): boolean {
    return this.#batch.isFull
  }

  queue(length: number): void {
    this.#batch.queueForPeer(length)
  }

  send(fd: number): string | undefined {
    return this.#batch.send(fd) > 0 ? this.#batch.sendError : undefined
  }

  receive(fd: number): number {
    return this.#batch.receive(fd, false)
  }

  error(): string {
    return this.#libc.errorName()
  }

  receivedAt(i: number): number {
    return this.#batch.requestAt(i)
  }

  receivedLength(i: number): number {
    return this.#batch.requestLength(i)
  }

  isTruncated(i: number): boolean {
    return this.#batch.isTruncated(i)
  }

  random16(): number {
    if (this.#used === this.#numbers.length) {
      const { address } = this.#random
      if (this.#libc.getrandom(address, BigInt(RANDOM_BYTES), 0) !== BigInt(RANDOM_BYTES)) {
        throw new Error(`getrandom: ${this.#libc.errorName()}`)
      }
      this.#used = 0
    }
    return this.#numbers[this.#used++]!
  }

  /** Frees the native memory; the sockets must be closed before. */
  free(): void {
    this.#random.free()
  }
}
