// Sends one query to a DNS server on the control thread and waits for any reply: the probes of `forward` and `loop`.
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { u16 } from './dns/bytes.ts'
import { FLAG_QR, HEADER_SIZE } from './dns/codes.ts'
import { require } from './require.ts'

/** The question of a probe. */
interface ProbeQuestion {
  /** A name with or without its final dot; '.' is the root. */
  readonly name: string
  readonly type: 'NS' | 'HINFO'
  readonly recursionDesired: boolean
}

/** A query as bytes, with its random id. */
export interface ProbeQuery {
  readonly id: number
  readonly wire: Uint8Array
}

/** Encodes a query of class IN. `id` is random by default; DNS over HTTPS wants 0 (RFC 8484 section 4.1). */
export function probeQuery(question: ProbeQuestion, id = randomInt(0x1_0000)): ProbeQuery {
  const { name, type, recursionDesired } = question
  // Loaded with the first probe: most configurations have none.
  const { encode, RECURSION_DESIRED } = require('dns-packet') as typeof import('dns-packet')
  const wire = encode({
    type: 'query',
    id,
    flags: recursionDesired ? RECURSION_DESIRED : 0,
    questions: [{ name, type, class: 'IN' }],
  })
  return { id, wire }
}

/** True if the bytes are a reply to the query, whatever is in its sections (coredns plugin/pkg/proxy health.go). */
export function isReply(bytes: Uint8Array, { id }: ProbeQuery): boolean {
  return bytes.length >= HEADER_SIZE && u16(bytes, 0) === id && (u16(bytes, 2) & FLAG_QR) !== 0
}

/** Where a probe goes. */
export interface ProbeServer {
  /** An IP address. */
  readonly address: string
  readonly port: number
  /** The local IP address; default: the system's choice. */
  readonly source?: string
}

/** Sends a query by UDP; resolves with a reply, and rejects without one after `timeoutMs` or with a socket error. */
export async function probeByUdp(
  query: ProbeQuery,
  { address, port, source }: ProbeServer,
  timeoutMs: number,
): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const close = () => {
    socket.removeAllListeners()
    // An error may follow in the same round of the event loop.
    socket.on('error', () => {})
    socket.close()
  }
  await untilEnd(timeoutMs, close, (end) => {
    socket.on('error', end)
    socket.on('message', (bytes) => {
      if (isReply(bytes, query)) end()
    })
    socket.on('connect', () => socket.send(query.wire))
    socket.bind({ port: 0, ...(source === undefined ? {} : { address: source }) }, () => {
      socket.connect(port, address)
    })
  })
}

/**
 * Runs `start`, and waits for the first call of `end`; then closes the connection. Rejects with the error of `end` or
 * `start`, or after `timeoutMs`.
 */
export function untilEnd(
  timeoutMs: number,
  close: () => void,
  start: (end: (error?: Error) => void) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const end = (error?: Error) => {
    clearTimeout(timer)
    close()
    if (error === undefined) resolve()
    else reject(error)
  }
  const timer = setTimeout(() => end(new Error('i/o timeout')), timeoutMs)
  try {
    start(end)
  } catch (error) {
    end(error instanceof Error ? error : new Error(String(error)))
  }
  return promise
}
