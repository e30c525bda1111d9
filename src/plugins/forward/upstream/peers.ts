// The sockets of upstreams: a few connected ones for each, with ports that the kernel chooses at random. Each batch takes
// one of them at random, and none is used for long, so that a stranger who forges replies has to guess port and id.
import type { DatagramSockets } from '../../../udp/connected-sockets.ts'
import { QUERIES_PER_SOCKET, SOCKETS_OF_UPSTREAM, socketLifeMs } from '../limits.ts'
import { PROTOCOLS, type Upstream, type UpstreamReader } from '../upstream-table.ts'
import type { Datagrams } from './datagrams.ts'

/** Sockets of all upstreams, with those that wait for their last replies. */
export const MAX_SOCKETS = 1024
const UDP = PROTOCOLS.indexOf('udp')
const NONE = -1

/** An upstream with its sockets, and what waits to be sent to it. */
export interface Peer {
  readonly owner: Peers
  readonly upstream: Upstream
  readonly reader: UpstreamReader
  /** Socket numbers; NONE = not open. */
  readonly sockets: Int32Array
  /** Attempts to send. */
  readonly waiting: number[]
  /** True if it is no longer listed. */
  isRetired: boolean
}

interface PeersOptions {
  readonly sockets: DatagramSockets
  readonly datagrams: Datagrams
  readonly now: () => number
  readonly onReadable: (socket: number) => void
  /** Milliseconds, 0 = no limit of its own. */
  readonly maxAgeMs: number
  readonly sourceAddress: string | undefined
}

/** The sockets of the upstreams of one `forward`; they have numbers below MAX_SOCKETS. */
export class Peers {
  readonly #options: PeersOptions
  readonly #numbers: SocketNumbers
  readonly #lifeMs: number

  constructor(options: PeersOptions, numbers: SocketNumbers) {
    this.#options = options
    this.#numbers = numbers
    this.#lifeMs = socketLifeMs(options)
  }

  create(upstream: Upstream, reader: UpstreamReader): Peer {
    const sockets = new Int32Array(SOCKETS_OF_UPSTREAM).fill(NONE)
    return { owner: this, upstream, reader, sockets, waiting: [], isRetired: false }
  }

  /** A socket for `queries` queries to the peer. Throws an Error with a `code` if none can be opened. */
  take(peer: Peer, queries: number): number {
    const { sockets, now } = this.#options
    const numbers = this.#numbers
    const at = sockets.random16() & (SOCKETS_OF_UPSTREAM - 1)
    let number = peer.sockets[at]!
    const isOld =
      number !== NONE &&
      numbers.isOld(number, now() - this.#lifeMs, QUERIES_PER_SOCKET.upstreamThread)
    // Without a free number the old socket stays in use until others are closed.
    if (isOld && numbers.hasFree) {
      peer.sockets[at] = NONE
      this.#retireSocket(number)
      number = NONE
    }
    const isNew = number === NONE
    if (isNew) {
      number = this.#open(peer)
      peer.sockets[at] = number
    }
    for (let i = 0; i < queries; i++) {
      peer.reader.connected(peer.upstream, UDP, !(isNew && i === 0))
    }
    numbers.count(number, queries)
    return number
  }

  /** Retires a peer that is no longer listed, with its sockets. */
  retire(peer: Peer): void {
    peer.isRetired = true
    for (const [at, number] of peer.sockets.entries()) {
      if (number !== NONE) this.#retireSocket(number)
      peer.sockets[at] = NONE
    }
  }

  #open({ upstream: { address, port } }: Peer): number {
    const { sockets, onReadable, sourceAddress, now } = this.#options
    const fd = sockets.open(address, port, sourceAddress)
    const number = this.#numbers.add(fd, now())
    if (number === NONE) {
      sockets.close(fd)
      throw Object.assign(new Error('too many sockets'), { code: 'EMFILE' })
    }
    sockets.watch(fd, () => onReadable(number))
    return number
  }

  /** The socket gets no more queries, and is closed when none waits for a reply. */
  #retireSocket(number: number): void {
    this.#numbers.retire(number)
    this.closeIfDone(number)
  }

  /** Closes a retired socket if no attempt waits on it. */
  closeIfDone(number: number): void {
    const { sockets, datagrams } = this.#options
    if (!this.#numbers.isRetired(number) || datagrams.count(number) > 0) return
    sockets.close(this.#numbers.remove(number))
  }
}

/** The numbers of open sockets, with their descriptors. */
export class SocketNumbers {
  readonly #fds = new Int32Array(MAX_SOCKETS).fill(NONE)
  readonly #openedAt = new Float64Array(MAX_SOCKETS)
  readonly #queries = new Int32Array(MAX_SOCKETS)
  readonly #retired = new Uint8Array(MAX_SOCKETS)
  /** '' = not known yet. */
  readonly #localNames = new Array<string>(MAX_SOCKETS).fill('')
  readonly #free = Array.from({ length: MAX_SOCKETS }, (_, i) => MAX_SOCKETS - 1 - i)

  get hasFree(): boolean {
    return this.#free.length > 0
  }

  /** The number of a new socket; NONE if there are too many. */
  add(fd: number, now: number): number {
    const number = this.#free.pop() ?? NONE
    if (number === NONE) return NONE
    this.#fds[number] = fd
    this.#openedAt[number] = now
    this.#queries[number] = 0
    this.#localNames[number] = ''
    this.#retired[number] = 0
    return number
  }

  /** Frees a number; returns its descriptor. */
  remove(number: number): number {
    const fd = this.#fds[number]!
    this.#fds[number] = NONE
    this.#retired[number] = 0
    this.#free.push(number)
    return fd
  }

  /** The descriptor; -1 for a closed socket. */
  fd(number: number): number {
    return this.#fds[number]!
  }

  /** "IP:PORT" of this side of an open socket, for errors. The system is asked once: it costs more than the error. */
  localName(number: number, sockets: Pick<DatagramSockets, 'localName'>): string {
    if (this.#localNames[number] === '') {
      this.#localNames[number] = sockets.localName(this.fd(number))
    }
    return this.#localNames[number]!
  }

  /** True if the socket was opened before `openedBefore` or has sent `queries`. */
  isOld(number: number, openedBefore: number, queries: number): boolean {
    return this.#openedAt[number]! < openedBefore || this.#queries[number]! >= queries
  }

  count(number: number, queries: number): void {
    this.#queries[number]! += queries
  }

  retire(number: number): void {
    this.#retired[number] = 1
  }

  isRetired(number: number): boolean {
    return this.#retired[number] === 1
  }
}
