// A DNS server for UDP and TCP on loopback that stands for the resolver behind `forward`. Its data is upstream-names.ts,
// its misbehaviour upstream-conduct.ts. It counts what it is asked.
import { createSocket, type RemoteInfo } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { decodeMessage } from './dns-decode.ts'
import { frame, questionEnd, readFrames } from './dns-frames.ts'
import { freePort } from './free-port.ts'
import { conductOf } from './upstream-conduct.ts'
import {
  encodeReply,
  textOf,
  type UpstreamReply,
  type UpstreamRequest,
} from './upstream-message.ts'
import { upstreamReply } from './upstream-names.ts'

/** One question as it arrived. */
export interface Asked {
  /** Lower case, without a final dot. */
  readonly name: string
  readonly type: string
  readonly tcp: boolean
  /** The client's port. */
  readonly port: number
  readonly bytes: Uint8Array
}

export interface Upstream {
  readonly host: string
  readonly port: number
  /** `host:port`, for a Corefile. */
  readonly address: string
  /** The number of questions for a name (any letter case) and a type; of all types or names where left out. */
  readonly count: (name?: string, type?: string) => number
  /** The latest questions, oldest first; at most 10,000. */
  readonly asked: readonly Asked[]
  readonly forget: () => void
  /** While true, it counts questions and sends nothing. */
  readonly silence: (on: boolean) => void
  /** While true, it answers everything with SERVFAIL. */
  readonly fail: (on: boolean) => void
  /** The number of open TCP connections. */
  readonly connections: () => number
  /** Closes its sockets and connections; its port refuses from then on. */
  readonly stop: () => Promise<void>
}

interface UpstreamOptions {
  /** A loopback address; default 127.0.0.1. */
  readonly host?: string
  /** Default: a free port. */
  readonly port?: number
}

const KEPT = 10_000
const MAX_UDP = 65_507
const MAX_TCP = 65_535
const SERVFAIL: UpstreamReply = { rcode: 2, answers: [], authority: [], additional: [] }

/** Starts the server; resolves when it listens for UDP and TCP. */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const { host = '127.0.0.1', port = await freePort() } = options
  const asked: Asked[] = []
  const counts = new Map<string, number>()
  const timers = new Set<NodeJS.Timeout>()
  const sockets = new Set<Socket>()
  let silent = false
  let failing = false

  const after = (delayMs: number, act: () => void) => {
    if (delayMs === 0) return act()
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, delayMs)
    timers.add(timer)
  }
  const note = (entry: Asked) => {
    asked.push(entry)
    if (asked.length > KEPT) asked.shift()
    for (const key of [`${entry.name} ${entry.type}`, `${entry.name} `, ` ${entry.type}`, ' ']) {
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  /** What to send for a request; undefined for one that is no query, or while silent. */
  const answer = (bytes: Uint8Array, tcp: boolean, from: number) => {
    const parsed = parseRequest(bytes)
    if (parsed === undefined) return undefined
    const { request, name, type } = parsed
    note({ name, type, tcp, port: from, bytes: Uint8Array.from(bytes) })
    if (silent) return undefined
    const reply = failing ? SERVFAIL : upstreamReply(name, type, request.do)
    const size = Math.max(512, request.size ?? 512)
    const limit = tcp ? MAX_TCP : Math.min(MAX_UDP, size)
    return conductOf(name, tcp, (truncated) =>
      truncated
        ? encodeReply(request, { ...reply, answers: [], authority: [], tc: true }, limit)
        : encodeReply(request, { ...reply, tc: reply.tc === true && !tcp }, limit),
    )
  }

  const udp = createSocket({
    type: host.includes(':') ? 'udp6' : 'udp4',
    lookup: (name, _options, done) => done(null, name, host.includes(':') ? 6 : 4),
  })
  udp.on('message', (bytes: Buffer, from: RemoteInfo) => {
    const conduct = answer(bytes, false, from.port)
    if (conduct === undefined) return
    after(conduct.delayMs, () => {
      for (const message of conduct.messages) udp.send(message, from.port, from.address)
    })
  })
  const tcp = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    readFrames(socket, (message) => {
      const conduct = answer(message, true, socket.remotePort ?? 0)
      if (conduct === undefined) return
      after(conduct.delayMs, () => sendFrames(socket, conduct.messages, conduct.end))
    })
  })
  await listening(udp, () => udp.bind(port, host))
  await listening(tcp, () => tcp.listen(port, host))

  return {
    host,
    port,
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    count: (name = '', type = '') =>
      counts.get(`${name.toLowerCase().replace(/\.$/, '')} ${type}`) ?? 0,
    asked,
    forget: () => {
      asked.length = 0
      counts.clear()
    },
    silence: (on) => {
      silent = on
    },
    fail: (on) => {
      failing = on
    },
    connections: () => sockets.size,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      await Promise.all([
        new Promise<void>((done) => udp.close(done)),
        new Promise((done) => tcp.close(done)),
      ])
    },
  }
}

async function listening(server: EventEmitter, listen: () => void): Promise<void> {
  const ready = once(server, 'listening')
  listen()
  await ready
}

function sendFrames(
  socket: Socket,
  messages: readonly Uint8Array[],
  end: 'cut' | 'hang-up' | undefined,
): void {
  if (socket.destroyed) return
  if (end !== 'hang-up') {
    for (const message of messages) {
      const bytes = frame(message)
      socket.write(end === 'cut' ? bytes.subarray(0, bytes.length >> 1) : bytes)
    }
  }
  if (end !== undefined) socket.end()
}

function parseRequest(
  bytes: Uint8Array,
): { request: UpstreamRequest; name: string; type: string } | undefined {
  try {
    const message = decodeMessage(bytes)
    if (message.flags.qr || message.question === undefined) return undefined
    const question = Uint8Array.from(bytes.subarray(12, questionEnd(bytes)))
    const request = {
      id: message.id,
      flags: Buffer.from(bytes).readUInt16BE(2),
      question,
      size: message.opt?.size,
      do: message.opt?.do ?? false,
    }
    return { request, name: textOf(question), type: message.question.type }
  } catch {
    return undefined
  }
}
