// How the asker sends a question: by UDP, on a new TCP connection, or on one that it keeps.
import { createSocket } from 'node:dgram'
import { openTcp, type TcpConnection } from '../../support/dns-client.ts'
import { decodeMessage, type Message } from '../../support/dns-decode.ts'
import { encodeQuery } from '../../support/dns-encode.ts'

export type Over = 'udp' | 'tcp' | 'kept tcp'

/** Asks once; resolves to undefined when no reply has arrived in `ms`, or the connection has ended. */
export type Carrier = (name: string, type: string, ms: number) => Promise<Message | undefined>

/** Sockets of each kind of question. The kernel gives each to one packet thread, and a retry uses the next one. */
const UDP_SOCKETS = 8

export function openCarrier(over: Over, port: number): Carrier {
  if (over === 'udp') return overUdp(port)
  return over === 'tcp' ? overNewTcp(port) : overKeptTcp(port)
}

function overUdp(port: number): Carrier {
  const waiting = new Map<number, (reply: Message) => void>()
  const sockets = Array.from({ length: UDP_SOCKETS }, () => {
    const socket = createSocket('udp4')
    socket.on('error', () => {})
    socket.on('message', (bytes) => waiting.get(bytes.readUInt16BE(0))?.(decodeMessage(bytes)))
    socket.connect(port, '127.0.0.1')
    return socket
  })
  let next = 0
  return (name, type, ms) =>
    new Promise((resolve) => {
      const id = next++ & 0xffff
      const finish = (reply: Message | undefined) => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(reply)
      }
      const timer = setTimeout(() => finish(undefined), ms)
      waiting.set(id, finish)
      sockets[id % UDP_SOCKETS]!.send(encodeQuery({ name, type, id }), () => {})
    })
}

function overNewTcp(port: number): Carrier {
  return async (name, type, ms) => {
    const end = performance.now() + ms
    const connection = await openTcp({ port }).catch(() => undefined)
    if (connection === undefined) return undefined
    connection.send(encodeQuery({ name, type }))
    const bytes = await connection.receive(Math.max(0, end - performance.now()))
    connection.close()
    return bytes && decodeMessage(bytes)
  }
}

/** One question at a time, so that a connection that ends takes one question with it. */
function overKeptTcp(port: number): Carrier {
  let connection: TcpConnection | undefined
  let last: Promise<unknown> = Promise.resolve()
  const ask = async (name: string, type: string, ms: number) => {
    const end = performance.now() + ms
    connection ??= await openTcp({ port }).catch(() => undefined)
    connection?.send(encodeQuery({ name, type }))
    const bytes = await connection?.receive(Math.max(0, end - performance.now()))
    if (bytes !== undefined) return decodeMessage(bytes)
    connection?.close()
    connection = undefined
    return undefined
  }
  return (name, type, ms) => {
    const asked = last.then(() => ask(name, type, ms))
    last = asked
    return asked
  }
}
