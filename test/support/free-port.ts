// Free loopback ports for test servers. They are below the system's range of ephemeral ports, so that no outgoing
// connection takes a port before its server binds it or while that server restarts.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

const FIRST = 12_000
const COUNT = 20_000
const issued = new Set<number>()

/** A port that is free for TCP and UDP on 127.0.0.1; a process never gets the same one twice. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (issued.has(port)) continue
    issued.add(port)
    if ((await freeForTcp(port)) && (await freeForUdp(port))) return port
  }
  throw new Error('no free loopback port found')
}

function freeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)))
  })
}

function freeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind({ address: '127.0.0.1', port }, () => socket.close(() => resolve(true)))
  })
}
