// The event-loop thread's part of UDP in batches: a bounded number of queries waits for the plugin chain.
import { expect, test } from 'vitest'
import { PacketLoop } from '../../../src/server/mmsg/packet-loop.ts'
import { createSharedSocket, SharedSocket } from '../../../src/server/mmsg/shared-socket.ts'
import { SlowPath } from '../../../src/server/mmsg/slow-path.ts'
import { THREAD_QUEUE_OVERFLOWS, THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import type { Libc } from '../../../src/udp/libc.ts'
import { echoPath, echoPipeline, echoRequest } from '../../support/echo-path.ts'
import { freePort } from '../../support/free-port.ts'
import { nativeSockets } from '../../support/native-sockets.ts'
import { waitFor } from '../../support/wait-for.ts'

const { libc, open, newBatch, client, cleanUp } = nativeSockets()

test('too many queries wait for the chain: the oldest gets SERVFAIL and is counted', async () => {
  const port = await freePort()
  const shared = new SharedSocket(createSharedSocket())
  const fd = open('127.0.0.1', port)
  shared.fd = fd
  const wake = libc.eventfd(0, 0)
  cleanUp(() => libc.close(wake))
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const packetCounters = new Int32Array(THREAD_WORDS)
  const counters = new Int32Array(THREAD_WORDS)
  const path = echoPath()
  const pipeline = echoPipeline(path)
  const loop = new PacketLoop({
    libc,
    wake,
    threadCounters: packetCounters,
    flushLines: () => {},
    notifyUpstream: () => {},
    notifySlowPath: () => {
      Atomics.add(signal, 0, 1)
      Atomics.notify(signal, 0)
    },
  })
  cleanUp(() => loop.free())
  loop.serve([{ ...pipeline, fd, shared, wildcard: false, hasUpstreamThread: false }])
  const slowPath = new SlowPath(libc, signal, counters)
  slowPath.serve([{ ...pipeline, shared, localAddress: '127.0.0.1', localPort: port }])

  const socket = await client(port)
  const question = [1, 0x61, 0, 0, 1, 0, 1]
  const request = (id: number) =>
    Uint8Array.of(id >> 8, id & 255, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, ...question)
  for (let sent = 0; sent < 1001; ) {
    for (const end = Math.min(sent + 50, 1001); sent < end; sent++) socket.send(request(sent))
    await waitFor('the queries wait', () => {
      loop.answerBatches()
      return path.waiting === sent
    })
  }
  await waitFor('one is refused', () => socket.replies.length > 0)
  const idAndRcode = (reply?: Buffer) => [reply?.readUInt16BE(0), reply![3]! & 0xf]
  expect(idAndRcode(socket.replies[0])).toEqual([0, 2])
  expect([packetCounters, counters].map((one) => one[THREAD_QUEUE_OVERFLOWS])).toEqual([0, 1])
  // The late reply to the refused query is not sent; the next reply is.
  path.release()
  path.release()
  await waitFor('another reply', () => socket.replies.length > 1)
  expect(socket.replies[1]?.readUInt16BE(0)).toBe(1)
  await slowPath.stop(0)
})

test('a query counts as pending until its reply is sent, so its descriptor is not closed before', async () => {
  const port = await freePort()
  const shared = new SharedSocket(createSharedSocket())
  shared.fd = open('127.0.0.1', port)
  const socket = await client(port)
  const batch = newBatch()
  await new Promise((sent) => socket.send(echoRequest(7, 12, true), sent))
  await waitFor('the request arrives', () => batch.receive(shared.fd, false) === 1)
  shared.chain.push(batch, 0, 0)

  const pendingAtSend: number[] = []
  const sendmmsg: Libc['sendmmsg'] = Object.assign(
    (...call: Parameters<Libc['sendmmsg']>) => {
      pendingAtSend.push(shared.pending)
      return libc.sendmmsg(...call)
    },
    { pointer: libc.sendmmsg.pointer },
  )
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const path = echoPath()
  const slowPath = new SlowPath({ ...libc, sendmmsg }, signal, new Int32Array(THREAD_WORDS))
  slowPath.serve([{ ...echoPipeline(path), shared, localAddress: '127.0.0.1', localPort: port }])
  path.release()
  await waitFor('a reply', () => socket.replies.length === 1)
  expect([pendingAtSend, shared.pending]).toEqual([[1], 0])
  await slowPath.stop(0)
})

test('the last queries of a socket that is no longer served are answered, until it is closed', async () => {
  const port = await freePort()
  const shared = new SharedSocket(createSharedSocket())
  const fd = open('127.0.0.1', port)
  shared.fd = fd
  const socket = await client(port)
  const batch = newBatch()
  const signal = new Int32Array(new SharedArrayBuffer(4))
  const path = echoPath()
  const slowPath = new SlowPath(libc, signal, new Int32Array(THREAD_WORDS))
  slowPath.serve([{ ...echoPipeline(path), shared, localAddress: '127.0.0.1', localPort: port }])
  // This thread takes over a plan before the packet thread does.
  slowPath.serve([])
  const queue = async (id: number) => {
    await new Promise((sent) => socket.send(echoRequest(id, 12, true), sent))
    await waitFor('the request arrives', () => batch.receive(fd, false) === 1)
    shared.chain.push(batch, 0, 0)
    Atomics.add(signal, 0, 1)
    Atomics.notify(signal, 0)
  }
  await queue(7)
  await waitFor('the query waits for the chain', () => path.waiting === 1)
  path.release()
  await waitFor('a reply', () => socket.replies.length === 1)
  shared.fd = -1
  await queue(8)
  slowPath.serve([])
  expect([path.waiting, shared.chain.isEmpty]).toEqual([0, false])
  await slowPath.stop(0)
})
