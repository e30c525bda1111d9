// Queries a DNS server until it returns the wanted answer. A query without a reply (UDP loss) is sent again after a
// timeout and counted, because it increases the measured time.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decodeMessage } from '../../test/support/dns-decode.ts'
import { encodeQuery } from '../../test/support/dns-encode.ts'

const TIMEOUT_MS = 5000
/** A query without a reply for this long counts as lost. */
const REPLY_TIMEOUT_MS = 250

interface Answered {
  /** The time of the wanted answer (performance.now()). */
  readonly at: number
  /** Queries without a reply until then. */
  readonly lost: number
}

/**
 * Resolves when the A records of `name` are exactly the IPv4 addresses in `wanted`. Awaits `pause` between two
 * queries. Rejects after TIMEOUT_MS.
 */
export async function untilAnswer(
  port: number,
  name: string,
  wanted: readonly string[],
  pause: () => Promise<unknown>,
): Promise<Answered> {
  const v4 = wanted.filter((address) => !address.includes(':')).sort()
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const bytes = encodeQuery({ name, type: 'A' })
  const end = performance.now() + TIMEOUT_MS
  let lost = 0
  try {
    while (performance.now() < end) {
      const reply = nextMessage(socket)
      socket.send(bytes)
      const message = await reply
      if (message === undefined) {
        lost++
        continue
      }
      const at = performance.now()
      const addresses = decodeMessage(message).answers.map(({ data }) => String(data))
      if (addresses.sort().join() === v4.join()) return { at, lost }
      await pause()
    }
    const unanswered = lost === 0 ? '' : `, ${lost} queries had no reply`
    throw new Error(`${name} did not change in ${TIMEOUT_MS} ms${unanswered}`)
  } finally {
    socket.close()
  }
}

/** A note on lost queries; [] when there are none. */
export function lostNote(lost: number): readonly string[] {
  return lost === 0
    ? []
    : [`${lost} queries had no reply within ${REPLY_TIMEOUT_MS} ms and were sent again.`]
}

/** The next datagram; undefined after REPLY_TIMEOUT_MS. Rejects on a socket error (port unreachable). */
function nextMessage(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => {
      clearTimeout(timer)
      socket.off('message', take).off('error', fail)
      act()
    }
    const take = (message: Buffer) => finish(() => resolve(message))
    const fail = (error: Error) => finish(() => reject(error))
    const timer = setTimeout(() => finish(() => resolve(undefined)), REPLY_TIMEOUT_MS)
    socket.on('message', take).on('error', fail)
  })
}
