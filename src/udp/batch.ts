// The buffers of one thread for up to 64 datagrams per system call of recvmmsg and sendmmsg. All of it is native
// memory with a fixed layout. Only lengths change for each batch, and the position of each reply.
//
// On 64-bit Linux, with glibc and musl alike (little-endian), a struct mmsghdr is 64 bytes: name pointer at 0,
// name length at 8, iovec pointer at 16, iovec count at 24, control pointer at 32, control length at 40, flags
// at 48, datagram length at 56. A struct iovec is a pointer and a length of 8 bytes each. `self-test.ts` verifies
// the layout at start.
import { MESSAGE_MAX_SIZE } from '../dns/codes.ts'
import type { Libc, NativeMemory } from './libc.ts'

/** Datagrams in one system call. */
export const BATCH = 64
/** Bytes that are read of a request. No valid query is longer; a truncated request gets FORMERR. */
export const REQUEST_MAX = 4096

const MSG_DONTWAIT = 0x40
// Sizes of struct mmsghdr and struct iovec, and offsets of the fields of struct mmsghdr, in bytes.
const HEADER = 64
const IOVEC = 16
const NAME_LENGTH = 8
const IOVEC_POINTER = 16
const IOVEC_COUNT = 24
const CONTROL_POINTER = 32
const CONTROL_LENGTH = 40
const FLAGS = 48
const RECEIVED_LENGTH = 56

/** Flag of a datagram that was longer than its buffer. */
const MSG_TRUNC = 0x20

/** Bytes for the socket address of a client. */
export const NAME_SIZE = 32
/** Bytes for the one control message that is requested. */
export const CONTROL_SIZE = 64
// Not a power of two: 64 requests at the same cache index would evict each other.
const REQUEST_STRIDE = REQUEST_MAX + 64
/** Bytes for all replies of a batch: many small ones, or a few of the largest. */
const REPLIES_SIZE = 4 * (MESSAGE_MAX_SIZE + 1)

// Offsets in the memory of a batch, in bytes.
const RECEIVE_HEADERS = 0
const SEND_HEADERS = RECEIVE_HEADERS + BATCH * HEADER
const RECEIVE_IOVECS = SEND_HEADERS + BATCH * HEADER
const SEND_IOVECS = RECEIVE_IOVECS + BATCH * IOVEC
const NAMES = SEND_IOVECS + BATCH * IOVEC
const CONTROLS = NAMES + BATCH * NAME_SIZE
const REQUESTS = CONTROLS + BATCH * CONTROL_SIZE
const REPLIES = REQUESTS + BATCH * REQUEST_STRIDE
const TOTAL = REPLIES + REPLIES_SIZE

const HIGH = 2 ** 32

/** Offsets and lengths are in bytes; `i` is the number of a received datagram (0 to BATCH - 1). */
export class Batch {
  /** All memory of the batch; the offsets below refer to it. */
  readonly bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #libc: Libc
  readonly #memory: NativeMemory
  readonly #receiveHeaders: bigint
  readonly #sendHeaders: readonly bigint[]
  readonly #base: number
  /** Replies that are queued for `send`. */
  #queued = 0
  #replyAt = REPLIES
  #sendError = ''

