// The attempts of all slots with their states and peers. An attempt waits to be sent, is sent, and may become late.
import { ATTEMPTS, Datagrams, NO_ATTEMPT } from './datagrams.ts'
import { MAX_SOCKETS, type Peer, type SocketNumbers } from './peers.ts'

const UNUSED = 0
/** It waits for `flush`. */
const QUEUED = 1
const SENT = 2
/** It took too long; its reply is still welcome. */
const LATE = 3

/** Attempts `ATTEMPTS * slot` to `ATTEMPTS * slot + ATTEMPTS - 1` belong to slot `slot`. */
export class Attempts {
  /** The attempts that were sent, by socket and id. */
  readonly datagrams: Datagrams
  readonly #numbers: SocketNumbers
  readonly #state: Uint8Array
  readonly #peer: Peer[] = []
  readonly #sentAt: Float64Array

  constructor(slots: number, numbers: SocketNumbers) {
    this.datagrams = new Datagrams(slots, MAX_SOCKETS)
    this.#numbers = numbers
    this.#state = new Uint8Array(slots * ATTEMPTS)
    this.#sentAt = new Float64Array(slots * ATTEMPTS)
  }

  /** A waiting attempt of the slot at `peer`. If all are in use, that which was sent first is forgotten. */
  queue(slot: number, peer: Peer): number {
    const first = slot * ATTEMPTS
    let attempt = first
    for (let a = first; a < first + ATTEMPTS; a++) {
      if (this.#state[a] === UNUSED) {
        attempt = a
        break
      }
      if (this.#sentAt[a]! < this.#sentAt[attempt]!) attempt = a
    }
    this.forget(attempt)
    this.#state[attempt] = QUEUED
    this.#peer[attempt] = peer
    return attempt
  }

  /** The waiting attempt is sent. */
  sent(attempt: number, socket: number, id: number, now: number): void {
    this.datagrams.add(attempt, socket, id)
    this.#state[attempt] = SENT
    this.#sentAt[attempt] = now
  }

  /** The attempt took too long. */
  setLate(attempt: number): void {
    this.#state[attempt] = LATE
  }

  /** Forgets an attempt, and closes its socket if it was the last one of a retired socket. */
  forget(attempt: number): void {
    const socket = this.datagrams.socketOf(attempt)
    this.#state[attempt] = UNUSED
    if (socket === NO_ATTEMPT) return
    this.datagrams.remove(attempt)
    if (this.#numbers.isRetired(socket)) this.#peer[attempt]!.owner.closeIfDone(socket)
  }

  /** Forgets all attempts of a slot. */
  forgetAll(slot: number): void {
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (this.#state[a] !== UNUSED) this.forget(a)
    }
  }

  peer(attempt: number): Peer {
    return this.#peer[attempt]!
  }

  /** The time at which the attempt was sent. */
  sentAt(attempt: number): number {
    return this.#sentAt[attempt]!
  }

  isWaiting(attempt: number, peer: Peer): boolean {
    return this.#state[attempt] === QUEUED && this.#peer[attempt] === peer
  }

  /** True if the attempt was sent and is not late. */
  isSent(attempt: number): boolean {
    return this.#state[attempt] === SENT
  }

  isLate(attempt: number): boolean {
    return this.#state[attempt] === LATE
  }

  /** True if an attempt of the slot may still be answered in time. */
  isLive(slot: number): boolean {
    for (let a = slot * ATTEMPTS; a < (slot + 1) * ATTEMPTS; a++) {
      if (this.#state[a] === QUEUED || this.#state[a] === SENT) return true
    }
    return false
  }
}
