// The datagrams that wait for replies: a few for each slot, found by socket and id, and listed by socket. Typed arrays;
// nothing allocates.

const NONE = -1

/** Attempts that a slot remembers at the same time; a further one replaces the oldest. */
export const ATTEMPTS = 4

/** The slot of an attempt. */
export function slotOf(attempt: number): number {
  return attempt >>> 2
}

/** No attempt. */
export const NO_ATTEMPT = NONE

/** Attempts `ATTEMPTS * slot` to `ATTEMPTS * slot + ATTEMPTS - 1` belong to slot `slot`. */
export class Datagrams {
  readonly #buckets: Int32Array
  readonly #mask: number
  /** The socket, by its number; NONE = the attempt is not in use, or not sent. */
  readonly #socket: Int32Array
  readonly #id: Uint16Array
  readonly #next: Int32Array
  // The attempts of a socket.
  readonly #after: Int32Array
  readonly #before: Int32Array
  readonly #heads: Int32Array
  readonly #counts: Int32Array

  /** `slots` is a power of two; sockets have the numbers 0 to `sockets` - 1. */
  constructor(slots: number, sockets: number) {
    const attempts = slots * ATTEMPTS
    this.#buckets = new Int32Array(slots).fill(NONE)
    this.#mask = slots - 1
    this.#socket = new Int32Array(attempts).fill(NONE)
    this.#id = new Uint16Array(attempts)
    this.#next = new Int32Array(attempts)
    this.#after = new Int32Array(attempts)
    this.#before = new Int32Array(attempts)
    this.#heads = new Int32Array(sockets).fill(NONE)
    this.#counts = new Int32Array(sockets)
  }

  /** The socket of an attempt; NO_ATTEMPT if it is not sent. */
  socketOf(attempt: number): number {
    return this.#socket[attempt]!
  }

  /** An attempt of the socket; NO_ATTEMPT if none waits. */
  first(socket: number): number {
    return this.#heads[socket]!
  }

  /** The number of attempts of the socket. */
  count(socket: number): number {
    return this.#counts[socket]!
  }

  /** The attempt that was sent from the socket with this id; NO_ATTEMPT if none waits. */
  find(socket: number, id: number): number {
    for (let a = this.#buckets[this.#bucket(socket, id)]!; a !== NONE; a = this.#next[a]!) {
      if (this.#socket[a] === socket && this.#id[a] === id) return a
    }
    return NONE
  }

  /** The attempt is sent from the socket with this id, which `find` must not know. */
  add(attempt: number, socket: number, id: number): void {
    const bucket = this.#bucket(socket, id)
    this.#socket[attempt] = socket
    this.#id[attempt] = id
    this.#next[attempt] = this.#buckets[bucket]!
    this.#buckets[bucket] = attempt
    const head = this.#heads[socket]!
    this.#after[attempt] = head
    this.#before[attempt] = NONE
    if (head !== NONE) this.#before[head] = attempt
    this.#heads[socket] = attempt
    this.#counts[socket]!++
  }

  /** Forgets an attempt, if it was sent. */
  remove(attempt: number): void {
    const socket = this.#socket[attempt]!
    if (socket === NONE) return
    const bucket = this.#bucket(socket, this.#id[attempt]!)
    const next = this.#next[attempt]!
    if (this.#buckets[bucket] === attempt) {
      this.#buckets[bucket] = next
    } else {
      let before = this.#buckets[bucket]!
      while (this.#next[before] !== attempt) before = this.#next[before]!
      this.#next[before] = next
    }
    const after = this.#after[attempt]!
    const before = this.#before[attempt]!
    if (after !== NONE) this.#before[after] = before
    if (before === NONE) this.#heads[socket] = after
    else this.#after[before] = after
    this.#counts[socket]!--
    this.#socket[attempt] = NONE
  }

  /** Ids are random, so they need no further hash; the sockets shift them. */
  #bucket(socket: number, id: number): number {
    return (id + socket * 4099) & this.#mask
  }
}
