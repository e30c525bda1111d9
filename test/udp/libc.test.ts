// Tests with the real kernel and libc, on machines that support batches.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { PacketLoop } from '../../src/server/mmsg/packet-loop.ts'
import {
  createSharedSocket,
  QUEUE_LENGTH,
  SharedSocket,
} from '../../src/server/mmsg/shared-socket.ts'
import {
  THREAD_QUEUE_OVERFLOWS,
  THREAD_UDP_ERRORS,
  THREAD_WORDS,
} from '../../src/server/shared/counters.ts'
import { BATCH, Batch, REQUEST_MAX } from '../../src/udp/batch.ts'
import { openLibc } from '../../src/udp/libc.ts'
import { selfTest } from '../../src/udp/self-test.ts'
import { encodeSockaddr } from '../../src/udp/sockaddr.ts'
import { openUdpSocket } from '../../src/udp/socket.ts'
import { echoPath, echoPipeline, echoRequest } from '../support/echo-path.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait-for.ts'

const libc = openLibc()
const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

function open(address: string, port: number): number {
  const fd = openUdpSocket(libc, address, port)
  cleanups.push(() => libc.close(fd))
  return fd
}

function newBatch(): Batch {
  const batch = new Batch(libc)
  cleanups.push(() => batch.free())
  return batch
}

async function client(port: number): Promise<Socket & { replies: Buffer[] }> {
  const socket = createSocket('udp4')
  cleanups.push(() => socket.close())
  const replies: Buffer[] = []
  socket.on('message', (reply) => replies.push(reply))
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return Object.assign(socket, { replies })
}

test('the struct layouts are correct on this machine', () => selfTest(libc))

describe('opening a socket', () => {
  test.each([
    ['192.0.2.7', 'EADDRNOTAVAIL'],
    ['2001:db8::7', 'EADDRNOTAVAIL'],
  ])('at %s fails with %s', async (address, code) => {
    const port = await freePort()
    expect(() => openUdpSocket(libc, address, port)).toThrow(expect.objectContaining({ code }))
  })

  test('fails with EADDRINUSE when another socket has the port', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    cleanups.push(() => other.close())
    await once(other, 'listening')
    const { port } = other.address()
    expect(() => openUdpSocket(libc, '127.0.0.1', port)).toThrow('EADDRINUSE')
  })

  test('closes the descriptor when it fails', () => {
    const descriptors: number[] = []
    expect(() => openUdpSocket(libc, '192.0.2.7', 53, (fd) => descriptors.push(fd))).toThrow()
    expect(descriptors[0]).toBeGreaterThan(0)
    expect(descriptors[1]).toBe(-1)
  })
})

describe('a batch', () => {
  test('skips replies that the kernel rejects, and sends the others', async () => {
    const port = await freePort()
    const fd = open('127.0.0.1', port)
    const target = await freePort()
    const receiver = open('127.0.0.1', target)
    const batch = newBatch()
    // A broadcast without permission is EACCES; port 0 is EINVAL.
    for (const [i, address] of ['127.0.0.1', '255.255.255.255', '127.0.0.1'].entries()) {
      batch.bytes.set(encodeSockaddr(address, target)!, batch.nameAt(i))
      batch.setNameLength(i, 16)
      batch.bytes[batch.replyAt] = i
      batch.queue(i, 1)
    }
    expect(batch.send(fd)).toBe(1)
    expect(batch.receive(receiver, false)).toBe(2)
    const first = [0, 1].map((i) => batch.bytes[batch.requestAt(i)])
    expect(first).toEqual([0, 2])
  })

  test('truncates an oversized request', async () => {
    const port = await freePort()
    const fd = open('127.0.0.1', port)
    const socket = await client(port)
    socket.send(new Uint8Array(9000))
    const batch = newBatch()
    await waitFor('the request arrives', () => batch.receive(fd, false) === 1)
    expect(batch.requestLength(0)).toBe(REQUEST_MAX)
  })

  test('returns -1 when there is nothing to read', async () => {
    expect(newBatch().receive(open('127.0.0.1', await freePort()), false)).toBe(-1)
  })
})

describe('the packet loop', () => {
  async function setup(replySize?: number) {
    const port = await freePort()
    const shared = new SharedSocket(createSharedSocket())
    const fd = open('127.0.0.1', port)
    shared.fd = fd
    const wake = libc.eventfd(0, 0)
    cleanups.push(() => libc.close(wake))
    const threadCounters = new Int32Array(THREAD_WORDS)
    let notifications = 0
    const loop = new PacketLoop({
      libc,
      wake,
      threadCounters,
      flushLines: () => {},
      notifySlowPath: () => notifications++,
    })
    cleanups.push(() => loop.free())
    const path = echoPath(replySize)
    loop.serve([{ ...echoPipeline(path), fd, shared, wildcard: false }])
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

  test('queues misses, and replaces the oldest when the queue is full', async () => {
    const { loop, shared, socket, threadCounters, notifications } = await setup()
    const question = [1, 0x61, 0, 0, 1, 0, 1]
    const miss = (id: number) =>
      Uint8Array.of(id >> 8, id & 255, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, ...question)
    for (let i = 0; i < QUEUE_LENGTH; i++) {
      socket.send(miss(i))
      await waitFor('the query is read', () => loop.answerBatches())
    }
    expect([shared.pending, notifications(), socket.replies.length]).toEqual([
      QUEUE_LENGTH,
      QUEUE_LENGTH,
      0,
    ])
    for (const id of [1000, 1001]) socket.send(miss(id))
    await waitFor('two are replaced', () => {
      loop.answerBatches()
      return socket.replies.length === 2
    })
    expect(socket.replies.map((reply) => [reply.readUInt16BE(0), reply[3]! & 15])).toEqual([
      [0, 2],
      [1, 2],
    ])
    expect(threadCounters[THREAD_QUEUE_OVERFLOWS]).toBe(2)
    const taken: number[] = []
    for (let query = shared.take(); query; query = shared.take()) {
      taken.push((query.request[0]! << 8) | query.request[1]!)
      shared.done()
    }
    expect(taken.sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: QUEUE_LENGTH - 2 }, (_, i) => i + 2),
      1000,
      1001,
    ])
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

describe('a queue with new threads', () => {
  test('continues: a new consumer takes the oldest query and discards the one in progress', () => {
    const buffer = createSharedSocket()
    const producer = new SharedSocket(buffer)
    const batch = newBatch()
    const push = (id: number) => {
      batch.bytes[batch.requestAt(0)] = id
      batch.setRequestLength(0, 1)
      producer.push(batch, 0, id * 1000)
    }
    for (let id = 1; id <= 5; id++) push(id)
    const first = new SharedSocket(buffer)
    expect(first.take()?.request[0]).toBe(1)
    const second = new SharedSocket(buffer)
    second.resume()
    push(6)
    const rest = [2, 3, 4, 5, 6].map(() => second.take())
    expect(rest.map((query) => [query?.request[0], query?.startedAt])).toEqual(
      [2, 3, 4, 5, 6].map((id) => [id, id * 1000]),
    )
    expect(second.take()).toBeUndefined()
  })
})
