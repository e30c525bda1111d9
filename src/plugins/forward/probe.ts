// Probes one upstream on the control thread, by the transport in which queries go there (coredns plugin/pkg/proxy
// health.go). Any reply is good: only no reply, or a socket error, is a failure.
import { connect, type Socket } from 'node:net'
import { hostPort } from '../../config.ts'
import { HEADER_SIZE } from '../../dns/codes.ts'
import { isReply, type ProbeQuery, probeByUdp, probeQuery, untilEnd } from '../../dns-probe.ts'
import { framed, PREFIX_SIZE } from './exchange/framing.ts'
import { secureContext } from './exchange/security.ts'
import { causeOf } from './net-error.ts'
import type { ForwardOptions, TlsMaterial, Transport } from './options.ts'

/** Where a probe goes, and how. */
export interface ProbeTarget {
  readonly transport: Transport
  readonly address: string
  readonly port: number
  readonly tlsServerName?: string
}

/** How a directive probes its upstreams. */
export type ProbeOptions = Pick<
  ForwardOptions,
  'healthCheck' | 'forceTcp' | 'sourceAddress' | 'tlsServername'
>

/** For UDP, HTTPS, and the reply of a connection. */
const REPLY_MS = 1000
/** For a connection by TCP or TLS, with the reply. */
const CONNECTION_MS = 2000 + REPLY_MS

/** Sends one probe; resolves with a reply, rejects with the reason of the failure, in Go's words. */
export async function probeUpstream(
  target: ProbeTarget,
  options: ProbeOptions,
  tls: TlsMaterial,
): Promise<void> {
  try {
    await sendProbe(target, options, tls)
  } catch (error) {
    throw new Error(error instanceof Error ? causeOf(error) : String(error))
  }
}

function sendProbe(target: ProbeTarget, options: ProbeOptions, tls: TlsMaterial): Promise<void> {
  const { healthCheck, forceTcp, sourceAddress: source } = options
  const question = {
    name: healthCheck.domain,
    type: 'NS',
    recursionDesired: healthCheck.recursionDesired,
  } as const
  switch (target.transport) {
    case 'dns':
      if (forceTcp) return byStream(probeQuery(question), () => tcpSocket(target, source))
      return probeByUdp(
        probeQuery(question),
        { ...target, ...(source === undefined ? {} : { source }) },
        REPLY_MS,
      )
    case 'tls':
      return byStream(probeQuery(question), () => tlsSocket(target, options, tls))
    case 'https':
      return byHttps(probeQuery(question, 0), target, options, tls)
  }
}

function tcpSocket({ address, port }: ProbeTarget, localAddress: string | undefined): Socket {
  return connect({
    host: address,
    port,
    noDelay: true,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
}

/** The options of node:tls that all connections of a directive share. */
function tlsOptions(target: ProbeTarget, options: ProbeOptions, tls: TlsMaterial) {
  const servername = target.tlsServerName ?? options.tlsServername
  return {
    secureContext: secureContext(tls),
    ...(servername === undefined ? {} : { servername }),
  }
}

function tlsSocket(target: ProbeTarget, options: ProbeOptions, tls: TlsMaterial): Socket {
  const { connect: connectTls } = process.getBuiltinModule('node:tls')
  // Without a server name, the certificate must name the IP address.
  return connectTls({
    host: target.address,
    socket: tcpSocket(target, options.sourceAddress),
    ...tlsOptions(target, options, tls),
  })
}

/** Sends the query with its length before it (RFC 1035 section 4.2.2) and reads until the reply's header is there. */
async function byStream(query: ProbeQuery, open: () => Socket): Promise<void> {
  const socket = open()
  const close = () => {
    socket.removeAllListeners()
    socket.on('error', () => {})
    socket.destroy()
  }
  await untilEnd(CONNECTION_MS, close, (end) => {
    let received = Buffer.alloc(0)
    socket.on('error', end)
    socket.on('close', () => end(new Error('EOF')))
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      if (received.length < PREFIX_SIZE + HEADER_SIZE) return
      end(isReply(received.subarray(PREFIX_SIZE), query) ? undefined : new Error('another reply'))
    })
    socket.write(framed(query.wire, query.id))
  })
}

/** POST /dns-query over HTTP/2 (RFC 8484). */
async function byHttps(
  query: ProbeQuery,
  target: ProbeTarget,
  options: ProbeOptions,
  tls: TlsMaterial,
): Promise<void> {
  const { connect: connectHttp2 } = process.getBuiltinModule('node:http2')
  const { address, port } = target
  const session = connectHttp2(`https://${hostPort(address, port)}`, {
    ...tlsOptions(target, options, tls),
    ...(options.sourceAddress === undefined ? {} : { localAddress: options.sourceAddress }),
  })
  const close = () => session.destroy()
  await untilEnd(REPLY_MS, close, (end) => {
    session.on('error', end)
    const request = session.request({
      ':method': 'POST',
      ':path': '/dns-query',
      'content-type': 'application/dns-message',
      accept: 'application/dns-message',
    })
    const chunks: Buffer[] = []
    request.on('error', end)
    request.on('response', ({ ':status': status }) => {
      if (status !== 200) end(new Error(`HTTP status ${status}`))
    })
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const bytes = Buffer.concat(chunks)
      if (bytes.length >= HEADER_SIZE) {
        end(isReply(bytes, query) ? undefined : new Error('no DNS message'))
      }
    })
    request.on('end', () => end(new Error('EOF')))
    request.end(query.wire)
  })
}
