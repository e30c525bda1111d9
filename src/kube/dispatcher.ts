// One undici Agent for one set of connection facts. HTTP/1.1 only: a long node:http2 soak leaked in other
// projects, and a watch needs a connection of its own anyway. No body timeout: a quiet watch is healthy,
// and the reflector has its own idle timer.
import { Agent, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici'
import { type Credentials, unusable } from './credentials.ts'

const CONNECT_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 30_000

/** Makes the Agent; connections open when the first request is sent. */
export function makeDispatcher(credentials: Credentials): Dispatcher {
  const { ca, cert, key, servername, insecure, proxyUrl } = credentials
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
    ...(insecure && { rejectUnauthorized: false }),
  }
  // Load balancers drop connections that are idle for 60 s; client-go sends keepalives every 30 s.
  const socket = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: CONNECT_TIMEOUT_MS }
  const options = {
    allowH2: false,
    bodyTimeout: 0,
    headersTimeout: HEADERS_TIMEOUT_MS,
    connections: 8,
  }
  if (proxyUrl === undefined) return new Agent({ ...options, connect: { ...tls, ...socket } })
  if (!URL.canParse(proxyUrl)) throw unusable(`proxy-url "${proxyUrl}" is not a URL`)
  const { protocol } = new URL(proxyUrl)
  if (protocol === 'http:' || protocol === 'https:') {
    return new ProxyAgent({ ...options, uri: proxyUrl, requestTls: { ...tls, ...socket } })
  }
  if (protocol === 'socks5:' || protocol === 'socks:') {
    return new Socks5ProxyAgent(proxyUrl, { ...options, requestTls: { ...tls, ...socket } })
  }
  throw unusable(`proxy-url "${proxyUrl}": only http, https and socks5 proxies are supported`)
}
