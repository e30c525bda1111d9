// One connected UDP socket to an upstream, with many queries in flight. The kernel gives it a random port, drops
// datagrams of other senders, and reports a refused port at once.
import type { Socket } from 'node:dgram'
import { hostPort } from '../../../config.ts'
import { setU16, u16 } from '../../../dns/bytes.ts'
import { HEADER_SIZE } from '../../../dns/codes.ts'
import { causeOf, codeOf, ends } from '../net-error.ts'
import type { ExchangerOptions, Outcome } from './exchanger.ts'
import { freeId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import { FOREIGN, MALFORMED, MALFORMED_REPLY, received } from './received.ts'

/** A query that waits for its reply. */
interface Pending {
  readonly query: Outgoing
  readonly wire: Uint8Array
  readonly done: (outcome: Outcome) => void
  readonly cancelTimer: () => void
}

/** The most queries in flight on one socket: a small part of the ids, so that a reply is hard to guess. */
export const MAX_IN_FLIGHT = 2048

/** Sends queries and matches their replies. */
export class UdpSocket {
  readonly openedAt: number
  lastUsedAt: number
  /** The number of queries sent. */
  sent = 0
  readonly #options: ExchangerOptions
  readonly #onBroken: () => void
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  /** Until then, queries wait. */
  #isConnected = false
  #local = ''
  #isRetired = false
  #isClosed = false

  /** `onBroken` is called when the socket has failed and takes no more queries. */
  constructor(options: ExchangerOptions, onBroken: () => void) {
    this.#options = options
    this.#onBroken = onBroken
    const { address, port, sourceAddress, clock } = options
    this.openedAt = clock.now()
    this.lastUsedAt = this.openedAt
    const family = address.includes(':') ? 6 : 4
    const dgram = process.getBuiltinModule('node:dgram')
    const socket = dgram.createSocket({
      type: `udp${family}`,
      // Addresses are numeric: no resolver, and no thread of the pool.
      lookup: (host, _options, done) => done(null, host, family),
    })
    this.#socket = socket
    socket.unref()
    socket.on('message', (message) => this.#receive(message))
    // Later, because an address that cannot be bound is an error inside this constructor.
    socket.on('error', (error) => queueMicrotask(() => this.#fail(error)))
    socket.on('connect', () => this.#connected())
    try {
      if (sourceAddress !== undefined)
        socket.bind({ port: 0, address: sourceAddress, exclusive: true })
      socket.connect(port, address)
    } catch (error) {
      queueMicrotask(() => this.#fail(error as Error))
    }
  }

  get isFull(): boolean {
    return this.#pending.size >= MAX_IN_FLIGHT
  }

  /** As `Exchanger.ask`; not called when `isFull`, or after `onBroken`. */
  ask(query: Outgoing, deadline: number, done: (outcome: Outcome) => void): () => void {
    const { clock, readTimeoutMs } = this.#options
    const now = clock.now()
    this.lastUsedAt = now
    this.sent++
    const id = freeId(this.#pending)
    const wire = Buffer.allocUnsafe(query.wire.length)
    wire.set(query.wire)
    setU16(wire, 0, id)
    const ms = Math.max(0, Math.min(readTimeoutMs, deadline - now))
    const cancelTimer = clock.after(ms, () => {
      this.#end(id, { error: `read udp ${this.#ends}: i/o timeout` })
    })
    const pending = { query, wire, done, cancelTimer }
    this.#pending.set(id, pending)
    if (this.#isConnected) this.#send(id, pending)
    return () => this.#end(id, undefined, pending)
  }

  /** Takes no more queries, and closes when none is in flight. */
  retire(): void {
    this.#isRetired = true
    if (this.#pending.size === 0) this.#close()
  }

  get #ends(): string {
    return ends(this.#local, this.#options.name)
  }

  #connected(): void {
    if (this.#isClosed) return
    const { address, port } = this.#socket.address()
    this.#local = hostPort(address, port)
    this.#isConnected = true
    for (const [id, pending] of this.#pending) this.#send(id, pending)
  }

  #send(id: number, { wire }: Pending): void {
    this.#socket.send(wire, (error) => {
      if (error === null) return
      if (codeOf(error) !== 'EMSGSIZE') return this.#fail(error)
      this.#end(id, {
        error: `write udp ${this.#ends}: write: message too long`,
        isBlameless: true,
      })
    })
  }

  #receive(message: Buffer): void {
    if (message.length < HEADER_SIZE) return
    const id = u16(message, 0)
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    const reply = received(pending.query, message, true)
    if (reply === FOREIGN) return
    this.#end(id, reply === MALFORMED ? MALFORMED_REPLY : { reply })
  }

  /** Ends the query `id`, without a call if `outcome` is undefined; only if it is `expected`, when that is given. */
  #end(id: number, outcome: Outcome | undefined, expected?: Pending): void {
    const pending = this.#pending.get(id)
    if (pending === undefined || (expected !== undefined && pending !== expected)) return
    this.#pending.delete(id)
    pending.cancelTimer()
    if (outcome !== undefined) pending.done(outcome)
    if (this.#isRetired && this.#pending.size === 0) this.#close()
  }

  /** An error of the socket concerns all its queries: they have the same peer. */
  #fail(error: Error): void {
    if (this.#isClosed) return
    this.#onBroken()
    const text = this.#isConnected
      ? `read udp ${this.#ends}: read: ${causeOf(error)}`
      : `dial udp ${this.#options.name}: connect: ${causeOf(error)}`
    this.#isRetired = true
    for (const id of [...this.#pending.keys()]) this.#end(id, { error: text })
    this.#close()
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.close()
  }
}
