// Upstreams of which a test scripts each byte, over UDP and streams, on loopback. `upstream-server.ts` is the well-behaved
// one.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { questionEnd } from './dns-frames.ts'

/** A reply to `query` with an A record for each of `addresses` (last bytes of 192.0.2.x), and with `rcode`. */
export function replyTo(query: Uint8Array, addresses: readonly number[] = [1], rcode = 0): Buffer {
  const head = Buffer.from(query.subarray(0, questionEnd(query)))
  head[2]! |= 0x80
  head[3] = 0x80 | rcode
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8)
  const records = addresses.map((last) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, last]),
  )
  return Buffer.concat([head, ...records])
}

/** A UDP server; `onQuery` gets each datagram, its sender's port, and a function that replies. */
export async function udpPeer(
  onQuery: (query: Buffer, send: (message: Uint8Array) => void, port: number) => void,
): Promise<number> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) =>
    onQuery(query, (message) => socket.send(message, port, address), port),
  )
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return socket.address().port
}

/** A TCP server; `onConnection` gets each connection, counted from 0. */
export async function tcpPeer(
  onConnection: (socket: Socket, index: number) => void,
): Promise<number> {
  return streamPeer(createServer(), 'connection', onConnection)
}

/** As `tcpPeer`, for any stream server and its event. */
export async function streamPeer(
  server: Server,
  event: 'connection' | 'secureConnection',
  onConnection: (socket: Socket, index: number) => void,
): Promise<number> {
  const sockets = new Set<Socket>()
  let index = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on(event, (socket: Socket) => {
    socket.on('error', () => {})
    onConnection(socket, index++)
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
