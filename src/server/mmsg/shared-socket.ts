// One UDP socket as the threads share it, in shared memory: its descriptor, and the queue in which its packet
// thread hands the queries that the plugin chain must answer to the event-loop thread. The queue is bounded;
// when it is full, the oldest query gives way.
import type { Batch } from '../../udp/batch.ts'
import { CONTROL_SIZE, NAME_SIZE, REQUEST_MAX } from '../../udp/batch.ts'

// Words of the header.
/** The descriptor + 1; 0 = not open. It outlives the thread that opened it. */
const DESCRIPTOR = 0
/** Queries in the queue, or taken out of it and not answered yet. */
const PENDING = 1
/** Where the producer goes on; in here, so that a thread that replaces another goes on there too. */
const HEAD = 2
const HEADER_BYTES = 64

// An entry: words first, then the time, then the bytes.
const STATE = 0
const LENGTH = 1
const SOCKADDR_LENGTH = 2
const CONTROL_LENGTH = 3
const STARTED_AT_BYTES = 24
const NAME_BYTES = 32
const CONTROL_BYTES = NAME_BYTES + NAME_SIZE
const REQUEST_BYTES = CONTROL_BYTES + CONTROL_SIZE
const ENTRY_BYTES = REQUEST_BYTES + REQUEST_MAX

/** Entries of the queue: what comes in while the event-loop thread does something else for a moment. */
export const QUEUE_LENGTH = 256

const EMPTY = 0
const READY = 1
/** A thread is changing or copying it. Whoever changes the state to this owns the entry. */
const TAKEN = 2

/** A query taken out of the queue. */
export interface QueuedQuery {
  readonly request: Uint8Array
  /** The client's socket address. */
  readonly name: Uint8Array
  /** The control message to answer with; empty where there is none. */
  readonly control: Uint8Array
  /** Milliseconds since 1970 when it was read. */
  readonly startedAt: number
}

export function createSharedSocket(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + QUEUE_LENGTH * ENTRY_BYTES)
}

/** A thread's view of a shared socket. */
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

  /** Queries that the event-loop thread has still to answer. */
  get pending(): number {
    return Atomics.load(this.#words, PENDING)
  }

  /** Says that a query which was taken needs no answer any more. */
  done(): void {
    Atomics.sub(this.#words, PENDING, 1)
  }

  /**
   * Producer: hands over datagram `i` of the batch, read at `startedAt` (milliseconds since 1970). Returns false when
   * the queue overflows: datagram `i` is then the query to refuse, the oldest one of the queue, or the pushed one where
   * no entry can give way. One thread pushes; while a socket goes from one thread to another two may, and then one of
   * them is refused.
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
    // Last: a thread that ends before leaves an entry where `adopt` looks for it.
    words[HEAD] = (index + 1) % QUEUE_LENGTH
    return state !== READY
  }

  /** Consumer: the next query; undefined when there is none. Only one thread takes. */
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

  /** A new producer in the place of one that may have died while it changed an entry. */
  inherit(): void {
    const words = this.#words
    const state = (HEADER_BYTES + words[HEAD]! * ENTRY_BYTES) / 4 + STATE
    Atomics.compareExchange(words, state, TAKEN, EMPTY)
  }

  /** A new consumer in the place of one that died: finds its place, and forgets what that one had taken. */
  resume(): void {
    const words = this.#words
    let ready = 0
    for (let i = 0; i < QUEUE_LENGTH; i++) {
      const state = (HEADER_BYTES + i * ENTRY_BYTES) / 4 + STATE
      if (Atomics.compareExchange(words, state, TAKEN, EMPTY) === READY) ready++
    }
    Atomics.store(words, PENDING, ready)
    // The oldest stands behind the newest; a queue that is not full has gaps before it.
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

  /** The entry goes into the batch in the place of datagram `i`, and that one into the entry. */
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
