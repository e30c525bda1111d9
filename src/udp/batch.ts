// The buffers of one thread for up to 64 datagrams a system call: what recvmmsg fills and what sendmmsg sends.
// All of it is native memory, laid out once; per batch only lengths change, per reply also where it lies.
//
// On 64-bit Linux, with glibc and musl alike (little-endian), a struct mmsghdr is 64 bytes: name pointer at 0,
// name length at 8, iovec pointer at 16, iovec count at 24, control pointer at 32, control length at 40, flags
// at 48, datagram length at 56. A struct iovec is a pointer and a length of 8 bytes each. `self-test.ts` holds
// the machine at hand to it.
import { MESSAGE_MAX_SIZE } from '../dns/codes.ts'
import type { Libc, NativeMemory } from './libc.ts'

/** Datagrams in one system call. */
export const BATCH = 64
/** Bytes read of a request. None that is meant is longer; what is cut off is a FORMERR. */
export const REQUEST_MAX = 4096

const MSG_DONTWAIT = 0x40
const HEADER = 64
const IOVEC = 16
const NAME_LENGTH = 8
const IOVEC_POINTER = 16
const IOVEC_COUNT = 24
const CONTROL_POINTER = 32
const CONTROL_LENGTH = 40
const RECEIVED_LENGTH = 56

/** Bytes for the address of a client. */
export const NAME_SIZE = 32
/** Bytes for the one control message that we ask for. */
export const CONTROL_SIZE = 64
// Not a power of two: 64 requests at the same cache index would push each other out.
const REQUEST_STRIDE = REQUEST_MAX + 64
/** Replies lie one after the other; many small ones, or a few of the largest. */
const REPLIES_SIZE = 4 * (MESSAGE_MAX_SIZE + 1)

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

export class Batch {
  /** Everything; offsets from the methods below count in here. */
  readonly bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #libc: Libc
  readonly #memory: NativeMemory
  readonly #receiveHeaders: bigint
  readonly #sendHeaders: readonly bigint[]
  readonly #base: number
  /** Replies that wait for `send`. */
  #queued = 0
  #replyAt = REPLIES

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
   * Reads what the socket has, without waiting; returns the number of datagrams, -1 when there is none or it
   * fails. `withControl` asks for the address that was asked, which a wildcard socket answers from.
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

  /** Where the bytes of received datagram `i` begin. */
  requestAt(i: number): number {
    return REQUESTS + i * REQUEST_STRIDE
  }

  /** Bytes of received datagram `i`. */
  requestLength(i: number): number {
    return this.#words[(RECEIVE_HEADERS + i * HEADER + RECEIVED_LENGTH) / 4]!
  }

  setRequestLength(i: number, length: number): void {
    this.#words[(RECEIVE_HEADERS + i * HEADER + RECEIVED_LENGTH) / 4] = length
  }

  /** Where the sender's socket address begins. */
  nameAt(i: number): number {
    return NAMES + i * NAME_SIZE
  }

  nameLength(i: number): number {
    return this.#words[(RECEIVE_HEADERS + i * HEADER + NAME_LENGTH) / 4]!
  }

  setNameLength(i: number, length: number): void {
    this.#words[(RECEIVE_HEADERS + i * HEADER + NAME_LENGTH) / 4] = length
  }

  /** Where the control message begins that names the asked address. */
  controlAt(i: number): number {
    return CONTROLS + i * CONTROL_SIZE
  }

  /** Its bytes; 0 = there is none. */
  controlLength(i: number): number {
    return this.#words[(RECEIVE_HEADERS + i * HEADER + CONTROL_LENGTH) / 4]!
  }

  setControlLength(i: number, length: number): void {
    this.#words[(RECEIVE_HEADERS + i * HEADER + CONTROL_LENGTH) / 4] = length
  }

  /** Where the next reply may be written, with room for the largest there is. */
  get replyAt(): number {
    return this.#replyAt
  }

  /** Takes the `length` bytes at `replyAt` as a reply to the sender of datagram `i`. */
  queue(i: number, length: number): void {
    const words = this.#words
    const from = (RECEIVE_HEADERS + i * HEADER) / 4
    const header = (SEND_HEADERS + this.#queued * HEADER) / 4
    const iovec = (SEND_IOVECS + this.#queued * IOVEC) / 4
    // Name and control of the request, where they lie: header words 0 and 1, 8 and 9 are their pointers.
    words[header] = words[from]!
    words[header + 1] = words[from + 1]!
    words[header + NAME_LENGTH / 4] = words[from + NAME_LENGTH / 4]!
    words[header + CONTROL_POINTER / 4] = words[from + CONTROL_POINTER / 4]!
    words[header + CONTROL_POINTER / 4 + 1] = words[from + CONTROL_POINTER / 4 + 1]!
    words[header + CONTROL_LENGTH / 4] = words[from + CONTROL_LENGTH / 4]!
    const pointer = this.#base + this.#replyAt
    words[iovec] = pointer >>> 0
    words[iovec + 1] = pointer / HIGH
    words[iovec + 2] = length
    this.#queued++
    // Each begins on a cache line of its own.
    this.#replyAt += (length + 63) & ~63
  }

  /** True when the replies must be sent before another one is written. */
  get isFull(): boolean {
    return this.#queued === BATCH || this.#replyAt + MESSAGE_MAX_SIZE > TOTAL
  }

  /**
   * Sends the queued replies; returns how many could not be sent. One that the kernel refuses (an unreachable
   * client, a firewall's EPERM, no buffer space) is left out, and the others go on.
   */
  send(fd: number): number {
    const count = this.#queued
    let failed = 0
    for (let at = 0; at < count; ) {
      const sent = this.#libc.sendmmsg(fd, this.#sendHeaders[at]!, count - at, 0)
      if (sent > 0) at += sent
      else {
        failed++
        at++
      }
    }
    this.#queued = 0
    this.#replyAt = REPLIES
    return failed
  }

  free(): void {
    this.#memory.free()
  }

  #setPointer(at: number, target: number): void {
    const pointer = this.#base + target
    this.#words[at / 4] = pointer >>> 0
    this.#words[at / 4 + 1] = pointer / HIGH
  }
}
