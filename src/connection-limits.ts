// Which connection is closed when there are too many, or when they hold too many bytes: one of the client that has the
// most. For DNS over TCP and HTTP alike. A limit that counts only connections lets one client close those of
// all others (RFC 7766 section 6.2.2, RFC 9210 section 4.2).
import type { Socket } from 'node:net'
import { clientOf } from './client.ts'

/** An open connection, as its limits see it. */
export interface LimitedConnection {
  /** The address of the peer as text; '' if it is gone. */
  readonly remoteAddress: string
  /** True if no request is being answered and all replies are sent. */
  readonly isIdle: boolean
  /** Bytes that it holds in this process now. */
  readonly heldBytes: number
  /** When it times out, in milliseconds of a clock; progress extends it. */
  readonly deadline: number
  /** Closes at once. */
  destroy(): void
}

/** Closes a socket at once. If replies are unsent, with a reset: the kernel would keep its part of them for minutes otherwise. */
export function closeAtOnce(socket: Socket): void {
  if (socket.writableLength > 0) socket.resetAndDestroy()
  else socket.destroy()
}

/** The limit that closed a connection. */
export type LimitReason = 'connections' | 'bytes'

interface LimitOptions {
  /** The first value of `ConnectionLimits.maxConnections`. */
  readonly maxConnections: number
  /** Bytes that all connections together may hold. */
  readonly maxBytes: number
  /** Called after a connection was closed; `client` had the most: its `clientOf`, connections and bytes before. */
  readonly onClose?: (reason: LimitReason, client: ClientShare) => void
}

/** What one client has. */
export interface ClientShare {
  readonly name: string
  readonly connections: number
  readonly bytes: number
}

interface Client {
  readonly name: string
  readonly connections: Set<LimitedConnection>
  bytes: number
}

interface Entry {
  readonly client: Client
  bytes: number
}

/** The open connections with common limits, by client. */
export class ConnectionLimits {
  /** The limit of `add`. If it falls, the next `add` closes those above it. */
  maxConnections: number
  readonly #options: LimitOptions
  readonly #entries = new Map<LimitedConnection, Entry>()
  readonly #clients = new Map<string, Client>()
  #bytes = 0

  constructor(options: LimitOptions) {
    this.maxConnections = options.maxConnections
    this.#options = options
  }

  /**
   * Adds a connection. At the limit it makes room: it closes the longest idle connection of the client that has the
   * most. If none is idle, it closes another one of this client if that leaves the newcomer's client with fewer. False:
   * the new connection must be refused.
   */
  add(connection: LimitedConnection): boolean {
    const name = clientOf(connection.remoteAddress)
    while (this.#entries.size >= this.maxConnections) if (!this.#makeRoom(name)) return false
    const client = this.#clients.get(name) ?? { name, connections: new Set(), bytes: 0 }
    this.#clients.set(name, client)
    client.connections.add(connection)
    this.#entries.set(connection, { client, bytes: 0 })
    return true
  }

  /** Removes a connection; does nothing if it is not there. */
  remove(connection: LimitedConnection): void {
    const entry = this.#entries.get(connection)
    if (entry === undefined) return
    this.#hold(entry, 0)
    this.#entries.delete(connection)
    const { client } = entry
    client.connections.delete(connection)
    if (client.connections.size === 0) this.#clients.delete(client.name)
  }

  /**
   * Counts the bytes of a connection that holds more than before; it need not tell that it holds fewer. Over the limit,
   * counts those of all, and closes connections of the client that holds the most: first the one that has made no
   * progress for longest, which may be this one.
   */
  update(connection: LimitedConnection): void {
    const entry = this.#entries.get(connection)
    if (entry === undefined) return
    this.#hold(entry, connection.heldBytes)
    if (this.#bytes <= this.#options.maxBytes) return
    for (const [one, held] of this.#entries) this.#hold(held, one.heldBytes)
    while (this.#bytes > this.#options.maxBytes) {
      const [client] = most(this.#clients.values(), ({ bytes: held }) => held)
      const holding = [...client!.connections].filter((one) => this.#entries.get(one)!.bytes > 0)
      this.#close('bytes', oldest(holding)!)
    }
  }

  #hold(entry: Entry, bytes: number): void {
    const more = bytes - entry.bytes
    entry.bytes = bytes
    entry.client.bytes += more
    this.#bytes += more
  }

  #makeRoom(newcomer: string): boolean {
    const own = this.#clients.get(newcomer)
    const ownCount = own?.connections.size ?? 0
    const largest = most(this.#clients.values(), ({ connections }) => connections.size)
    const paying = own !== undefined && largest.includes(own) ? [own] : largest
    const candidates = paying.flatMap(({ connections }) => [...connections])
    const count = paying[0]?.connections.size ?? 0
    const idle = oldest(candidates.filter(({ isIdle }) => isIdle))
    const closed = idle ?? (count > ownCount + 1 ? oldest(candidates) : undefined)
    if (closed === undefined) return false
    this.#close('connections', closed)
    return true
  }

  #close(reason: LimitReason, connection: LimitedConnection): void {
    const { name, bytes, connections } = this.#entries.get(connection)!.client
    const share = { name, bytes, connections: connections.size }
    this.remove(connection)
    connection.destroy()
    this.#options.onClose?.(reason, share)
  }
}

/** The elements with the highest value. */
function most<T>(all: Iterable<T>, value: (one: T) => number): T[] {
  let highest = Number.NEGATIVE_INFINITY
  let found: T[] = []
  for (const one of all) {
    const current = value(one)
    if (current < highest) continue
    if (current > highest) found = []
    highest = current
    found.push(one)
  }
  return found
}

/** The connection without progress for longest. */
function oldest(connections: readonly LimitedConnection[]): LimitedConnection | undefined {
  return connections.reduce<LimitedConnection | undefined>(
    (first, one) => (first === undefined || one.deadline < first.deadline ? one : first),
    undefined,
  )
}
