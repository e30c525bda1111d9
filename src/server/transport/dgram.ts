// UDP over node:dgram: one socket of one address on an event-loop thread. The packet path can be switched
// under it, so that a reload loses nothing that the kernel has queued.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { MESSAGE_MAX_SIZE, UDP_MIN_SIZE } from '../../dns/codes.ts'
import { isNoIpv6, plainAddress } from '../../udp/dual-stack.ts'
import type { Observer, Peer } from '../path/observer.ts'
import { MISS, type PacketPath } from '../path/packet-path.ts'
import type { QueryPipeline } from '../path/pipeline.ts'
import { writeServfail } from '../path/servfail.ts'
import { THREAD_PANICS, THREAD_QUEUE_OVERFLOWS, THREAD_UDP_ERRORS } from '../shared/counters.ts'
import { PendingQueries } from './pending-queries.ts'

export interface UdpOptions {
  /** '' = all addresses of both families. */
  readonly address: string
  readonly port: number
  readonly threadCounters: Int32Array
}

export interface UdpListener {
  /** From the next datagram on, `service` answers. */
  serve(pipeline: QueryPipeline): void
  /** Waits for what is being thought about, at most `graceMs`, then closes the socket. */
  close(graceMs: number): Promise<void>
}

/** As large as Linux gives without privileges; the kernel caps it at net.core.rmem_max. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** Binds the address with SO_REUSEPORT; rejects with the system's error. */
export async function listenUdp(
  options: UdpOptions,
  pipeline: QueryPipeline,
): Promise<UdpListener> {
  const socket = await bind(options)
  const { threadCounters: counters } = options
  let { path, observer } = pipeline
  let output = new Uint8Array(MESSAGE_MAX_SIZE)
  const pending = new PendingQueries<{ wire: Uint8Array; remote: RemoteInfo }>(
    ({ wire, remote }) => {
      Atomics.add(counters, THREAD_QUEUE_OVERFLOWS, 1)
      const reply = new Uint8Array(UDP_MIN_SIZE)
      const length = writeServfail(wire, 0, wire.length, reply, 0)
      if (length > 0) send(reply, length, remote)
    },
  )

  const send = (reply: Uint8Array, length: number, remote: RemoteInfo): void => {
    socket.send(reply, 0, length, remote.port, remote.address)
  }

  const onMessage = (request: Buffer, remote: RemoteInfo): void => {
    const startedAt = performance.now()
    const used = path
    const observing = observer
    let length: number
    try {
      used.enter()
      length = used.answer(request, 0, request.length, output, 0, MESSAGE_MAX_SIZE)
      used.leave()
    } catch {
      used.leave()
      Atomics.add(counters, THREAD_PANICS, 1)
      length = writeServfail(request, 0, request.length, output, 0)
    }
    if (length === MISS) {
      resolve(request, remote, startedAt, used, observing)
      return
    }
    if (length === 0) return
    send(output, length, remote)
    if (used.isQuery && observing !== undefined) {
      const seconds = (performance.now() - startedAt) / 1000
      const { zone } = used
      const peer = peerOf(remote)
      observing.observe(zone, used.request, request.length, output, 0, length, peer, seconds)
    }
    // A reply that the kernel did not take at once is still read from; the next one gets its own buffer.
    if (socket.getSendQueueCount() > 0) output = new Uint8Array(MESSAGE_MAX_SIZE)
  }

  const resolve = (
    wire: Uint8Array,
    remote: RemoteInfo,
    startedAt: number,
    by: PacketPath,
    observing: Observer | undefined,
  ): void => {
    const query = { wire, remote }
    pending.add(query)
    const peer = peerOf(remote)
    const client = {
      protocol: 'udp',
      remoteAddress: peer.address,
      remotePort: peer.port,
      localAddress: options.address,
      localPort: options.port,
    } as const
    void by.resolve(wire, client).then(({ zone, request, reply }) => {
      if (!pending.remove(query)) return
      send(reply, reply.length, remote)
      const seconds = (performance.now() - startedAt) / 1000
      observing?.observe(zone, request, wire.length, reply, 0, reply.length, peer, seconds)
    })
  }

  socket.on('message', onMessage)
  socket.on('error', () => Atomics.add(counters, THREAD_UDP_ERRORS, 1))

  return {
    serve(next) {
      path = next.path
      observer = next.observer
    },
    async close(graceMs) {
      socket.off('message', onMessage)
      await pending.drain(graceMs)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
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
