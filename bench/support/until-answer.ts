// Asks a DNS server until its answer is the one that is waited for.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decodeMessage } from '../../test/support/dns-decode.ts'
import { encodeQuery } from '../../test/support/dns-encode.ts'

const TIMEOUT_MS = 5000

/**
 * Resolves to when (performance.now()) the A records of `name` were exactly the IPv4 addresses in `wanted`.
 * `pause` is awaited between two questions.
 */
export async function untilAnswer(
  port: number,
  name: string,
  wanted: readonly string[],
  pause: () => Promise<unknown>,
): Promise<number> {
  const v4 = wanted.filter((address) => !address.includes(':')).sort()
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const bytes = encodeQuery({ name, type: 'A' })
  const end = performance.now() + TIMEOUT_MS
  try {
    while (performance.now() < end) {
      const reply = once(socket, 'message')
      socket.send(bytes)
      const [message] = (await reply) as [Buffer]
      const at = performance.now()
      const found = decodeMessage(message).answers.map(({ data }) => String(data))
      if (found.sort().join() === v4.join()) return at
      await pause()
    }
    throw new Error(`${name} did not change in ${TIMEOUT_MS} ms`)
  } finally {
    socket.close()
  }
}
