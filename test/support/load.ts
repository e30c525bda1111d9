// Constant load on a DNS server: each socket keeps a number of outstanding queries and sends a new one for each reply.
// Loopback does not lose packets, so the server is responsible for all lost queries.
import { createSocket, type Socket } from 'node:dgram'
import { encodeQuery } from './dns-encode.ts'
import { waitFor } from './wait-for.ts'

export interface LoadOptions {
  readonly port: number
  readonly name: string
  /** The number of client sockets, each with its own port, so that the kernel distributes them. */
  readonly sockets?: number
  /** Outstanding queries of each socket. */
  readonly window?: number
}

export interface Load {
  readonly answered: () => number
  /** Rcode -> number of replies. */
  readonly rcodes: ReadonlyMap<number, number>
  /** Stops the load and waits for outstanding replies; resolves to the number of unanswered queries. */
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
