// One TCP or TLS connection to an upstream: queries are pipelined, and replies may come in any order (RFC 7766 section 6).
import type { Socket } from 'node:net'
import { hostPort } from '../../../config.ts'
import { u16 } from '../../../dns/bytes.ts'
import { causeOf, ends } from '../net-error.ts'
import type { ExchangeClock } from './clock.ts'
import type { Outcome } from './exchanger.ts'
import { FrameReader, framed } from './framing.ts'
import { freeId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import { FOREIGN, MALFORMED, MALFORMED_REPLY, received } from './received.ts'

/** A query that a connection carries. */
interface StreamQuery {
  readonly query: Outgoing
  readonly deadline: number
  readonly done: (outcome: Outcome) => void
  /**
   * Called instead of `done` when the connection is closed under the query. Undefined for the query for which the
   * connection was opened: it fails.
   */
  readonly lost?: () => void
}

/** What a connection tells its pool. */
interface ConnectionEvents {
  /** The connection is established, after `ms` milliseconds. */
  onOpen(ms: number): void
  /** The last query in flight has ended. */
  onIdle(): void
  /** The connection is closed; `lost` queries in flight are called next. */
  onClose(lost: number): void
}

interface ConnectionOptions {
  /** "IP:PORT", "[IP]:PORT". */
  readonly name: string
  readonly clock: ExchangeClock
  readonly dialTimeoutMs: number
  readonly readTimeoutMs: number
  readonly expireMs: number
  /** The event after which the peer can read queries. */
  readonly openEvent: 'connect' | 'secureConnect'
}

interface InFlight {
  readonly sent: StreamQuery
  cancelTimer: () => void
}

/** The most queries in flight on one connection. */
const MAX_IN_FLIGHT = 1024
/** With more unsent bytes, the connection takes no queries. */
const MAX_UNSENT_BYTES = 256 * 1024
/** Bytes that nobody asked for: with more of them, the connection is closed. */
const MAX_FOREIGN_BYTES = 256 * 1024

/** Sends queries on one connection. */
export class StreamConnection {
  readonly openedAt: number
  /** The number of replies. */
  answered = 0
  readonly #socket: Socket
  readonly #options: ConnectionOptions
  readonly #events: ConnectionEvents
  readonly #inFlight = new Map<number, InFlight>()
  /** The ids of queries that ended without a reply, which may still come: one message each is not foreign. */
  readonly #unanswered = new Set<number>()
  readonly #frames = new FrameReader()
  readonly #cancelDial: () => void
  #cancelExpiry: () => void = () => {}
  /** With TLS, the handshake lies between the two. */
  #isConnected = false
  #isOpen = false
  #isRetired = false
  #isClosed = false
  #isCorked = false
  #foreignBytes = 0
  #local = ''

  /** `socket` is connecting. */
  constructor(socket: Socket, options: ConnectionOptions, events: ConnectionEvents) {
    const { clock, dialTimeoutMs, name, openEvent } = options
    this.#socket = socket
    this.#options = options
    this.#events = events
    this.openedAt = clock.now()
    this.#cancelDial = clock.after(dialTimeoutMs, () => this.#fail(`dial tcp ${name}: i/o timeout`))
    socket.unref()
    socket.setNoDelay(true)
    socket.on('connect', () => {
      this.#isConnected = true
    })
    socket.on(openEvent, () => this.#opened())
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', (error) => this.#failedWith(error))
    socket.on('end', () => this.#lose('EOF'))
    socket.on('close', () => this.#lose('EOF'))
  }

  /** The number of queries in flight. */
  get load(): number {
    return this.#inFlight.size
  }

  /** False while it is being established. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** True if the connection takes another query. */
  get isUsable(): boolean {
    return (
      !this.#isRetired &&
      this.#inFlight.size < MAX_IN_FLIGHT &&
      this.#socket.writableLength <= MAX_UNSENT_BYTES
    )
  }

  /** Sends a query; its `done` gets the reply, an error or the timeout. The returned function cancels it. */
  send(sent: StreamQuery): () => void {
    const id = freeId(this.#inFlight)
    const entry: InFlight = { sent, cancelTimer: () => {} }
    this.#cancelExpiry()
    this.#inFlight.set(id, entry)
    this.#arm(id, entry)
    if (!this.#isCorked) {
      // All queries of this turn of the event loop leave in one segment.
      this.#isCorked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(framed(sent.query.wire, id))
    return () => {
      if (this.#inFlight.get(id) === entry) this.#giveUp(id, undefined)
    }
  }

  /** Takes no more queries, and closes when none is in flight. */
  retire(): void {
    this.#isRetired = true
    if (this.#inFlight.size === 0) this.#lose('closed')
  }

  get #ends(): string {
    return ends(this.#local, this.#options.name)
  }

  /** Sets the timer of a query: the read timeout counts from when the connection is open. */
  #arm(id: number, entry: InFlight): void {
    const { clock, readTimeoutMs } = this.#options
    const rest = Math.max(0, entry.sent.deadline - clock.now())
    entry.cancelTimer()
    entry.cancelTimer = clock.after(this.#isOpen ? Math.min(readTimeoutMs, rest) : rest, () => {
      // A connection that lets queries wait gets no more of them.
      this.#isRetired = true
      const action = this.#isOpen ? `read tcp ${this.#ends}` : `dial tcp ${this.#options.name}`
      this.#giveUp(id, { error: `${action}: i/o timeout` })
    })
  }

  #opened(): void {
    const { clock } = this.#options
    this.#cancelDial()
    this.#isOpen = true
    this.#local = hostPort(this.#socket.localAddress ?? '', this.#socket.localPort ?? 0)
    this.#events.onOpen(clock.now() - this.openedAt)
    for (const [id, entry] of this.#inFlight) this.#arm(id, entry)
  }

  #receive(chunk: Buffer): void {
    const isExpected = this.#inFlight.size > 0 || this.#unanswered.size > 0
    if (!isExpected) this.#foreignBytes += chunk.length
    const isFramed = this.#frames.push(chunk, (message) => this.#take(message))
    if (!isFramed) this.#fail(`read tcp ${this.#ends}: dns: malformed message`)
    else if (this.#foreignBytes > MAX_FOREIGN_BYTES) {
      this.#fail(`read tcp ${this.#ends}: too many unexpected messages`)
    }
  }

  #take(message: Uint8Array): void {
    const id = u16(message, 0)
    const entry = this.#inFlight.get(id)
    const reply = entry === undefined ? FOREIGN : received(entry.sent.query, message, false)
    if (reply === FOREIGN) {
      if (!this.#unanswered.delete(id)) this.#foreignBytes += message.length
      return
    }
    this.answered++
    this.#end(id, reply === MALFORMED ? MALFORMED_REPLY : { reply })
  }

  #giveUp(id: number, outcome: Outcome | undefined): void {
    this.#unanswered.add(id)
    this.#end(id, outcome)
  }

  #end(id: number, outcome: Outcome | undefined): void {
    const entry = this.#inFlight.get(id)
    if (entry === undefined) return
    this.#inFlight.delete(id)
    entry.cancelTimer()
    if (outcome !== undefined) entry.sent.done(outcome)
    if (this.#inFlight.size > 0) return
    if (this.#isRetired) {
      this.#lose('closed')
      return
    }
    const { clock, expireMs } = this.#options
    this.#cancelExpiry = clock.after(expireMs, () => this.retire())
    this.#events.onIdle()
  }

  #failedWith(error: Error): void {
    const cause = causeOf(error)
    if (this.#isOpen) this.#lose(`read tcp ${this.#ends}: read: ${cause}`)
    else if (this.#isConnected) this.#fail(`tls: ${cause}`)
    else this.#fail(`dial tcp ${this.#options.name}: connect: ${cause}`)
  }

  /** The connection is closed under us: queries that shared it are tried again, if it was ever open. */
  #lose(error: string): void {
    this.#close(error, this.#isOpen)
  }

  /** The peer is unusable: all queries in flight end with `error`. */
  #fail(error: string): void {
    this.#close(error, false)
  }

  #close(error: string, triesAgain: boolean): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isRetired = true
    this.#cancelDial()
    this.#cancelExpiry()
    this.#socket.destroy()
    const ended = [...this.#inFlight.values()]
    this.#inFlight.clear()
    for (const { cancelTimer } of ended) cancelTimer()
    const isLost = ({ sent }: InFlight) => triesAgain && sent.lost !== undefined
    this.#events.onClose(ended.filter(isLost).length)
    for (const entry of ended) {
      if (isLost(entry)) entry.sent.lost?.()
      else entry.sent.done({ error })
    }
  }
}
