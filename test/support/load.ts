// Constant load on a DNS server: each socket has so many queries outstanding, and every reply starts another.
// Loopback loses nothing by itself, so what is lost was lost by the server.
import { createSocket, type Socket } from 'node:dgram'
import { encodeQuery } from './dns-encode.ts'
import { waitFor } from './wait-for.ts'

export interface LoadOptions {
  readonly port: number
  readonly name: string
  /** Client sockets, each with a port of its own, so that the kernel spreads them. */
  readonly sockets?: number
  /** Queries outstanding on each. */
  readonly window?: number
}

export interface Load {
  readonly answered: () => number
  /** Replies by rcode. */
  readonly rcodes: ReadonlyMap<number, number>
  /** Sends no more, waits for what is outstanding; returns how many queries were never answered. */
  readonly finish: () => Promise<number>
}

export function startLoad({ port, name, sockets = 4, window = 16 }: LoadOptions): Load {
  const rcodes = new Map<number, number>()
  const query = encodeQuery({ name, type: 'A' })
  let outstanding = 0
  let answered = 0
  let ending = false
  const open = Array.from({ length: sockets }, () => createSocket('udp4'))
  const ask = (socket: Socket): void => {
    outstanding++
    socket.send(query)
  }
  for (const socket of open) {
    socket.on('message', (reply) => {
      const rcode = reply[3]! & 0xf
      rcodes.set(rcode, (rcodes.get(rcode) ?? 0) + 1)
      outstanding--
      answered++
      if (!ending) ask(socket)
    })
    socket.connect(port, '127.0.0.1', () => {
      for (let i = 0; i < window; i++) ask(socket)
    })
  }
  return {
    answered: () => answered,
    rcodes,
    async finish() {
      ending = true
      await waitFor('all are answered', () => outstanding === 0, { timeoutMs: 3000 }).catch(
        () => {},
      )
      await Promise.all(open.map((socket) => new Promise<void>((done) => socket.close(done))))
      return outstanding
    },
  }
}
