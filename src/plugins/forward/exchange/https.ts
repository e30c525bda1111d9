// DNS over HTTPS (RFC 8484) to one upstream: one HTTP/2 connection, a stream for each query.
import type { ClientHttp2Session, ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import type { SecureContext, TLSSocket } from 'node:tls'
import { MESSAGE_MAX_SIZE } from '../../../dns/codes.ts'
import { errorText } from '../../../errors.ts'
import { causeOf } from '../net-error.ts'
import type { Exchanger, ExchangerOptions, Outcome } from './exchanger.ts'
import type { Outgoing } from './outgoing.ts'
import { FOREIGN, MALFORMED, MALFORMED_REPLY, received } from './received.ts'
import { secureContext } from './security.ts'
import type { TlsOptions } from './tls.ts'

// coredns plugin/pkg/doh.
const MIME_TYPE = 'application/dns-message'
const PATH = '/dns-query'
/** The most queries in flight. */
const MAX_IN_FLIGHT = 1024

/** The connection, with what happens to it. */
interface Session {
  readonly http: ClientHttp2Session
  readonly socket: TLSSocket
  readonly openedAt: number
  inFlight: number
  /** True after a timeout: it gets no more queries. */
  isLeft: boolean
  cancelExpiry: () => void
}

/** HTTPS to one upstream. */
export class HttpsExchanger implements Exchanger {
  readonly #options: ExchangerOptions
  readonly #method: 'GET' | 'POST'
  readonly #serverName: string
  readonly #context: SecureContext
  #session: Session | undefined

  /** Throws if a PEM text of `security` is invalid. */
  constructor(options: ExchangerOptions, security: TlsOptions, method: 'GET' | 'POST') {
    this.#options = options
    this.#method = method
    this.#serverName = security.serverName ?? ''
    this.#context = secureContext(security)
  }

  ask(query: Outgoing, deadline: number, done: (outcome: Outcome) => void): () => void {
    const { clock, readTimeoutMs } = this.#options
    const ms = Math.max(0, Math.min(readTimeoutMs, deadline - clock.now()))
    let cancel = () => {}
    const end = (outcome?: Outcome) => {
      cancelTimer()
      cancel()
      if (outcome !== undefined) done(outcome)
    }
    let session: Session | undefined
    const cancelTimer = clock.after(ms, () => {
      cancel()
      if (session !== undefined) this.#leave(session)
      end({ error: this.#error('context deadline exceeded (Client.Timeout exceeded)') })
    })
    const start = (isRetry: boolean) => {
      const reused = this.#usable()
      this.#options.onConnection(reused !== undefined)
      try {
        session = reused ?? this.#open()
      } catch (error) {
        // Node.js refuses to open the connection.
        const outcome = { error: this.#error(errorText(error)), isBlameless: true }
        cancel = clock.after(0, () => end(outcome))
        return
      }
      cancel = this.#send(session, query, (outcome, isLost) => {
        // A connection that the peer closed between two queries is no failed attempt.
        if (isLost && reused !== undefined && !isRetry) start(true)
        else end(outcome)
      })
    }
    start(false)
    return () => end()
  }

  retire(): void {
    this.#session?.http.close()
    this.#session = undefined
  }

  /** A connection that lets queries wait gets no more of them, and ends with the last one; it may be dead. */
  #leave(session: Session): void {
    if (this.#session === session) this.#session = undefined
    session.isLeft = true
    session.cancelExpiry()
    // A dead peer would never end the connection.
    if (session.inFlight === 0) session.socket.destroy()
  }

  #error(cause: string): string {
    const { name } = this.#options
    const method = this.#method === 'GET' ? 'Get' : 'Post'
    return `${method} "https://${name}${PATH}": ${cause}`
  }

  /** The open connection, if it takes another query. */
  #usable(): Session | undefined {
    const session = this.#session
    if (session === undefined) return undefined
    const { clock, maxAgeMs } = this.#options
    const isOld = maxAgeMs > 0 && clock.now() - session.openedAt >= maxAgeMs
    if (isOld) this.retire()
    return isOld || session.http.closed || session.http.destroyed ? undefined : session
  }

  #open(): Session {
    const { address, port, name, sourceAddress, clock } = this.#options
    const { connect } = process.getBuiltinModule('node:http2')
    const tls = process.getBuiltinModule('node:tls')
    const localAddress = sourceAddress === undefined ? {} : { localAddress: sourceAddress }
    const socket = tls.connect({
      host: address,
      port,
      secureContext: this.#context,
      servername: this.#serverName,
      ALPNProtocols: ['h2'],
      ...localAddress,
    })
    const http = connect(`https://${name}`, {
      // The stream of a reply has at most one message in memory.
      settings: { enablePush: false, initialWindowSize: MESSAGE_MAX_SIZE },
      createConnection: () => socket,
    })
    const session: Session = {
      http,
      socket,
      openedAt: clock.now(),
      inFlight: 0,
      isLeft: false,
      cancelExpiry: () => {},
    }
    http.unref()
    const forget = () => {
      if (this.#session === session) this.#session = undefined
    }
    // Its streams report the error.
    http.on('error', forget)
    http.on('goaway', forget)
    http.on('close', forget)
    this.#session = session
    return session
  }

  /** Sends a query in a stream; `isLost` says that the connection ended before a reply began. */
  #send(
    session: Session,
    query: Outgoing,
    done: (outcome: Outcome, isLost: boolean) => void,
  ): () => void {
    const { clock, expireMs } = this.#options
    if (session.inFlight >= MAX_IN_FLIGHT) {
      const error = this.#error('too many queries in flight')
      return clock.after(0, () => done({ error, isBlameless: true }, false))
    }
    let stream: ClientHttp2Stream
    try {
      stream = this.#request(session.http, query.wire)
    } catch (error) {
      // The connection has ended, and its event comes later.
      if (this.#session === session) this.#session = undefined
      const outcome = { error: this.#error(errorText(error)) }
      return clock.after(0, () => done(outcome, true))
    }
    session.cancelExpiry()
    session.inFlight++
    let isDone = false
    let hasReply = false
    const finish = (outcome?: Outcome) => {
      if (isDone) return
      isDone = true
      session.inFlight--
      stream.destroy()
      if (session.inFlight === 0 && session.isLeft) session.socket.destroy()
      else if (session.inFlight === 0) {
        session.cancelExpiry = clock.after(expireMs, () => session.http.close())
      }
      if (outcome !== undefined) done(outcome, !hasReply)
    }
    let bytes = 0
    const chunks: Buffer[] = []
    stream.on('response', ({ ':status': status }) => {
      hasReply = true
      if (status !== 200) finish({ error: this.#error(`HTTP status ${status}`) })
    })
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes > MESSAGE_MAX_SIZE) finish({ error: this.#error('http: response too large') })
    })
    stream.on('error', (error) => {
      finish({ error: this.#error(causeOf(error)) })
    })
    stream.on('close', () => finish({ error: this.#error('EOF') }))
    stream.on('end', () => {
      if (!hasReply) return finish({ error: this.#error('EOF') })
      const reply = received(query, Buffer.concat(chunks), false)
      if (reply === FOREIGN || reply === MALFORMED) finish(MALFORMED_REPLY)
      else finish({ reply })
    })
    return () => finish()
  }

  #request(http: ClientHttp2Session, wire: Uint8Array): ClientHttp2Stream {
    const common: OutgoingHttpHeaders = { accept: MIME_TYPE, 'content-type': MIME_TYPE }
    if (this.#method === 'GET') {
      const text = Buffer.from(wire).toString('base64url')
      return http.request({ ...common, ':method': 'GET', ':path': `${PATH}?dns=${text}` })
    }
    const stream = http.request({
      ...common,
      ':method': 'POST',
      ':path': PATH,
      'content-length': wire.length,
    })
    stream.end(wire)
    return stream
  }
}
