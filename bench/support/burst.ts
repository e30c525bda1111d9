// Asks a server for many names at once, as soon as it answers the first of them.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { encodeQuery } from '../../test/support/dns-encode.ts'

const TIMEOUT_MS = 60_000
/** Between two questions, while there is no answer. */
const POLL_MS = 2
/** Questions that are sent at once: all replies fit into the buffer of a socket. */
const WINDOW = 100

/**
 * Resolves when each of `names` has an A answer without an error: with records where `needsRecords`. Questions without such
 * an answer are sent again.
 */
export async function untilAllAnswered(
  port: number,
  names: readonly string[],
  needsRecords: boolean,
): Promise<void> {
  const socket = createSocket('udp4')
  const open = new Map(names.map((name, id) => [id, encodeQuery({ id, name, type: 'A' })]))
  socket.on('message', (reply) => {
    const isAnswer = (reply[3]! & 0xf) === 0 && (!needsRecords || reply.readUInt16BE(6) > 0)
    if (isAnswer) open.delete(reply.readUInt16BE(0))
  })
  // Nobody listens yet.
  socket.on('error', () => {})
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const end = performance.now() + TIMEOUT_MS
  try {
    while (open.size > 0) {
      if (performance.now() > end) throw new Error(`${open.size} names have no answer`)
      const isFirst = open.size === names.length
      for (const query of [...open.values()].slice(0, isFirst ? 1 : WINDOW)) socket.send(query)
      await delay(POLL_MS)
    }
  } finally {
    socket.close()
  }
}
