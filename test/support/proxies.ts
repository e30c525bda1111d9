// Proxies on loopback that record what they are asked for: HTTP CONNECT (RFC 9110 9.3.6) and SOCKS5 (RFC 1928, 1929).
// They resolve every name to one target, so a test sees that the client does not resolve names itself.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'

export interface TestProxy {
  readonly port: number
  /** "host:port" of each tunnel, as the client sent it, in order. */
  readonly targets: string[]
  /** The credentials that the client sent, in order: "user:password" or ''. */
  readonly users: string[]
  /** While true, the proxy refuses: HTTP with 502, SOCKS with "connection not allowed". */
  refuses: boolean
  close(): Promise<void>
}

/** Starts an HTTP proxy whose tunnels all lead to `targetPort` of 127.0.0.1. */
export async function startHttpProxy(targetPort: number): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const server = createServer().on('connect', (request, socket) => {
    const header = request.headers['proxy-authorization'] ?? ''
    proxy.users.push(Buffer.from(header.replace('Basic ', ''), 'base64').toString())
    proxy.targets.push(request.url ?? '')
    if (proxy.refuses) socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    else {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      join(socket as Socket, targetPort, sockets)
    }
  })
  const proxy = await listening(server, sockets)
  return proxy
}

/** Starts a SOCKS5 proxy on `port`, 0 = any, whose connections all lead to `targetPort` of 127.0.0.1. */
export async function startSocksProxy(targetPort: number, port = 0): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    void serveSocks(socket).catch(() => socket.destroy())
  })
  const serveSocks = async (socket: Socket) => {
    const read = reader(socket)
    const [, methodCount = 0] = await read(2)
    const withPassword = (await read(methodCount)).includes(2)
    socket.write(Buffer.from([5, withPassword ? 2 : 0]))
    let user = ''
    if (withPassword) {
      const [, length = 0] = await read(2)
      const name = await read(length)
      const password = await read((await read(1))[0] ?? 0)
      user = `${name}:${password}`
      socket.write(Buffer.from([1, 0]))
    }
    const [, , , type] = await read(4)
    const host =
      type === 3
        ? (await read((await read(1))[0] ?? 0)).toString()
        : [...(await read(type === 1 ? 4 : 16))].join('.')
    proxy.users.push(user)
    proxy.targets.push(`${host}:${(await read(2)).readUInt16BE()}`)
    socket.write(Buffer.from([5, proxy.refuses ? 2 : 0, 0, 1, 127, 0, 0, 1, 0, 0]))
    if (proxy.refuses) socket.end()
    else join(socket, targetPort, sockets)
  }
  const proxy = await listening(server, sockets, port)
  return proxy
}

/** Reads exact numbers of bytes. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  return async (length) => {
    if (length === 0) return Buffer.alloc(0)
    for (;;) {
      const bytes = socket.read(length) as Buffer | null
      if (bytes !== null) return bytes
      if (socket.readableEnded) throw new Error('the client is gone')
      await once(socket, 'readable')
    }
  }
}

function join(client: Socket, targetPort: number, sockets: Set<Socket>): void {
  const target = connect(targetPort, '127.0.0.1')
  for (const socket of [client, target]) {
    sockets.add(socket)
    socket.on('error', () => {})
  }
  client.pipe(target).pipe(client)
  client.once('close', () => target.destroy())
  target.once('close', () => client.destroy())
}

async function listening(
  server: ReturnType<typeof createTcpServer>,
  sockets: ReadonlySet<Socket>,
  port = 0,
): Promise<TestProxy> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    targets: [],
    users: [],
    refuses: false,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
