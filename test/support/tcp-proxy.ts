// A network between a client and a server that can be cut: bytes are passed on as they are, so TLS goes through.
// What is cut can be told apart as on a real network: an end (reset), silence (nothing is read, answered or closed,
// as behind a firewall that forgot the connection), and a port that nobody listens on.
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Connections that bytes pass through now. */
  readonly open: () => number
  /** Connections that were made so far. */
  readonly made: () => number
  /** Resets all connections; new ones are made. */
  readonly reset: () => void
  /** From now on nothing passes: what is open hangs for good, and so does what is opened until `heal`. */
  readonly blackhole: () => void
  /** Resets all connections and refuses new ones until `heal`. */
  readonly refuse: () => Promise<void>
  /** New connections are made and pass again. Those that hang go on hanging. */
  readonly heal: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts it on loopback, in front of a port there. */
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
        // The server's side ends, so that it does not wait for us; the client hears nothing of it.
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
