// Sends the datagrams of attempts in batches, and matches those that arrive. What a reply or an error means for the
// question is decided elsewhere.
import { setU16, u16 } from '../../../dns/bytes.ts'
import { FLAG_TC, HEADER_SIZE } from '../../../dns/codes.ts'
import { ReplyWalk, walkReply } from '../../../dns/reply-walk.ts'
import type { UpstreamHost, UpstreamReply } from '../../runtime.ts'
import type { ForwardOptions } from '../options.ts'
import { Attempts } from './attempts.ts'
import { NO_ATTEMPT, slotOf } from './datagrams.ts'
import { dialError, readError, timeoutError } from './error-text.ts'
import type { InFlight } from './in-flight.ts'
import { type Peer, Peers, SocketNumbers } from './peers.ts'
import { isReplyTo, QUERY_MAX } from './query.ts'

/** How often `flush` sends again what failed at once; the rest waits for the next batch. */
const FLUSH_ROUNDS = 4
/** Batches of one socket that are received before other sockets are. */
const RECEIVE_ROUNDS = 4

/** What becomes of attempts. */
interface TransferEvents {
  /** The attempt was sent. */
  sent(attempt: number): void
  /** The waiting attempt was not sent, because its upstream is no longer listed. */
  unlisted(attempt: number): void
  /** The upstream cannot be reached. */
  failed(attempt: number, error: string): void
  /** A well-formed reply came, which is valid during the call. */
  replied(attempt: number, reply: UpstreamReply): void
}

/** The datagrams of one engine. */
export class Transfer {
  readonly attempts: Attempts
  readonly #host: UpstreamHost
  readonly #inFlight: InFlight
  readonly #events: TransferEvents
  readonly #numbers = new SocketNumbers()
  readonly #walk = new ReplyWalk()
  /** What `replied` gets; it is reused. */
  readonly #reply: { readonly bytes: Uint8Array; start: number; readonly walk: ReplyWalk }
  /** Peers with attempts to send. */
  #dirty: Peer[] = []
  #flushing: Peer[] = []

  constructor(host: UpstreamHost, inFlight: InFlight, events: TransferEvents) {
    this.#host = host
    this.#inFlight = inFlight
    this.#events = events
    this.#reply = { bytes: host.sockets.bytes, start: 0, walk: this.#walk }
    this.attempts = new Attempts(inFlight.capacity, this.#numbers)
  }

  /** The sockets of one `forward`. */
  createPeers({ maxAgeMs, sourceAddress }: ForwardOptions): Peers {
    const host = this.#host
    const options = {
      sockets: host.sockets,
      datagrams: this.attempts.datagrams,
      now: () => host.now,
      onReadable: (socket: number) => this.#receive(socket),
      maxAgeMs,
      sourceAddress,
    }
    return new Peers(options, this.#numbers)
  }

  /** True if `flush` has something to send. */
  get isWaiting(): boolean {
    return this.#dirty.length > 0
  }

  /** Begins an attempt of the slot; `flush` sends it. */
  queue(slot: number, peer: Peer): void {
    if (peer.waiting.length === 0) this.#dirty.push(peer)
    peer.waiting.push(this.attempts.queue(slot, peer))
  }

  /** Sends the waiting attempts. */
  flush(): void {
    for (let round = 0; round < FLUSH_ROUNDS && this.#dirty.length > 0; round++) {
      const peers = this.#dirty
      this.#dirty = this.#flushing
      this.#flushing = peers
      for (const peer of peers) this.#send(peer)
      peers.length = 0
    }
  }

  /** The error of an attempt that was sent and not answered in time. */
  timeoutText(attempt: number): string {
    const local = this.#localName(this.attempts.datagrams.socketOf(attempt))
    return timeoutError(local, this.attempts.peer(attempt).upstream.name)
  }

  /** Sends the waiting attempts of a peer from one of its sockets. */
  #send(peer: Peer): void {
    const { waiting } = peer
    const { attempts } = this
    const { sockets, now } = this.#host
    if (peer.isRetired) {
      for (const attempt of waiting.splice(0)) {
        if (attempts.isWaiting(attempt, peer)) this.#events.unlisted(attempt)
      }
      return
    }
    let socket: number
    try {
      socket = peer.owner.take(peer, waiting.length)
    } catch (error) {
      const text = dialError(peer.upstream.name, error)
      for (const attempt of waiting.splice(0)) {
        if (attempts.isWaiting(attempt, peer)) this.#events.failed(attempt, text)
      }
      return
    }
    const fd = this.#numbers.fd(socket)
    const { queries } = this.#inFlight
    let error: string | undefined
    for (const attempt of waiting) {
      // The question may have ended since.
      if (!attempts.isWaiting(attempt, peer)) continue
      if (sockets.isFull) error = sockets.send(fd) ?? error
      const slot = slotOf(attempt)
      const id = this.#newId(socket)
      const { bytes, sendAt } = sockets
      const from = slot * QUERY_MAX
      const length = this.#inFlight.length(slot)
      setU16(bytes, sendAt, id)
      for (let i = 2; i < length; i++) bytes[sendAt + i] = queries[from + i]!
      sockets.queue(length)
      attempts.sent(attempt, socket, id, now)
      this.#events.sent(attempt)
    }
    waiting.length = 0
    error = sockets.send(fd) ?? error
    if (error !== undefined) this.#socketFailed(socket, error)
  }

  /** An id that no attempt of the socket has. */
  #newId(socket: number): number {
    for (;;) {
      const id = this.#host.sockets.random16()
      if (this.attempts.datagrams.find(socket, id) === NO_ATTEMPT) return id
    }
  }

