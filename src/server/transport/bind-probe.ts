// Checks that an address is free before the answering threads bind it. They use SO_REUSEPORT, with which two instances
// could bind the same address and silently share its queries. A bind without it fails while the address is in use.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { hostPort } from '../../config.ts'
import { listenError } from '../../listen-error.ts'
import { bindDualStack } from '../../udp/dual-stack.ts'

/** For port 0: the most attempts to find a port that is free for both UDP and TCP. */
const PORT_TRIES = 20

/**
 * Resolves to the port if both UDP and TCP can be bound there; for port 0, to a port that is free for both. Rejects
 * with ADDRESS_IN_USE or LISTEN, with Go's text.
 */
export async function probeAddress(address: string, port: number): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      const free = await probeUdp(address, port)
      await probeTcp(address, free)
      return free
    } catch (error) {
      if (port !== 0 || tries === PORT_TRIES) throw error
    }
  }
}

async function probeUdp(address: string, port: number): Promise<number> {
  return onAddress('udp', address, port, async (host) => {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', ipv6Only: false })
    const listening = once(socket, 'listening')
    socket.bind({ address: host, port, exclusive: true })
    try {
      await listening
      return socket.address().port
    } finally {
      socket.close()
    }
  })
}

async function probeTcp(address: string, port: number): Promise<number> {
  return onAddress('tcp', address, port, async (host) => {
    const server = createServer()
    const listening = once(server, 'listening')
    server.listen({ host, port, exclusive: true, ipv6Only: false })
    await listening
    await new Promise((done) => server.close(done))
    return port
  })
}

async function onAddress(
  network: 'udp' | 'tcp',
  address: string,
  port: number,
  probe: (host: string) => Promise<number>,
): Promise<number> {
  try {
    return await bindDualStack(address, probe)
  } catch (error) {
    throw listenError(network, hostPort(address, port), error)
  }
}
