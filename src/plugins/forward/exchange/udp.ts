// UDP to one upstream: a few connected sockets, one at random for each query. A socket is replaced after some seconds or
// queries, so a stranger who forges replies has to guess id and port anew (RFC 5452 section 9.2), and an upstream behind
// a load balancer does not get all queries at one instance.
import { QUERIES_PER_SOCKET, SOCKETS_OF_UPSTREAM, socketLifeMs } from '../limits.ts'
import type { Exchanger, ExchangerOptions, Outcome } from './exchanger.ts'
import type { Outgoing } from './outgoing.ts'
import { UdpSocket } from './udp-socket.ts'

/** UDP to one upstream. */
export class UdpExchanger implements Exchanger {
  readonly #options: ExchangerOptions
  readonly #sockets: (UdpSocket | undefined)[]
  readonly #lifeMs: number

  constructor(options: ExchangerOptions) {
    this.#options = options
    const { maxIdleConnections } = options
    const most = SOCKETS_OF_UPSTREAM
    const count = maxIdleConnections > 0 ? Math.min(maxIdleConnections, most) : most
    this.#sockets = new Array<undefined>(count).fill(undefined)
    this.#lifeMs = socketLifeMs(options)
  }

  ask(query: Outgoing, deadline: number, done: (outcome: Outcome) => void): () => void {
    const index = Math.floor(Math.random() * this.#sockets.length)
    const socket = this.#usable(index)
    if (!socket.isFull) return socket.ask(query, deadline, done)
    const { clock, name } = this.#options
    return clock.after(0, () =>
      done({ error: `write udp ${name}: too many queries in flight`, isBlameless: true }),
    )
  }

  retire(): void {
    for (const socket of this.#sockets) socket?.retire()
    this.#sockets.fill(undefined)
  }

  /** The socket number `index`, which is opened if it is missing, or has served its time. */
  #usable(index: number): UdpSocket {
    const { clock, expireMs, onConnection } = this.#options
    const now = clock.now()
    const current = this.#sockets[index]
    if (
      current !== undefined &&
      current.sent < QUERIES_PER_SOCKET.eventLoop &&
      now - current.openedAt < this.#lifeMs &&
      now - current.lastUsedAt <= expireMs
    ) {
      onConnection(true)
      return current
    }
    current?.retire()
    onConnection(false)
    const socket: UdpSocket = new UdpSocket(this.#options, () => this.#forget(socket))
    this.#sockets[index] = socket
    clock.after(this.#lifeMs, () => this.#forget(socket))
    return socket
  }

  #forget(socket: UdpSocket): void {
    const index = this.#sockets.indexOf(socket)
    if (index < 0) return
    this.#sockets[index] = undefined
    socket.retire()
  }
}