  constructor(libc: Libc) {
    this.#libc = libc
    this.#memory = libc.allocate(TOTAL)
    const { buffer, address } = this.#memory
    this.bytes = new Uint8Array(buffer)
    this.#words = new Uint32Array(buffer)
    this.#base = Number(address)
    this.#receiveHeaders = address + BigInt(RECEIVE_HEADERS)
    this.#sendHeaders = Array.from(
      { length: BATCH },
      (_, i) => address + BigInt(SEND_HEADERS + i * HEADER),
    )
    for (let i = 0; i < BATCH; i++) {
      for (const [headers, iovecs] of [
        [RECEIVE_HEADERS, RECEIVE_IOVECS],
        [SEND_HEADERS, SEND_IOVECS],
      ] as const) {
        const header = headers + i * HEADER
        this.#setPointer(header, NAMES + i * NAME_SIZE)
        this.#setPointer(header + IOVEC_POINTER, iovecs + i * IOVEC)
        this.#words[(header + IOVEC_COUNT) / 4] = 1
        this.#setPointer(header + CONTROL_POINTER, CONTROLS + i * CONTROL_SIZE)
      }
      this.#words[(RECEIVE_HEADERS + i * HEADER + NAME_LENGTH) / 4] = NAME_SIZE
      this.#setPointer(RECEIVE_IOVECS + i * IOVEC, this.requestAt(i))
      this.#words[(RECEIVE_IOVECS + i * IOVEC + 8) / 4] = REQUEST_MAX
    }
  }

  /**
   * Receives datagrams without blocking; returns their number, -1 when there is none or the call fails.
   * `withControl` requests the destination address, from which a wildcard socket must reply.
   */
  receive(fd: number, withControl: boolean): number {
    const words = this.#words
    const controlLength = withControl ? CONTROL_SIZE : 0
    for (let i = 0; i < BATCH; i++) {
      const header = (RECEIVE_HEADERS + i * HEADER) / 4
      words[header + NAME_LENGTH / 4] = NAME_SIZE
      words[header + CONTROL_LENGTH / 4] = controlLength
    }
    return this.#libc.recvmmsg(fd, this.#receiveHeaders, BATCH, MSG_DONTWAIT, null)
  }

  /** The offset of datagram `i`. */
  requestAt(i: number): number {
    return REQUESTS + i * REQUEST_STRIDE
  }

  /** The length of datagram `i`. */
  requestLength(i: number): number {
    return this.#words[(RECEIVE_HEADERS + i * HEADER + RECEIVED_LENGTH) / 4]!
  }

  /** True if datagram `i` was longer than REQUEST_MAX: only its start was received. */
  isTruncated(i: number): boolean {
    return (this.#words[(RECEIVE_HEADERS + i * HEADER + FLAGS) / 4]! & MSG_TRUNC) !== 0
  }

  setRequestLength(i: number, length: number): void {
    this.#words[(RECEIVE_HEADERS + i * HEADER + RECEIVED_LENGTH) / 4] = length
  }

  /** The offset of the sender's socket address. */
  nameAt(i: number): number {
    return NAMES + i * NAME_SIZE
  }

  nameLength(i: number): number {
    return this.#words[(RECEIVE_HEADERS + i * HEADER + NAME_LENGTH) / 4]!
  }

  setNameLength(i: number, length: number): void {
    this.#words[(RECEIVE_HEADERS + i * HEADER + NAME_LENGTH) / 4] = length
  }

  /** The offset of the control message with the destination address. */
  controlAt(i: number): number {
    return CONTROLS + i * CONTROL_SIZE
  }

  /** The length of the control message; 0 when there is none. */
  controlLength(i: number): number {
    return this.#words[(RECEIVE_HEADERS + i * HEADER + CONTROL_LENGTH) / 4]!
  }

  setControlLength(i: number, length: number): void {
    this.#words[(RECEIVE_HEADERS + i * HEADER + CONTROL_LENGTH) / 4] = length
  }

  /** The offset for the next reply, with room for the largest message unless `isFull`. */
  get replyAt(): number {
    return this.#replyAt
  }

  /** Queues the `length` bytes at `replyAt` as a reply to the sender of datagram `i`. */
  queue(i: number, length: number): void {
    const words = this.#words
    const from = (RECEIVE_HEADERS + i * HEADER) / 4
    const header = (SEND_HEADERS + this.#queued * HEADER) / 4
    const iovec = (SEND_IOVECS + this.#queued * IOVEC) / 4
    // The reply uses the name and control message of the request in place: words 0 and 1 are the name pointer.
    words[header] = words[from]!
    words[header + 1] = words[from + 1]!
    words[header + NAME_LENGTH / 4] = words[from + NAME_LENGTH / 4]!
    words[header + CONTROL_POINTER / 4] = words[from + CONTROL_POINTER / 4]!
    words[header + CONTROL_POINTER / 4 + 1] = words[from + CONTROL_POINTER / 4 + 1]!
    words[header + CONTROL_LENGTH / 4] = words[from + CONTROL_LENGTH / 4]!
    this.#append(iovec, length)
  }

  /** Queues the `length` bytes at `replyAt` for the peer of a connected socket. */
  queueForPeer(length: number): void {
    const words = this.#words
    const header = (SEND_HEADERS + this.#queued * HEADER) / 4
    words[header + NAME_LENGTH / 4] = 0
    words[header + CONTROL_LENGTH / 4] = 0
    this.#append((SEND_IOVECS + this.#queued * IOVEC) / 4, length)
  }

  #append(iovec: number, length: number): void {
    const words = this.#words
    const pointer = this.#base + this.#replyAt
    words[iovec] = pointer >>> 0
    words[iovec + 1] = pointer / HIGH
    words[iovec + 2] = length
    this.#queued++
    // Each reply starts at its own cache line.
    this.#replyAt += (length + 63) & ~63
  }

  /** True when `send` must be called before another reply is written. */
  get isFull(): boolean {
    return this.#queued === BATCH || this.#replyAt + MESSAGE_MAX_SIZE > TOTAL
  }

  /**
   * Sends the queued replies; returns the number of failed ones. A reply that the kernel rejects (unreachable
   * client, EPERM of a firewall, no buffer space) is skipped, and the others are sent.
   */
  send(fd: number): number {
    const count = this.#queued
    let failed = 0
    for (let at = 0; at < count; ) {
      const sent = this.#libc.sendmmsg(fd, this.#sendHeaders[at]!, count - at, 0)
      if (sent > 0) at += sent
      else {
        this.#sendError = this.#libc.errorName()
        failed++
        at++
      }
    }
    this.#queued = 0
    this.#replyAt = REPLIES
    return failed
  }

  /** Drops the queued replies; returns their number. */
  discard(): number {
    const count = this.#queued
    this.#queued = 0
    this.#replyAt = REPLIES
    return count
  }

  /** The error name of the last datagram that `send` could not send; '' before any. */
  get sendError(): string {
    return this.#sendError
  }

  /** Frees the native memory; the batch must not be used afterwards. */
  free(): void {
    this.#memory.free()
  }

  #setPointer(at: number, target: number): void {
    const pointer = this.#base + target
    this.#words[at / 4] = pointer >>> 0
    this.#words[at / 4 + 1] = pointer / HIGH
  }
}
