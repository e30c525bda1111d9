// UDP through node:dgram: one socket of one address on an event-loop thread. A reload replaces the pipeline and keeps
// the socket, so that no datagram in the kernel's queue is lost.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { MESSAGE_MAX_SIZE, UDP_MIN_SIZE } from '../../dns/codes.ts'
import type { Request } from '../../dns/request.ts'
import { bindDualStack, plainAddress } from '../../udp/dual-stack.ts'
import { encodeSockaddr, SOCKADDR_SIZE } from '../../udp/sockaddr.ts'
import { MutableObservation, type Observer, type Peer } from '../path/observer.ts'
import { refuseOverflow } from '../path/overflow.ts'
import { DROP, MISS } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { writeServfail } from '../path/servfail.ts'
import { THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { PendingQueries } from './pending-queries.ts'

interface UdpOptions {
  /** '' = all addresses of both families. */
  readonly address: string
  readonly port: number
  /** The THREAD_ counters. */
  readonly threadCounters: Int32Array
}

/** An open UDP socket that answers queries. */
export interface UdpListener {
  /** Answers with `pipeline` from the next datagram on. */
  serve(pipeline: QueryPipeline): void
  /** Waits until the plugin chain has resolved pending queries, at most `graceMs`, then closes the socket. */
  close(graceMs: number): Promise<void>
}

/** The kernel limits it to net.core.rmem_max without privileges. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** A socket address of no family. */
const UNKNOWN_CLIENT = new Uint8Array(SOCKADDR_SIZE).fill(0xff)

/** A query that the plugin chain is resolving. */
interface PendingQuery {
  readonly wire: Uint8Array
  readonly remote: RemoteInfo
  /** performance.now() at its receipt. */
  readonly startedAt: number
}

/** Opens a socket with SO_REUSEPORT and answers its queries; rejects with the system's error. */
export async function listenUdp(
  options: UdpOptions,
  pipeline: QueryPipeline,
): Promise<UdpListener> {
  const { address, port } = options
  const socket = await bindDualStack(address, (host) => bind(host, port))
  return new DgramListener(socket, options, pipeline)
}

class DgramListener implements UdpListener {
  readonly #socket: Socket
  readonly #options: UdpOptions
  readonly #pending: PendingQueries<PendingQuery>
  readonly #observation: MutableObservation
  #pipeline: QueryPipeline
  #output = new Uint8Array(MESSAGE_MAX_SIZE)

  constructor(socket: Socket, options: UdpOptions, pipeline: QueryPipeline) {
    this.#socket = socket
    this.#options = options
    this.#pipeline = pipeline
    this.#observation = new MutableObservation(pipeline.path.request, false)
    this.#pending = new PendingQueries(
      ({ remote }) => remote.address,
      (refused) => this.#refuse(refused),
    )
    socket.on('message', this.#onMessage)
    socket.on('error', () => Atomics.add(options.threadCounters, THREAD_UDP_ERRORS, 1))
  }

  serve(next: QueryPipeline): void {
    this.#pipeline = next
  }

  async close(graceMs: number): Promise<void> {
    this.#socket.off('message', this.#onMessage)
    await this.#pending.drain(graceMs)
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  readonly #onMessage = (wire: Buffer, remote: RemoteInfo): void => {
    const startedAt = performance.now()
    const pipeline = this.#pipeline
    const { path, observer, gates, recover } = pipeline
    const output = this.#output
    const client = sockaddrOf(remote)
    let length: number
    path.enter()
    path.setClient(client, 0)
    try {
      length = path.answer(wire, 0, wire.length, output, 0, MESSAGE_MAX_SIZE)
    } catch (error) {
      recover(error)
      length = writeServfail(wire, 0, wire.length, output, 0)
    } finally {
      path.leave()
    }
    if (length === MISS) {
      this.#resolve({ wire, remote, startedAt }, pipeline)
      return
    }
    if (length === DROP) return
    const { zone, request } = path
    if (path.isQuery && observer !== undefined) {
      const reply = output.subarray(0, length)
      this.#observe(observer, zone, request, { wire, remote, startedAt }, reply)
    }
    const sent = gates?.pass(zone, request, output, 0, length, client, 0) ?? length
    this.#send(output, sent, remote)
    // An unsent reply still uses the buffer; the next reply gets a new one.
    if (this.#socket.getSendQueueCount() > 0) this.#output = new Uint8Array(MESSAGE_MAX_SIZE)
  }

  #resolve(query: PendingQuery, { path, observer, gates }: QueryPipeline): void {
    const { wire, remote } = query
    const { address, port } = peerOf(remote)
    const client = {
      protocol: 'udp',
      remoteAddress: address,
      remotePort: port,
      localAddress: this.#options.address,
      localPort: this.#options.port,
    } as const
    const parsed = path.takeRequest()
    this.#pending.add(query)
    void path.resolve(wire, client, parsed).then(({ zone, request, reply, upstream }) => {
      if (!this.#pending.remove(query) || reply === undefined) return
      if (observer !== undefined) this.#observe(observer, zone, request, query, reply, upstream)
      const { length } = reply
      const sent = gates?.pass(zone, request, reply, 0, length, sockaddrOf(remote), 0) ?? length
      this.#send(reply, sent, remote)
    })
  }

  #refuse({ wire, remote }: PendingQuery): void {
    const observation = this.#observation
    const reply = new Uint8Array(UDP_MIN_SIZE)
    observation.reply = reply
    observation.peer = peerOf(remote)
    observation.isIpv6 = observation.peer.address.includes(':')
    const { threadCounters } = this.#options
    const pipeline = this.#pipeline
    const { length } = wire
    const client = sockaddrOf(remote)
    const sent = refuseOverflow(pipeline, threadCounters, wire, 0, length, observation, client, 0)
    this.#send(reply, sent, remote)
  }

  #observe(
    observer: Observer,
    zone: number,
    request: Request,
    { wire, remote, startedAt }: PendingQuery,
    reply: Uint8Array,
    upstream = '',
  ): void {
    const observation = this.#observation
    observation.fill(request, wire.length, reply, 0, reply.length, upstream)
    observation.peer = peerOf(remote)
    observation.isIpv6 = observation.peer.address.includes(':')
    observer.observeSingle(zone, observation, startedAt)
  }

  #send(reply: Uint8Array, length: number, remote: RemoteInfo): void {
    if (length === 0) return
    this.#socket.send(reply, 0, length, remote.port, remote.address)
  }
}

async function bind(address: string, port: number): Promise<Socket> {
  const family = address.includes(':') ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    reusePort: true,
    ipv6Only: false,
    // Clients have numeric addresses, so skip the resolver.
    lookup: (host, _options, done) => done(null, host, family),
  })
  const bound = once(socket, 'listening')
  socket.bind({ address, port })
  try {
    await bound
  } catch (error) {
    socket.close()
    throw error
  }
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES)
  } catch {
    // The default size works too.
  }
  return socket
}

function sockaddrOf({ address, port }: RemoteInfo): Uint8Array {
  return encodeSockaddr(address, port) ?? UNKNOWN_CLIENT
}

function peerOf(remote: RemoteInfo): Peer {
  return { address: plainAddress(remote.address), port: remote.port }
}
