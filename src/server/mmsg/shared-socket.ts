// One UDP socket in shared memory: its descriptor, and a queue. The packet thread that reads the socket is the producer
// of the queue; the event-loop thread takes the queries and resolves them with the plugin chain. The queue is bounded:
// when it is full, the oldest query is refused.
import type { Batch } from '../../udp/batch.ts'
import { CONTROL_SIZE, NAME_SIZE, REQUEST_MAX } from '../../udp/batch.ts'

// Indexes of the header's 32-bit words.
/** The descriptor + 1; 0 = not open. The descriptor stays open when the thread that opened it ends. */
const DESCRIPTOR = 0
/** Queries that are queued, or taken from the queue and not answered yet. */
const PENDING = 1
/** Index of the next entry to write. It is shared so that a replaced producer continues here. */
const HEAD = 2
/** 1 while the event-loop thread uses the descriptor. */
const IN_USE = 3
const HEADER_BYTES = 64

// An entry: four 32-bit words (by index), then the time and the bytes (by byte offset).
const STATE = 0
const LENGTH = 1
const SOCKADDR_LENGTH = 2
const CONTROL_LENGTH = 3
const STARTED_AT_BYTES = 24
const NAME_BYTES = 32
const CONTROL_BYTES = NAME_BYTES + NAME_SIZE
const REQUEST_BYTES = CONTROL_BYTES + CONTROL_SIZE
const ENTRY_BYTES = REQUEST_BYTES + REQUEST_MAX

/** Entries of the queue: enough for queries that arrive while the event-loop thread is busy. */
export const QUEUE_LENGTH = 256

// States of an entry.
const EMPTY = 0
const READY = 1
/** The thread that set this state owns the entry: it writes or copies the entry. */
const TAKEN = 2

/** A query that was taken from the queue. */
export interface QueuedQuery {
  readonly request: Uint8Array
  /** The client's socket address. */
  readonly name: Uint8Array
  /** The control message for the reply; empty if there is none. */
  readonly control: Uint8Array
  /** The time of its receipt, in milliseconds since 1970. */
  readonly startedAt: number
}

/** Creates the memory of a shared socket that is not open. */
export function createSharedSocket(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + QUEUE_LENGTH * ENTRY_BYTES)
}

