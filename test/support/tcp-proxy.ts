// A TCP proxy that simulates network failures between a client and a server; TLS passes unchanged. There are three
// failures, as on a real network: a reset, a black hole (nothing is read, answered or closed, as behind a firewall that
// lost the connection), and a refused connection.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** The number of connections that are open and pass bytes. */
  readonly open: () => number
  /** The number of connections accepted so far. */
  readonly made: () => number
  /** Resets all connections; new ones are accepted. */
  readonly reset: () => void
  /** Passes no more bytes: open connections hang for good, and so do those that are opened before `heal`. */
  readonly blackhole: () => void
  /** Resets all connections and refuses new ones until `heal`. */
  readonly refuse: () => Promise<void>
  /** Accepts and passes new connections again. Connections that hang stay so. */
  readonly heal: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts the proxy on loopback, before the loopback port `target`. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [client: Socket, upstream: Socket]>()
  const hanging = new Set<Socket>()
  let silent = false
  let made = 0
  let server: Server

  const accept = (client: Socket) => {
    made++
    client.on('error', () => {})
    if (silent) {
      client.pause()
      hanging.add(client)
      return
    }
    const upstream = connect(target, '127.0.0.1')
    const pair = [client, upstream] as const
    pairs.add(pair)
    upstream.on('error', () => client.destroy())
    client.pipe(upstream)
    upstream.pipe(client)
    client.on('close', () => {
      pairs.delete(pair)
      upstream.destroy()
    })
    upstream.on('close', () => {
      if (!hanging.has(client)) client.destroy()
    })
  }
  const listen = async (port: number) => {
    server = createServer(accept)
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }
  const reset = () => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy()
      upstream.destroy()
    }
    pairs.clear()
  }
  const stopListening = async () => {
    if (!server.listening) return
    server.close()
    for (const client of hanging) client.resetAndDestroy()
    hanging.clear()
    reset()
    await once(server, 'close')
  }
  const port = await listen(0)
  return {
    port,
    open: () => pairs.size,
    made: () => made,
    reset,
    blackhole: () => {
      silent = true
      for (const pair of pairs) {
        const [client, upstream] = pair
        hanging.add(client)
        pairs.delete(pair)
        client.unpipe()
        client.pause()
        // The server's side is closed, so that the server does not wait; the client is not notified.
        upstream.destroy()
      }
    },
    refuse: stopListening,
    heal: async () => {
      silent = false
      if (!server.listening) await listen(port)
    },
    close: stopListening,
  }
}
