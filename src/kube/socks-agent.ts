// Connections to an API server through a SOCKS5 proxy. The proxy resolves the server's name, as with client-go. Node's
// own agents do the same for http and https proxies. docs/adr/0003 has the choice of the library.
import { once } from 'node:events'
import type { Agent as HttpAgent } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { errorText } from '../errors.ts'
import { require } from '../require.ts'

type ConnectOptions = Parameters<HttpAgent['createConnection']>[0]

/** How to open a connection through a SOCKS5 proxy. */
export interface SocksOptions {
  /** True: connections are handed out once TLS is ready. */
  readonly isTls: boolean
  /** A socks5 URL. */
  readonly proxyUrl: string
  /** How long the proxy and the TLS handshake may take each, in milliseconds. */
  readonly connectTimeoutMs: number
  /** Idle time before TCP probes the connection, in milliseconds. */
  readonly keepAliveMs: number
}

/** Makes `agent` open its connections through the proxy. */
export function connectThroughSocks(agent: HttpAgent, socks: SocksOptions): void {
  const startTls = socks.isTls ? agent.createConnection.bind(agent) : undefined
  const open = async (options: ConnectOptions): Promise<Socket> => {
    const socket = await openTunnel(socks, options)
    if (startTls === undefined) return socket
    // Node passes these options to `tls.connect`, which takes a socket that is open already.
    const tlsOptions: ConnectOptions & { socket: Socket } = { ...options, socket }
    return handshake(startTls(tlsOptions) as TLSSocket, socks.connectTimeoutMs)
  }
  agent.createConnection = (options, callback) => {
    // Node's agents look at the error first; the type of the callback wants a stream nevertheless.
    const failed = callback as ((error: Error) => void) | undefined
    open(options).then(
      (socket) => callback?.(null, socket),
      (error: Error) => failed?.(error),
    )
    return undefined
  }
}

async function openTunnel(socks: SocksOptions, { host, port }: ConnectOptions): Promise<Socket> {
  const { hostname, port: proxyPort, username, password } = new URL(socks.proxyUrl)
  // Loaded with the first connection, so that a process without such a proxy does not pay for the package.
  const { SocksClient } = require('socks') as typeof import('socks')
  const opening = SocksClient.createConnection({
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
  const { socket } = await opening.catch((error: unknown) => {
    // The library's error has its options, with the password: whoever prints a cause must not print them.
    throw new Error(errorText(error))
  })
  return socket.setKeepAlive(true, socks.keepAliveMs)
}

async function handshake(socket: TLSSocket, timeoutMs: number): Promise<TLSSocket> {
  const timer = setTimeout(() => {
    socket.destroy(new Error(`no TLS handshake within ${timeoutMs / 1000} s`))
  }, timeoutMs)
  try {
    // Rejects with an error of the socket, also when it is closed before TLS is ready.
    await once(socket, 'secureConnect')
    return socket
  } finally {
    clearTimeout(timer)
  }
}
