// The loop of a packet thread, with the real kernel and libc.
import { describe, expect, test } from 'vitest'
import { PacketLoop } from '../../../src/server/mmsg/packet-loop.ts'
import {
  CHAIN_QUEUE,
  createSharedSocket,
  SharedSocket,
} from '../../../src/server/mmsg/shared-socket.ts'
import {
  THREAD_QUEUE_OVERFLOWS,
  THREAD_UDP_ERRORS,
  THREAD_WORDS,
} from '../../../src/server/shared/counters.ts'
import { BATCH } from '../../../src/udp/batch.ts'
import { echoPath, echoPipeline, echoRequest } from '../../support/echo-path.ts'
import { freePort } from '../../support/free-port.ts'
import { nativeSockets } from '../../support/native-sockets.ts'
import { waitFor } from '../../support/wait-for.ts'

const { libc, open, client, cleanUp } = nativeSockets()

describe('the packet loop', () => {
  async function setup(replySize?: number) {
    const port = await freePort()
    const shared = new SharedSocket(createSharedSocket())
    const fd = open('127.0.0.1', port)
    shared.fd = fd
    const wake = libc.eventfd(0, 0)
    cleanUp(() => libc.close(wake))
    const threadCounters = new Int32Array(THREAD_WORDS)
    let notifications = 0
    const loop = new PacketLoop({
      libc,
      wake,
      threadCounters,
      flushLines: () => {},
      notifySlowPath: () => notifications++,
      notifyUpstream: () => {},
    })
    cleanUp(() => loop.free())
    const path = echoPath(replySize)
    loop.serve([{ ...echoPipeline(path), fd, shared, wildcard: false, hasUpstreamThread: false }])
    const socket = await client(port)
    return { loop, shared, socket, threadCounters, notifications: () => notifications }
  }

  test('answers more requests than one batch, in order, each with its own reply', async () => {
    const { loop, socket } = await setup()
    const sizes = Array.from({ length: 3 * BATCH }, (_, i) => 12 + 3 * i)
    for (const [i, size] of sizes.entries()) socket.send(echoRequest(i, size))
    await waitFor('all', () => {
      loop.answerBatches()
      return socket.replies.length === sizes.length
    })
    expect(socket.replies.map((reply) => reply.length)).toEqual(sizes)
    expect(socket.replies.map((reply) => reply[1])).toEqual(sizes.map((_size, i) => i & 255))
  })

  test('sends the largest replies, although a batch of them does not fit in its memory', async () => {
    const { loop, socket } = await setup(60_000)
    socket.setRecvBufferSize(4_000_000)
    for (let i = 0; i < 12; i++) socket.send(echoRequest(i))
    await waitFor('all', () => {
      loop.answerBatches()
      return socket.replies.length === 12
    })
    expect(new Set(socket.replies.map((reply) => reply.length))).toEqual(new Set([60_000]))
  })

  test('queues misses, and refuses those of a client that has its share of the queue', async () => {
    const SHARE = CHAIN_QUEUE.clientMax!
    const { loop, shared, socket, threadCounters, notifications } = await setup()
    const question = [1, 0x61, 0, 0, 1, 0, 1]
    const miss = (id: number) =>
      Uint8Array.of(id >> 8, id & 255, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, ...question)
    for (let i = 0; i < SHARE; i++) {
      socket.send(miss(i))
      await waitFor('the query is read', () => loop.answerBatches())
    }
    expect([shared.pending, notifications(), socket.replies.length]).toEqual([SHARE, SHARE, 0])
    for (const id of [1000, 1001]) socket.send(miss(id))
    await waitFor('two are refused', () => {
      loop.answerBatches()
      return socket.replies.length === 2
    })
    expect(socket.replies.map((reply) => [reply.readUInt16BE(0), reply[3]! & 15])).toEqual([
      [1000, 2],
      [1001, 2],
    ])
    expect(threadCounters[THREAD_QUEUE_OVERFLOWS]).toBe(2)
    const taken: number[] = []
    for (let query = shared.chain.take(); query; query = shared.chain.take()) {
      taken.push((query.request[0]! << 8) | query.request[1]!)
      shared.chain.finish(() => {})
    }
    expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: SHARE }, (_, i) => i))
    expect(shared.pending).toBe(0)
  })

  test('wakes up for a datagram', async () => {
    const { loop, socket, threadCounters } = await setup()
    await new Promise((sent) => socket.send(echoRequest(7), sent))
    loop.sleep()
    loop.answerBatches()
    await waitFor('a reply', () => socket.replies.length === 1)
    expect(threadCounters[THREAD_UDP_ERRORS]).toBe(0)
  })

  test('drain answers all queued requests', async () => {
    const { loop, socket } = await setup()
    for (let i = 0; i < 200; i++) socket.send(echoRequest(i))
    await new Promise((done) => socket.send(echoRequest(200), done))
    loop.drain()
    await waitFor('all', () => socket.replies.length === 201)
  })
})
