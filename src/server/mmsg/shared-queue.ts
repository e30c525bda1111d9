// A bounded queue of queries in shared memory, from one thread to another. When it is full, the oldest query is refused; when
// one client has its share of the entries, its next query is.
// The states of the entries lie together, so that a new consumer, which reads all of them, touches no entry.
import { copyRange } from '../../dns/bytes.ts'
import type { Batch } from '../../udp/batch.ts'
import { CONTROL_SIZE, NAME_SIZE } from '../../udp/batch.ts'
import { ClientShares, NO_CLIENT, SHARES_BYTES } from './client-shares.ts'

/** The size of a queue. */
export interface QueueShape {
  readonly entries: number
  /** The largest request that an entry holds, in bytes; a multiple of 8. */
  readonly requestMax: number
  /** The most entries of one client, so that a flood leaves the others room; default: all of them. */
  readonly clientMax?: number
}

// Indexes of the header's 32-bit words.
/** Queries that are queued, or taken from the queue and not answered yet. */
const PENDING = 0
/** Index of the next entry to write. It is shared so that a replaced producer continues here. */
const HEAD = 1
/** 1 while the consumer uses the descriptor of the socket. */
const IN_USE = 2
const HEADER_BYTES = 64

// An entry: four 32-bit words (by index), the time, the client, and the bytes (by byte offset).
/** QUERY or REFRESH. */
export const KIND = 0
export const LENGTH = 1
export const SOCKADDR_LENGTH = 2
export const CONTROL_LENGTH = 3
/** The time of receipt in milliseconds of the monotonic clock, 64-bit float. */
export const STARTED_AT_BYTES = 16
/** The client as `ClientShares` counts it: the word with this index. */
const CLIENT = 6
export const NAME_BYTES = 32
export const CONTROL_BYTES = NAME_BYTES + NAME_SIZE
export const REQUEST_BYTES = CONTROL_BYTES + CONTROL_SIZE

// Kinds of entries.
/** The query of a client. */
export const QUERY = 0
/** A query without a client, which renews what a cache knows. */
export const REFRESH = 1

// States of an entry.
const EMPTY = 0
const READY = 1
/** The thread that set this state owns the entry: it writes or copies the entry. */
const TAKEN = 2

/** A query that was taken from the queue. */
export interface QueuedQuery {
  readonly isRefresh: boolean
  readonly request: Uint8Array
  /** The client's socket address. */
  readonly name: Uint8Array
  /** The control message for the reply; empty if there is none. */
  readonly control: Uint8Array
  /** The time of its receipt, in milliseconds of the monotonic clock. */
  readonly startedAt: number
}

/** Bytes of one entry. */
export function entryBytes({ requestMax }: QueueShape): number {
  return REQUEST_BYTES + requestMax
}

/** Bytes of a queue; a multiple of 64. */
export function queueBytes(shape: QueueShape): number {
  const entries = 4 * shape.entries + shape.entries * entryBytes(shape)
  return HEADER_BYTES + SHARES_BYTES + ((entries + 63) & ~63)
}

/** One thread's view of a queue. */
export class SharedQueue {
  readonly #shape: QueueShape
  readonly #header: Int32Array
  readonly #states: Int32Array
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #entryBytes: number
  readonly #descriptor: () => number
  /** Undefined if one client may have all entries. */
  readonly #shares: ClientShares | undefined
  #tail = 0

  /** The queue at byte `at` of `buffer`, a multiple of 64. `descriptor` reads the descriptor of its socket. */
  constructor(buffer: SharedArrayBuffer, at: number, shape: QueueShape, descriptor: () => number) {
    this.#shape = shape
    this.#header = new Int32Array(buffer, at, HEADER_BYTES / 4)
    const { clientMax } = shape
    this.#shares = clientMax ? new ClientShares(buffer, at + HEADER_BYTES, clientMax) : undefined
    const statesAt = at + HEADER_BYTES + SHARES_BYTES
    this.#states = new Int32Array(buffer, statesAt, shape.entries)
    const entriesAt = statesAt + 4 * shape.entries
    this.#entryBytes = entryBytes(shape)
    const size = shape.entries * this.#entryBytes
    this.#words = new Int32Array(buffer, entriesAt, size / 4)
    this.#bytes = new Uint8Array(buffer, entriesAt, size)
    this.#view = new DataView(buffer, entriesAt, size)
    this.#descriptor = descriptor
  }

