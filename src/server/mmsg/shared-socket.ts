// One UDP socket in shared memory: its descriptor, and the queues of the queries that the packet thread which reads the
// socket does not answer itself.
import { REQUEST_MAX } from '../../udp/batch.ts'
import { type QueueShape, queueBytes, SharedQueue } from './shared-queue.ts'

/** The word of the descriptor + 1; 0 = not open. The descriptor stays open when the thread that opened it ends. */
const DESCRIPTOR = 0
const HEADER_BYTES = 64

/**
 * From the packet thread to the event-loop thread: enough for queries that arrive while that thread is busy. One client gets
 * half of it.
 */
export const CHAIN_QUEUE: QueueShape = { entries: 512, requestMax: REQUEST_MAX, clientMax: 256 }
/**
 * From the packet thread to the upstream thread: enough for a burst of names that no cache knows. A larger request goes
 * to the event-loop thread. One client gets a quarter of it. Pages that are never written cost address space only.
 */
export const UPSTREAM_QUEUE: QueueShape = { entries: 8192, requestMax: 512, clientMax: 2048 }
/** From the upstream thread to the event-loop thread: queries for which upstreams cannot be asked by UDP. */
export const RETRY_QUEUE: QueueShape = { entries: 256, requestMax: UPSTREAM_QUEUE.requestMax }

const CHAIN_AT = HEADER_BYTES
const UPSTREAM_AT = CHAIN_AT + queueBytes(CHAIN_QUEUE)
const RETRY_AT = UPSTREAM_AT + queueBytes(UPSTREAM_QUEUE)
const TOTAL_BYTES = RETRY_AT + queueBytes(RETRY_QUEUE)

/** Creates the memory of a shared socket that is not open. */
export function createSharedSocket(): SharedArrayBuffer {
  return new SharedArrayBuffer(TOTAL_BYTES)
}

/** One thread's view of a shared socket. */
export class SharedSocket {
  readonly #words: Int32Array
  /** From the packet thread to the event-loop thread. */
  readonly chain: SharedQueue
  /** From the packet thread to the upstream thread. */
  readonly upstream: SharedQueue
  /** From the upstream thread to the event-loop thread. */
  readonly retry: SharedQueue

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4)
    const descriptor = () => this.fd
    this.chain = new SharedQueue(buffer, CHAIN_AT, CHAIN_QUEUE, descriptor)
    this.upstream = new SharedQueue(buffer, UPSTREAM_AT, UPSTREAM_QUEUE, descriptor)
    this.retry = new SharedQueue(buffer, RETRY_AT, RETRY_QUEUE, descriptor)
  }

  /** The descriptor; -1 = not open. */
  get fd(): number {
    return Atomics.load(this.#words, DESCRIPTOR) - 1
  }

  set fd(fd: number) {
    Atomics.store(this.#words, DESCRIPTOR, fd + 1)
  }

  /** Queries in the queues, or taken from them and not answered yet. */
  get pending(): number {
    return this.chain.pending + this.upstream.pending + this.retry.pending
  }

  /** True while a thread replies through the descriptor. */
  get inUse(): boolean {
    return this.chain.inUse || this.upstream.inUse || this.retry.inUse
  }
}

/**
 * The sockets of a former plan that the next one does not have, and that are still open: the control thread closes them
 * when all their queries are answered.
 */
export function openSockets<S extends { readonly shared: SharedSocket }>(
  former: readonly S[],
  next: readonly S[],
): readonly S[] {
  return former.filter(
    ({ shared }) => shared.fd >= 0 && !next.some((socket) => socket.shared === shared),
  )
}

/**
 * The consumer's view of the sockets of the next plan, by their ids, with those of the former plan that are still open:
 * a socket must not have two views. `create` makes the view of a new socket.
 */
export function followSockets<S extends { readonly id: number }>(
  former: ReadonlyMap<number, SharedSocket>,
  next: readonly S[],
  create: (socket: S) => SharedSocket,
): Map<number, SharedSocket> {
  const all = new Map([...former].filter(([, { fd }]) => fd >= 0))
  for (const socket of next) all.set(socket.id, former.get(socket.id) ?? create(socket))
  return all
}
