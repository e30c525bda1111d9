// Random datagrams through the real kernel, the packet loop, the packet path of a zone and the slow path, with guard pages
// around all native memory: whatever a client sends, nothing is read or written outside of it, and the server goes on.
import { describe, expect, test } from 'vitest'
import { PacketLoop } from '../../../src/server/mmsg/packet-loop.ts'
import { createSharedSocket, SharedSocket } from '../../../src/server/mmsg/shared-socket.ts'
import { SlowPath } from '../../../src/server/mmsg/slow-path.ts'
import { THREAD_UDP_ERRORS, THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import { REQUEST_MAX } from '../../../src/udp/batch.ts'
import { decodeMessage } from '../../support/dns-decode.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { freePort } from '../../support/free-port.ts'
import { nativeSockets } from '../../support/native-sockets.ts'
import { contentOf, createHarness } from '../../support/packet-harness.ts'
import { createRandom, type Random } from '../../support/random.ts'
import { type GeneratedObjects, randomObjects } from '../../support/random-objects.ts'
import { randomQuery } from '../../support/random-queries.ts'
import { waitFor } from '../../support/wait-for.ts'

const ZONE = 'clusterset.local'
const COREFILE = `.:53 {
 bind 127.0.0.1
 multicluster ${ZONE} {
  manifests /m
 }
 whoami
}`
/** Datagrams that are sent before the loop reads them: they fit into the receive buffer of the socket. */
const BURST = 16
const BURSTS = 150

function randomDatagram(random: Random, data: GeneratedObjects): Uint8Array {
  const bytes = Uint8Array.from(randomQuery(random, data, ZONE).bytes)
  const kind = random.int(10)
  // Random bytes, also of sizes around the limits of a buffer.
  if (kind === 0) return randomBytes(random, random.int(600))
  if (kind === 1) return randomBytes(random, REQUEST_MAX - 2 + random.int(5))
  if (kind === 2) return randomBytes(random, random.pick([0, 1, 11, 12, 13, 9000]))
  if (kind < 6) {
    for (let i = 0; i <= random.int(4); i++) bytes[random.int(bytes.length)] = random.int(256)
    return bytes
  }
  if (kind === 6) return bytes.subarray(0, random.int(bytes.length))
  return bytes
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.int(256))
}

describe.each(['start', 'end'] as const)('with guard pages at the %s', (guarded) => {
  const { libc, open, client, cleanUp } = nativeSockets(guarded)

  test.each([
    ['one address', '127.0.0.1', false],
    ['all addresses', '', true],
  ])('a socket of %s survives random datagrams', async (_what, address, wildcard) => {
    const random = createRandom(wildcard ? 1 : 2)
    const data = randomObjects(random, 30)
    const harness = createHarness({ corefile: COREFILE, content: contentOf(data.objects) })
    const path = harness.path()
    const pipeline = {
      path,
      observer: undefined,
      gates: undefined,
      recover: (error: unknown) => failures.push(error),
    }
    const failures: unknown[] = []
    const port = await freePort()
    const shared = new SharedSocket(createSharedSocket())
    const fd = open(address, port)
    shared.fd = fd
    const wake = libc.eventfd(0, 0)
    cleanUp(() => libc.close(wake))
    const threadCounters = new Int32Array(THREAD_WORDS)
    const signal = new Int32Array(new SharedArrayBuffer(4))
    const loop = new PacketLoop({
      libc,
      wake,
      threadCounters,
      flushLines: () => {},
      notifyUpstream: () => {},
      notifySlowPath: () => {
        Atomics.add(signal, 0, 1)
        Atomics.notify(signal, 0)
      },
    })
    cleanUp(() => loop.free())
    loop.serve([{ ...pipeline, fd, shared, wildcard, hasUpstreamThread: false }])
    const slowPath = new SlowPath(libc, signal, threadCounters)
    slowPath.serve([{ ...pipeline, shared, localAddress: address, localPort: port }])
    const socket = await client(port)

    for (let burst = 0; burst < BURSTS; burst++) {
      const sent = Array.from({ length: BURST }, () => {
        const datagram = randomDatagram(random, data)
        return new Promise((done) => socket.send(datagram, done))
      })
      await Promise.all(sent)
      while (loop.answerBatches());
      // Lets the client read the replies.
      await new Promise((done) => setImmediate(done))
    }
    await waitFor('the slow path has answered', () => shared.pending === 0)
    const last = encodeQuery({ name: ZONE, type: 'SOA', id: 0x1234 })
    const isLast = (reply: Buffer) => reply.readUInt16BE(0) === 0x1234
    await waitFor('an answer to a valid query', () => {
      socket.send(last)
      loop.answerBatches()
      return socket.replies.some(
        (reply) => isLast(reply) && decodeMessage(reply).answers.length > 0,
      )
    })
    await slowPath.stop(0)
    expect([failures, harness.reports]).toEqual([[], []])
    // The kernel refuses to send what is outside of the memory.
    expect(threadCounters[THREAD_UDP_ERRORS]).toBe(0)
    expect(socket.replies.length).toBeGreaterThan((BURSTS * BURST) / 2)
    expect(socket.replies.every((reply) => (reply[2]! & 0x80) !== 0)).toBe(true)
  })
})