  /** Queries that the consumer has not answered yet. */
  get pending(): number {
    return Atomics.load(this.#header, PENDING)
  }

  /** True while `finish` runs: the thread that closes the descriptor sets it to -1 first, and then waits for this. */
  get inUse(): boolean {
    return Atomics.load(this.#header, IN_USE) !== 0
  }

  /**
   * Consumer: calls `send` with the descriptor (-1 = not open), which stays open until `send` returns, and then marks
   * `count` taken queries as answered or refused.
   */
  finish(send: (fd: number) => void, count = 1): void {
    // Before the descriptor is read: a thread that closes it either sees this word, or has set it to -1 before.
    Atomics.store(this.#header, IN_USE, 1)
    try {
      send(this.#descriptor())
    } finally {
      Atomics.store(this.#header, IN_USE, 0)
      this.done(count)
    }
  }

  /** Consumer: marks `count` taken queries as answered or refused. */
  done(count: number): void {
    Atomics.sub(this.#header, PENDING, count)
  }

  /** Producer: true if a query must be refused before another one fits. */
  get isFull(): boolean {
    return Atomics.load(this.#states, this.#header[HEAD]!) !== EMPTY
  }

  /** Consumer: true if no query is queued. */
  get isEmpty(): boolean {
    this.#seek()
    return Atomics.load(this.#states, this.#tail) !== READY
  }

  /**
   * Producer: queues datagram `i` of the batch, received at `startedAt` (milliseconds of the monotonic clock). Returns false when
   * the queue overflows, and leaves the query to refuse in datagram `i`: the oldest query of the queue, or the pushed
   * query if its client has `clientMax` entries, or if the entry is in use. Only one thread pushes. While a socket moves to another thread two may push, and then
   * one of them is refused. The request must fit into an entry.
   */
  push(batch: Batch, i: number, startedAt: number, kind: number = QUERY): boolean {
    const shares = this.#shares
    const isCounted = shares !== undefined && kind === QUERY
    const client = isCounted ? shares.clientOf(batch, i) : NO_CLIENT
    if (isCounted && shares.isFull(client)) return false
    const index = this.#header[HEAD]!
    const state = Atomics.load(this.#states, index)
    if (state === TAKEN) return false
    if (Atomics.compareExchange(this.#states, index, state, TAKEN) !== state) return false
    // An entry that is being written does not count, so that `inherit` needs no count of its own.
    if (state === READY) this.done(1)
    const at = index * this.#entryBytes
    const hasClient = state === READY && this.#words[at / 4 + KIND] === QUERY
    if (state === READY) this.#shares?.add(this.#words[at / 4 + CLIENT]!, -1)
    if (hasClient) this.#swap(batch, i, at)
    else this.#copyIn(batch, i, at)
    this.#words[at / 4 + KIND] = kind
    this.#words[at / 4 + CLIENT] = client
    this.#shares?.add(client, 1)
    this.#view.setFloat64(at + STARTED_AT_BYTES, startedAt, true)
    Atomics.add(this.#header, PENDING, 1)
    Atomics.store(this.#states, index, READY)
    // Last, so that `inherit` finds the entry of a thread that ended before this line.
    this.#header[HEAD] = (index + 1) % this.#shape.entries
    return !hasClient
  }

  /**
   * Producer, as `push`: queues an entry of another queue or table, at word `at` of `words`. Returns false, and queues
   * nothing, if the queue is full.
   */
  pushEntry(words: Int32Array, at: number): boolean {
    const index = this.#header[HEAD]!
    if (Atomics.compareExchange(this.#states, index, EMPTY, TAKEN) !== EMPTY) return false
    copyEntry(words, at, this.#words, (index * this.#entryBytes) / 4)
    this.#shares?.add(words[at + CLIENT]!, 1)
    Atomics.add(this.#header, PENDING, 1)
    Atomics.store(this.#states, index, READY)
    this.#header[HEAD] = (index + 1) % this.#shape.entries
    return true
  }

  /** Consumer: takes the next query; undefined if the queue is empty. Only one thread may take. */
  take(): QueuedQuery | undefined {
    this.#seek()
    const tail = this.#tail
    if (Atomics.compareExchange(this.#states, tail, READY, TAKEN) !== READY) return undefined
    const at = tail * this.#entryBytes
    const words = this.#words
    const entry = at / 4
    const copy = (from: number, length: number) => this.#bytes.slice(at + from, at + from + length)
    const query = {
      isRefresh: words[entry + KIND] === REFRESH,
      request: copy(REQUEST_BYTES, words[entry + LENGTH]!),
      name: copy(NAME_BYTES, words[entry + SOCKADDR_LENGTH]!),
      control: copy(CONTROL_BYTES, words[entry + CONTROL_LENGTH]!),
      startedAt: this.#view.getFloat64(at + STARTED_AT_BYTES, true),
    }
    this.#taken()
    return query
  }

  /** Consumer: as `take`, into an entry of the same shape at word `at` of `words`; false if the queue is empty. */
  takeEntry(words: Int32Array, at: number): boolean {
    this.#seek()
    const tail = this.#tail
    if (Atomics.compareExchange(this.#states, tail, READY, TAKEN) !== READY) return false
    copyEntry(this.#words, (tail * this.#entryBytes) / 4, words, at)
    this.#taken()
    return true
  }

  /**
   * Passes the empty entries before HEAD: a full queue that has replaced its oldest entry has HEAD one entry further, and
   * the consumer would wait for an entry that is written last.
   */
  #seek(): void {
    const head = Atomics.load(this.#header, HEAD)
    while (this.#tail !== head && Atomics.load(this.#states, this.#tail) === EMPTY) {
      this.#tail = (this.#tail + 1) % this.#shape.entries
    }
  }

  #taken(): void {
    this.#shares?.add(this.#words[(this.#tail * this.#entryBytes) / 4 + CLIENT]!, -1)
    Atomics.store(this.#states, this.#tail, EMPTY)
    this.#tail = (this.#tail + 1) % this.#shape.entries
  }

  /** For a new producer: frees the entry that its predecessor may have left half written. */
  inherit(): void {
    Atomics.compareExchange(this.#states, this.#header[HEAD]!, TAKEN, EMPTY)
  }

  /**
   * For a new consumer: discards the query that its predecessor was taking, and finds the oldest entry. The predecessor
   * uses the descriptor no longer.
   */
  resume(): void {
    const { entries } = this.#shape
    let ready = 0
    this.#shares?.clear()
    for (let i = 0; i < entries; i++) {
      if (Atomics.compareExchange(this.#states, i, TAKEN, EMPTY) !== READY) continue
      this.#shares?.add(this.#words[(i * this.#entryBytes) / 4 + CLIENT]!, 1)
      ready++
    }
    Atomics.store(this.#header, PENDING, ready)
    Atomics.store(this.#header, IN_USE, 0)
    // The oldest entry follows HEAD; in a queue that is not full, empty entries lie in between.
    this.#tail = this.#header[HEAD]!
    for (let i = 0; i < entries; i++) {
      if (Atomics.load(this.#states, this.#tail) === READY) return
      this.#tail = (this.#tail + 1) % entries
    }
  }

  #copyIn(batch: Batch, i: number, at: number): void {
    const { bytes } = batch
    const words = this.#words
    const length = batch.requestLength(i)
    const nameLength = batch.nameLength(i)
    const controlLength = batch.controlLength(i)
    copyRange(bytes, batch.requestAt(i), length, this.#bytes, at + REQUEST_BYTES)
    copyRange(bytes, batch.nameAt(i), nameLength, this.#bytes, at + NAME_BYTES)
    copyRange(bytes, batch.controlAt(i), controlLength, this.#bytes, at + CONTROL_BYTES)
    words[at / 4 + LENGTH] = length
    words[at / 4 + SOCKADDR_LENGTH] = nameLength
    words[at / 4 + CONTROL_LENGTH] = controlLength
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

/** Copies the entry at word `fromAt` to word `toAt`: everything before the request, and the request's own bytes. */
function copyEntry(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  const words = (REQUEST_BYTES + from[fromAt + LENGTH]! + 3) >>> 2
  for (let i = 0; i < words; i++) to[toAt + i] = from[fromAt + i]!
}
