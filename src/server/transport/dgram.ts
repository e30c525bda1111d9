// UDP over node:dgram: one socket of one address on an event-loop thread. The packet path can be switched
// under it, so that a reload loses nothing that the kernel has queued.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { MESSAGE_MAX_SIZE, UDP_MIN_SIZE } from '../../dns/codes.ts'
import type { Request } from '../../dns/request.ts'
import { isNoIpv6, plainAddress } from '../../udp/dual-stack.ts'
import { MutableObservation, type Observer, type Peer } from '../path/observer.ts'
import { refuseOverflow } from '../path/overflow.ts'
import { DROP, MISS } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { writeServfail } from '../path/servfail.ts'
import { THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { PendingQueries } from './pending-queries.ts'

export interface UdpOptions {
  /** '' = all addresses of both families. */
  readonly address: string
  readonly port: number
  readonly threadCounters: Int32Array
}

export interface UdpListener {
  /** From the next datagram on, `pipeline` answers. */
  serve(pipeline: QueryPipeline): void
  /** Waits for the plugin chain to resolve pending queries, at most `graceMs`, then closes the socket. */
  close(graceMs: number): Promise<void>
}

/** As large as Linux gives without privileges; the kernel caps it at net.core.rmem_max. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** A query that the plugin chain is resolving. */
interface PendingQuery {
  readonly wire: Uint8Array
  readonly remote: RemoteInfo
  /** performance.now() when it was read. */
  readonly startedAt: number
}

/** Binds the address with SO_REUSEPORT; rejects with the system's error. */
export async function listenUdp(
  options: UdpOptions,
  pipeline: QueryPipeline,
): Promise<UdpListener> {
  const socket = await bind(options)
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
    this.#pending = new PendingQueries((oldest) => this.#refuse(oldest))
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
    const { path, observer, recover } = pipeline
    const output = this.#output
    let length: number
    path.enter()
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
    this.#send(output, length, remote)
    if (path.isQuery && observer !== undefined) {
      const reply = output.subarray(0, length)
      this.#observe(observer, path.zone, path.request, { wire, remote, startedAt }, reply)
    }
    // A reply that the kernel did not take at once is still read from; the next one gets its own buffer.
    if (this.#socket.getSendQueueCount() > 0) this.#output = new Uint8Array(MESSAGE_MAX_SIZE)
  }

  #resolve(query: PendingQuery, { path, observer }: QueryPipeline): void {
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
    void path.resolve(wire, client, parsed).then(({ zone, request, reply }) => {
      if (!this.#pending.remove(query)) return
      this.#send(reply, reply.length, remote)
      if (observer !== undefined) this.#observe(observer, zone, request, query, reply)
    })
  }

  #refuse({ wire, remote }: PendingQuery): void {
    const observation = this.#observation
    const reply = new Uint8Array(UDP_MIN_SIZE)
    observation.reply = reply
    observation.peer = peerOf(remote)
    observation.isIpv6 = observation.peer.address.includes(':')
    const { threadCounters } = this.#options
    const length = refuseOverflow(this.#pipeline, threadCounters, wire, 0, wire.length, observation)
    if (length > 0) this.#send(reply, length, remote)
  }

  #observe(
    observer: Observer,
    zone: number,
    request: Request,
    { wire, remote, startedAt }: PendingQuery,
    reply: Uint8Array,
  ): void {
    const observation = this.#observation
    observation.request = request
    observation.requestBytes = wire.length
    observation.reply = reply
    observation.replyBytes = reply.length
    observation.peer = peerOf(remote)
    observation.isIpv6 = observation.peer.address.includes(':')
    observation.seconds = (performance.now() - startedAt) / 1000
    observer.observe(zone, observation)
    observer.observeDuration(zone, observation.seconds)
  }

  #send(reply: Uint8Array, length: number, remote: RemoteInfo): void {
    this.#socket.send(reply, 0, length, remote.port, remote.address)
  }
}

async function bind({ address, port }: UdpOptions): Promise<Socket> {
  try {
    return await bindAs(address === '' ? '::' : address, port)
  } catch (error) {
    if (address !== '' || !isNoIpv6(error)) throw error
    return bindAs('0.0.0.0', port)
  }
}

async function bindAs(address: string, port: number): Promise<Socket> {
  const family = address.includes(':') ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    reusePort: true,
    ipv6Only: false,
    // Replies go to addresses as they came; asking the resolver would only cost time.
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
    // The default serves too.
  }
  return socket
}

function peerOf(remote: RemoteInfo): Peer {
  return { address: plainAddress(remote.address), port: remote.port }
}
