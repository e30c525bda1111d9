// Connection pools that reach an API server through a SOCKS5 proxy. The proxy resolves the server's name, as with
// client-go. Node's own agents do the same for http and https proxies. docs/adr/0003 has the choice of the library.
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'

type ConnectOptions = Parameters<HttpsAgent['createConnection']>[0]
type Callback = (error: Error | null, stream: Duplex) => void

/** How to open a connection through a SOCKS5 proxy. */
export interface SocksOptions {
  /** A socks5 URL. */
  readonly proxyUrl: string
  /** How long a connection may take until TLS is ready, in milliseconds. */
  readonly connectTimeoutMs: number
  /** Idle time before TCP probes the connection, in milliseconds. */
  readonly keepAliveMs: number
}

/** A pool of plain connections. */
export class SocksHttpAgent extends HttpAgent {
  readonly #socks: SocksOptions

  constructor(socks: SocksOptions, options: ConstructorParameters<typeof HttpAgent>[0]) {
    super(options)
    this.#socks = socks
  }

  override createConnection(options: ConnectOptions, callback?: Callback): undefined {
    openTunnel(this.#socks, options).then(
      (socket) => callback?.(null, socket),
      (error: Error) => fail(callback, error),
    )
  }
}

/** A pool of TLS connections. */
export class SocksHttpsAgent extends HttpsAgent {
  readonly #socks: SocksOptions

  constructor(socks: SocksOptions, options: ConstructorParameters<typeof HttpsAgent>[0]) {
    super(options)
    this.#socks = socks
  }

  override createConnection(options: ConnectOptions, callback?: Callback): undefined {
    openTunnel(this.#socks, options)
      .then((socket) => {
        // Node passes these options to `tls.connect`, which takes a socket that is open already.
        const tlsOptions: ConnectOptions & { socket: Socket } = { ...options, socket }
        return handshake(
          super.createConnection(tlsOptions) as TLSSocket,
          this.#socks.connectTimeoutMs,
        )
      })
      .then(
        (socket) => callback?.(null, socket),
        (error: Error) => fail(callback, error),
      )
  }
}

/** Node's agents look at the error first; the type of the callback wants a stream nevertheless. */
function fail(callback: Callback | undefined, error: Error): void {
  ;(callback as ((error: Error) => void) | undefined)?.(error)
}

async function openTunnel(socks: SocksOptions, { host, port }: ConnectOptions): Promise<Socket> {
  const { hostname, port: proxyPort, username, password } = new URL(socks.proxyUrl)
  // Loaded with the first connection, so that a process without such a proxy does not pay for the package.
  const { SocksClient } = require('socks') as typeof import('socks')
  const { socket } = await SocksClient.createConnection({
    proxy: {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(proxyPort || 1080),
      type: 5,
      ...(username === '' ? {} : { userId: decodeURIComponent(username) }),
      ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    },
    command: 'connect',
    destination: { host: host ?? '', port: Number(port) },
    timeout: socks.connectTimeoutMs,
    set_tcp_nodelay: true,
  })
  return socket.setKeepAlive(true, socks.keepAliveMs)
}

function handshake(socket: TLSSocket, timeoutMs: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no TLS handshake within ${timeoutMs / 1000} s`))
    }, timeoutMs)
    const settle = (error?: Error) => {
      clearTimeout(timer)
      socket.off('error', settle).off('secureConnect', settle).off('close', onClose)
      if (error === undefined) resolve(socket)
      else reject(error)
    }
    const onClose = () => settle(new Error('the connection was closed in the TLS handshake'))
    socket.once('secureConnect', settle).once('error', settle).once('close', onClose)
  })
}

const require = createRequire(import.meta.url)
