// The connections to one upstream over TCP or TLS. Queries are pipelined on a few of them. A peer that closes after each
// reply is asked one query at a time, on more connections, as CoreDNS asks every peer.
import type { Socket } from 'node:net'
import type { Exchanger, ExchangerOptions, Outcome } from './exchanger.ts'
import type { Outgoing } from './outgoing.ts'
import { StreamConnection } from './stream-connection.ts'

/** Connections on which queries are pipelined. */
const MAX_PIPELINED = 4
/** A further connection is opened when each has as many queries in flight. */
const QUERIES_BEFORE_NEXT = 16
/** All connections of one upstream. */
const MAX_CONNECTIONS = 256
/** How long a peer that closes after each reply is asked one query at a time. */
const SINGLE_MS = 60_000
// coredns plugin/pkg/proxy persistent.go: the dial timeout is twice the average time of a dial, within these limits.
const MIN_DIAL_MS = 1000
const MAX_DIAL_MS = 30_000
const DIAL_WEIGHT = 4

/** How connections are opened. */
interface Dialer {
  readonly openEvent: 'connect' | 'secureConnect'
  /** Begins to connect. */
  dial(): Socket
}

/** Sends queries over connections that `dialer` opens. */
export class StreamExchanger implements Exchanger {
  readonly #options: ExchangerOptions
  readonly #dialer: Dialer
  /** In the order in which they were opened. */
  readonly #connections = new Set<StreamConnection>()
  #averageDialMs = MAX_DIAL_MS / 2
  #singleUntil = Number.NEGATIVE_INFINITY
  #isRetired = false

  constructor(options: ExchangerOptions, dialer: Dialer) {
    this.#options = options
    this.#dialer = dialer
  }

  ask(query: Outgoing, deadline: number, done: (outcome: Outcome) => void): () => void {
    const connection = this.#choose()
    this.#options.onConnection(connection !== undefined)
    if (connection !== undefined) return this.#sendShared(connection, query, deadline, done)
    return this.#sendFirst(query, deadline, done)
  }

  retire(): void {
    this.#isRetired = true
    for (const connection of [...this.#connections]) connection.retire()
  }

  /** A connection for a query that may share it; undefined if a new one must be opened. */
  #choose(): StreamConnection | undefined {
    const { clock, maxAgeMs } = this.#options
    const now = clock.now()
    let best: StreamConnection | undefined
    for (const connection of [...this.#connections]) {
      if (maxAgeMs > 0 && now - connection.openedAt >= maxAgeMs) connection.retire()
      if (connection.isUsable && (best === undefined || connection.load < best.load)) {
        best = connection
      }
    }
    if (best === undefined || best.load === 0) return best
    if (now < this.#singleUntil) return undefined
    const isCrowded = best.load >= QUERIES_BEFORE_NEXT && this.#connections.size < MAX_PIPELINED
    return isCrowded ? undefined : best
  }

  /**
   * Sends on an existing connection. If the peer closes it, the query is sent once more, which is no failed attempt: of
   * many such queries the first opens a connection, and others share it.
   */
  #sendShared(
    connection: StreamConnection,
    query: Outgoing,
    deadline: number,
    done: (outcome: Outcome) => void,
  ): () => void {
    const lost = () => {
      const fresh = this.#connecting()
      this.#options.onConnection(fresh !== undefined)
      cancel =
        fresh === undefined
          ? this.#sendFirst(query, deadline, done)
          : fresh.send({ query, deadline, done })
    }
    let cancel = connection.send({ query, deadline, done, lost })
    return () => cancel()
  }

  /** A connection that is being opened, and so not one that the peer is about to close. */
  #connecting(): StreamConnection | undefined {
    if (this.#options.clock.now() < this.#singleUntil) return undefined
    return [...this.#connections].find(
      ({ isOpen, isUsable, load }) => !isOpen && isUsable && load < QUERIES_BEFORE_NEXT,
    )
  }

  /** Sends on a new connection. */
  #sendFirst(query: Outgoing, deadline: number, done: (outcome: Outcome) => void): () => void {
    const { clock, name } = this.#options
    if (this.#connections.size >= MAX_CONNECTIONS) {
      return clock.after(0, () =>
        done({ error: `dial tcp ${name}: too many connections`, isBlameless: true }),
      )
    }
    const connection = this.#open()
    return connection.send({ query, deadline, done })
  }

  #open(): StreamConnection {
    const { openEvent } = this.#dialer
    const connection: StreamConnection = new StreamConnection(
      this.#dialer.dial(),
      { ...this.#options, openEvent, dialTimeoutMs: this.#dialTimeoutMs },
      {
        onOpen: (ms) => {
          this.#averageDialMs += (ms - this.#averageDialMs) / DIAL_WEIGHT
        },
        onIdle: () => (this.#isRetired ? connection.retire() : this.#limitIdle()),
        onClose: (lost) => {
          this.#connections.delete(connection)
          if (lost > 0 && connection.answered === 1) {
            this.#singleUntil = this.#options.clock.now() + SINGLE_MS
          }
        },
      },
    )
    this.#connections.add(connection)
    return connection
  }

  /** Closes the oldest idle connections beyond `maxIdleConnections`. */
  #limitIdle(): void {
    const { maxIdleConnections } = this.#options
    if (maxIdleConnections === 0) return
    const idle = [...this.#connections].filter(({ load }) => load === 0)
    for (const connection of idle.slice(0, -maxIdleConnections)) connection.retire()
  }

  /** Not longer than a query waits for its reply, so that others are asked before its deadline. */
  get #dialTimeoutMs(): number {
    const ms = Math.min(MAX_DIAL_MS, Math.max(MIN_DIAL_MS, 2 * this.#averageDialMs))
    return Math.min(ms, this.#options.readTimeoutMs)
  }
}
