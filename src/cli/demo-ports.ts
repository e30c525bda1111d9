// The ports of the demo.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** `preferred` if it is free on 127.0.0.1, else a free port. */
export async function freePort(preferred: number): Promise<number> {
  for (const port of [preferred, 0]) {
    const server = createServer().listen(port, '127.0.0.1')
    const listening = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!listening) continue
    const { port: bound } = server.address() as { readonly port: number }
    server.close()
    await once(server, 'close')
    return bound
  }
  throw new Error('127.0.0.1 has no free port')
}

/**
 * The first of `preferred` that is free on 127.0.0.1 for UDP and TCP, else another free port. Desktops hold 5353: avahi,
 * mDNSResponder and browsers listen there for multicast DNS.
 */
export async function freeDnsPort(preferred: readonly number[]): Promise<number> {
  for (const port of preferred) {
    if ((await hasFreeUdp(port)) && (await freePort(port)) === port) return port
  }
  return freePort(0)
}

async function hasFreeUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  socket.bind(port, '127.0.0.1')
  const isFree = await once(socket, 'listening').then(
    () => true,
    () => false,
  )
  socket.close()
  return isFree
}