/** One thread's view of a shared socket. */
export class SharedSocket {
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #tail = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
    this.#view = new DataView(buffer)
  }

  /** The descriptor; -1 = not open. */
  get fd(): number {
    return Atomics.load(this.#words, DESCRIPTOR) - 1
  }

  set fd(fd: number) {
    Atomics.store(this.#words, DESCRIPTOR, fd + 1)
  }

  /** Queries that the event-loop thread has not answered yet. */
  get pending(): number {
    return Atomics.load(this.#words, PENDING)
  }

  /** True while `finish` runs: the thread that closes the descriptor sets `fd` to -1 first, and then waits for this. */
  get inUse(): boolean {
    return Atomics.load(this.#words, IN_USE) !== 0
  }

  /**
   * Consumer: calls `send` with the descriptor (-1 = not open), which stays open until `send` returns, and then marks a
   * taken query as answered or refused.
   */
  finish(send: (fd: number) => void): void {
    // Before the descriptor is read: a thread that closes it either sees this word, or has set `fd` to -1 before.
    Atomics.store(this.#words, IN_USE, 1)
    try {
      send(this.fd)
    } finally {
      Atomics.store(this.#words, IN_USE, 0)
      Atomics.sub(this.#words, PENDING, 1)
    }
  }

  /**
   * Producer: queues datagram `i` of the batch, received at `startedAt` (milliseconds since 1970). Returns false when
   * the queue overflows, and leaves the query to refuse in datagram `i`: the oldest query of the queue, or the pushed
   * query if the entry is in use. Only one thread pushes. While a socket moves to another thread two may push, and then
   * one of them is refused.
   */
  push(batch: Batch, i: number, startedAt: number): boolean {
    const words = this.#words
    const index = words[HEAD]!
    const at = HEADER_BYTES + index * ENTRY_BYTES
    const entry = at / 4
    const state = Atomics.load(words, entry + STATE)
    if (state === TAKEN) return false
    if (Atomics.compareExchange(words, entry + STATE, state, TAKEN) !== state) return false
    if (state === READY) {
      this.#swap(batch, i, at)
    } else {
      this.#copyIn(batch, i, at)
      Atomics.add(words, PENDING, 1)
    }
    this.#view.setFloat64(at + STARTED_AT_BYTES, startedAt, true)
    Atomics.store(words, entry + STATE, READY)
    // Last, so that `inherit` finds the entry of a thread that ended before this line.
    words[HEAD] = (index + 1) % QUEUE_LENGTH
    return state !== READY
  }

  /** Consumer: takes the next query; undefined if the queue is empty. Only one thread may take. */
  take(): QueuedQuery | undefined {
    const words = this.#words
    const at = HEADER_BYTES + this.#tail * ENTRY_BYTES
    const entry = at / 4
    if (Atomics.compareExchange(words, entry + STATE, READY, TAKEN) !== READY) return undefined
    const copy = (from: number, length: number) => this.#bytes.slice(at + from, at + from + length)
    const query = {
      request: copy(REQUEST_BYTES, words[entry + LENGTH]!),
      name: copy(NAME_BYTES, words[entry + SOCKADDR_LENGTH]!),
      control: copy(CONTROL_BYTES, words[entry + CONTROL_LENGTH]!),
      startedAt: this.#view.getFloat64(at + STARTED_AT_BYTES, true),
    }
    Atomics.store(words, entry + STATE, EMPTY)
    this.#tail = (this.#tail + 1) % QUEUE_LENGTH
    return query
  }

  /** For a new producer: frees the entry that its predecessor may have left half written. */
  inherit(): void {
    const words = this.#words
    const state = (HEADER_BYTES + words[HEAD]! * ENTRY_BYTES) / 4 + STATE
    Atomics.compareExchange(words, state, TAKEN, EMPTY)
  }

  /** For a new consumer: discards the query that its predecessor was taking, and finds the oldest entry. */
  resume(): void {
    const words = this.#words
    let ready = 0
    for (let i = 0; i < QUEUE_LENGTH; i++) {
      const state = (HEADER_BYTES + i * ENTRY_BYTES) / 4 + STATE
      if (Atomics.compareExchange(words, state, TAKEN, EMPTY) === READY) ready++
    }
    Atomics.store(words, PENDING, ready)
    // The oldest entry follows HEAD; in a queue that is not full, empty entries lie in between.
    this.#tail = words[HEAD]!
    for (let i = 0; i < QUEUE_LENGTH; i++) {
      const state = (HEADER_BYTES + this.#tail * ENTRY_BYTES) / 4 + STATE
      if (Atomics.load(words, state) === READY) return
      this.#tail = (this.#tail + 1) % QUEUE_LENGTH
    }
  }

  #copyIn(batch: Batch, i: number, at: number): void {
    const { bytes } = batch
    const words = this.#words
    const length = batch.requestLength(i)
    copy(bytes, batch.requestAt(i), this.#bytes, at + REQUEST_BYTES, length)
    copy(bytes, batch.nameAt(i), this.#bytes, at + NAME_BYTES, NAME_SIZE)
    copy(bytes, batch.controlAt(i), this.#bytes, at + CONTROL_BYTES, CONTROL_SIZE)
    words[at / 4 + LENGTH] = length
    words[at / 4 + SOCKADDR_LENGTH] = batch.nameLength(i)
    words[at / 4 + CONTROL_LENGTH] = batch.controlLength(i)
  }

  /** Exchanges the entry at byte offset `at` with datagram `i` of the batch. */
  #swap(batch: Batch, i: number, at: number): void {
    const words = this.#words
    const end = at + REQUEST_BYTES + words[at / 4 + LENGTH]!
    const entry = this.#bytes.slice(at, end)
    const view = new DataView(entry.buffer)
    this.#copyIn(batch, i, at)
    const { bytes } = batch
    bytes.set(entry.subarray(REQUEST_BYTES), batch.requestAt(i))
    bytes.set(entry.subarray(NAME_BYTES, CONTROL_BYTES), batch.nameAt(i))
    bytes.set(entry.subarray(CONTROL_BYTES, REQUEST_BYTES), batch.controlAt(i))
    batch.setRequestLength(i, view.getInt32(4 * LENGTH, true))
    batch.setNameLength(i, view.getInt32(4 * SOCKADDR_LENGTH, true))
    batch.setControlLength(i, view.getInt32(4 * CONTROL_LENGTH, true))
  }
}

function copy(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  length: number,
): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i]!
}
