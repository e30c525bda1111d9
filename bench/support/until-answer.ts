// Asks a DNS server until its answer is the one that is waited for. A question or an answer that is lost, as UDP may,
// is asked again after a while and counted: it adds to what is measured.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { decodeMessage } from '../../test/support/dns-decode.ts'
import { encodeQuery } from '../../test/support/dns-encode.ts'

const TIMEOUT_MS = 5000
/** Longer than any answer takes. */
const REPLY_TIMEOUT_MS = 250

export interface Answered {
  /** When it was so (performance.now()). */
  readonly at: number
  /** Questions without an answer until then. */
  readonly lost: number
}

/**
 * Resolves when the A records of `name` are exactly the IPv4 addresses in `wanted`. `pause` is awaited between two
 * questions.
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
    const unanswered = lost === 0 ? '' : `, ${lost} questions had no answer`
    throw new Error(`${name} did not change in ${TIMEOUT_MS} ms${unanswered}`)
  } finally {
    socket.close()
  }
}

/** For the notes of a result; nothing when none was lost. */
export function lostNote(lost: number): readonly string[] {
  return lost === 0
    ? []
    : [`${lost} questions had no answer within ${REPLY_TIMEOUT_MS} ms and were asked again.`]
}

/** The next datagram; undefined when none comes in time. Rejects when nobody listens there. */
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