  #receive(socket: number): void {
    const { sockets } = this.#host
    const fd = this.#numbers.fd(socket)
    for (let round = 0; round < RECEIVE_ROUNDS; round++) {
      const received = sockets.receive(fd)
      if (received < 0) {
        const error = sockets.error()
        if (error !== 'EAGAIN' && error !== 'EINTR') this.#socketFailed(socket, error)
        return
      }
      for (let i = 0; i < received; i++) this.#datagram(socket, i)
      // The last reply may have closed the socket.
      if (received < 64 || this.#numbers.fd(socket) !== fd) return
    }
  }

  /** Ignores everything that is not a well-formed reply to an attempt of the socket. */
  #datagram(socket: number, i: number): void {
    const { sockets } = this.#host
    const { bytes } = sockets
    const at = sockets.receivedAt(i)
    let length = sockets.receivedLength(i)
    if (length < HEADER_SIZE) return
    const attempt = this.attempts.datagrams.find(socket, u16(bytes, at))
    if (attempt === NO_ATTEMPT) return
    const slot = slotOf(attempt)
    const inFlight = this.#inFlight
    const nameLength = inFlight.nameLength(slot)
    if (!isReplyTo(inFlight.queries, slot * QUERY_MAX, nameLength, bytes, at, length)) return
    if (sockets.isTruncated(i)) {
      length = HEADER_SIZE + nameLength + 4
      bytes[at + 2]! |= FLAG_TC >>> 8
      for (let k = 6; k < HEADER_SIZE; k++) bytes[at + k] = 0
    }
    if (!walkReply(bytes, at, length, this.#walk)) return
    this.#reply.start = at
    this.#events.replied(attempt, this.#reply)
  }

  /** An error of a socket is one of its peer: all its attempts have failed. */
  #socketFailed(socket: number, error: string): void {
    // The number of attempts now: new ones go to other sockets, or to this one again.
    for (let left = this.attempts.datagrams.count(socket); left > 0; left--) {
      const attempt = this.attempts.datagrams.first(socket)
      if (attempt === NO_ATTEMPT) return
      const { name } = this.attempts.peer(attempt).upstream
      this.#events.failed(attempt, readError(this.#localName(socket), name, error))
    }
  }

  #localName(socket: number): string {
    return this.#numbers.localName(socket, this.#host.sockets)
  }
}
