// Queries a DNS server over real sockets: one query, arbitrary bytes, or many queries on one TCP connection.
import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { decodeMessage, type Message } from './dns-decode.ts'
import { encodeQuery, type QuerySpec } from './dns-encode.ts'
import { frame } from './dns-frames.ts'

export interface Server {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
}

/** Where a connection comes from. */
export interface From {
  /** An address of this machine; default: the system's choice. */
  readonly from?: string
}

export interface Query extends Server, From, QuerySpec {
  readonly tcp?: boolean
  /** Bytes to send in place of the encoded query. */
  readonly raw?: Uint8Array
  readonly timeoutMs?: number
}

/** The server sent no reply in time, or closed the TCP connection without a reply. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** Sends one query and parses the reply; rejects with `NoAnswer` when there is none. */
export async function query(options: Query): Promise<Message> {
  const bytes = options.raw ?? encodeQuery(options)
  const answer = await exchange({ ...options, bytes })
  if (!answer) throw new NoAnswer(`no answer to ${options.name} ${options.type}`)
  return decodeMessage(answer)
}

export interface Exchange extends Server, From {
  readonly bytes: Uint8Array
  readonly tcp?: boolean
  readonly timeoutMs?: number
}

/** Sends `bytes` as one message; resolves to the bytes of the reply, or undefined when none arrives in time. */
export async function exchange(options: Exchange): Promise<Uint8Array | undefined> {
  const { bytes, timeoutMs = 3_000 } = options
  if (!options.tcp) return exchangeUdp(options)
  const connection = await openTcp(options)
  try {
    connection.send(bytes)
    return await connection.receive(timeoutMs)
  } finally {
    connection.close()
  }
}

function exchangeUdp(options: Exchange): Promise<Uint8Array | undefined> {
  const { bytes, port, host = '127.0.0.1', from, timeoutMs = 3_000 } = options
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: host.includes(':') ? 'udp6' : 'udp4',
      lookup: (name, _options, done) => done(null, name, host.includes(':') ? 6 : 4),
    })
    const finish = (act: () => void) => {
      clearTimeout(timer)
      socket.close(act)
    }
    const timer = setTimeout(() => finish(() => resolve(undefined)), timeoutMs)
    socket.once('error', (error) => finish(() => reject(error)))
    socket.once('message', (answer) => finish(() => resolve(answer)))
    // Connected, so that only packets of this server arrive and a closed port is an immediate error.
    const send = () => socket.connect(port, host, () => socket.send(bytes))
    if (from === undefined) send()
    else socket.bind({ address: from }, send)
  })
}

export interface TcpConnection {
  /** Sends one message with its length prefix. */
  readonly send: (message: Uint8Array) => void
  /** Sends bytes without a length prefix, for partial frames and wrong lengths. */
  readonly sendBytes: (bytes: Uint8Array) => void
  /** The next message; undefined when the connection has ended or none arrives in time. */
  readonly receive: (timeoutMs?: number) => Promise<Uint8Array | undefined>
  /** Resolves to true when the server has closed the connection, to false after `timeoutMs`. */
  readonly closed: (timeoutMs: number) => Promise<boolean>
  readonly socket: Socket
  readonly close: () => void
}

/** Opens a TCP connection for pipelined or manually framed queries. */
export async function openTcp(options: Server & From): Promise<TcpConnection> {
  const { port, host = '127.0.0.1', from } = options
  const localAddress = from === undefined ? {} : { localAddress: from }
  const socket = connect({ port, host, noDelay: true, ...localAddress })
  let pending = Buffer.alloc(0)
  let ended = false
  const wakers = new Set<() => void>()
  const wake = () => {
    for (const waker of wakers) waker()
  }
  const end = () => {
    ended = true
    wake()
  }
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    wake()
  })
  socket.on('error', end)
  socket.on('end', end)
  socket.on('close', end)

  const until = (done: () => boolean, timeoutMs: number) =>
    new Promise<boolean>((resolve) => {
      const check = () => {
        if (!done() && !ended) return
        finish(done())
      }
      const finish = (value: boolean) => {
        clearTimeout(timer)
        wakers.delete(check)
        resolve(value)
      }
      const timer = setTimeout(() => finish(false), timeoutMs)
      wakers.add(check)
      check()
    })
  const whole = () => pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)

  return {
    socket,
    send: (message) => {
      socket.write(frame(message))
    },
    sendBytes: (bytes) => {
      socket.write(bytes)
    },
    receive: async (timeoutMs = 3_000) => {
      if (!(await until(whole, timeoutMs))) return undefined
      const length = pending.readUInt16BE(0)
      const message = Buffer.from(pending.subarray(2, 2 + length))
      pending = pending.subarray(2 + length)
      return message
    },
    closed: async (timeoutMs) => {
      await until(() => ended, timeoutMs)
      return ended
    },
    close: () => {
      socket.destroy()
    },
  }
}

/** Sends all queries in one write on one TCP connection; resolves to the replies in their order of arrival. */
export async function pipeline(
  server: Server,
  queries: readonly QuerySpec[],
  timeoutMs = 3_000,
): Promise<Message[]> {
  const connection = await openTcp(server)
  try {
    const frames = queries.flatMap((spec) => {
      const bytes = encodeQuery(spec)
      return [Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes]
    })
    connection.sendBytes(Buffer.concat(frames))
    const answers: Message[] = []
    for (const spec of queries) {
      const answer = await connection.receive(timeoutMs)
      if (!answer) throw new NoAnswer(`no answer to ${spec.name} ${spec.type} on the connection`)
      answers.push(decodeMessage(answer))
    }
    return answers
  } finally {
    connection.close()
  }
}
