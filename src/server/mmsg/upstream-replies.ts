// Sends the replies of the upstream thread to clients, through the sockets that received the queries, in batches of
// one listener.
import { copyRange } from '../../dns/bytes.ts'
import { Batch } from '../../udp/batch.ts'
import type { Libc } from '../../udp/libc.ts'
import {
  CONTROL_BYTES,
  CONTROL_LENGTH,
  NAME_BYTES,
  type SharedQueue,
  SOCKADDR_LENGTH,
} from './shared-queue.ts'
import type { Waiters } from './waiters.ts'

/** A listener, by identity: any of its sockets may send its replies. */
export type Listener = object

/** The replies that are not sent yet. */
export class UpstreamReplies {
  readonly #batch: Batch
  readonly #waiters: Waiters
  readonly #onErrors: (count: number) => void
  #listener: Listener | undefined
  /** The queues of the queries that the batch answers. */
  readonly #queues: SharedQueue[] = []

  /** `onErrors` gets the number of replies that could not be sent. */
  constructor(libc: Libc, waiters: Waiters, onErrors: (count: number) => void) {
    this.#batch = new Batch(libc)
    this.#waiters = waiters
    this.#onErrors = onErrors
  }

  get bytes(): Uint8Array {
    return this.#batch.bytes
  }

  /** The offset for the next reply. */
  get at(): number {
    return this.#batch.replyAt
  }

  /** Makes room for a reply of the listener. */
  prepare(listener: Listener): void {
    if (this.#queues.length > 0 && (this.#listener !== listener || this.#batch.isFull)) this.flush()
    this.#listener = listener
  }

  /** Queues the `length` bytes at `at` for the client of a waiter, whose query came through `queue`. */
  add(waiter: number, queue: SharedQueue, length: number): void {
    const { bytes, words } = this.#waiters
    const batch = this.#batch
    const entry = this.#waiters.at(waiter)
    const i = this.#queues.length
    const nameLength = words[entry / 4 + SOCKADDR_LENGTH]!
    const controlLength = words[entry / 4 + CONTROL_LENGTH]!
    copyRange(bytes, entry + NAME_BYTES, nameLength, batch.bytes, batch.nameAt(i))
    copyRange(bytes, entry + CONTROL_BYTES, controlLength, batch.bytes, batch.controlAt(i))
    batch.setNameLength(i, nameLength)
    batch.setControlLength(i, controlLength)
    batch.queue(i, length)
    this.#queues.push(queue)
  }

  /** Sends all replies. */
  flush(): void {
    const queues = this.#queues
    const [first] = queues
    if (first === undefined) return
    // The socket of the first query stays open, because that query is still pending.
    first.finish(this.#send, 0)
    for (const queue of queues) queue.done(1)
    queues.length = 0
  }

  readonly #send = (fd: number): void => {
    // A closed socket: its address is no longer served.
    const failed = fd < 0 ? this.#batch.discard() : this.#batch.send(fd)
    if (failed > 0) this.#onErrors(failed)
  }

  /** Frees the native memory. */
  free(): void {
    this.#batch.free()
  }
}
