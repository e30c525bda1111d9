// The upstream thread's loop behind a packet loop, with the real kernel, libc and upstreams on loopback.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { describe, expect, test, vi } from 'vitest'
import { Exchange } from '../../../src/dns/exchange.ts'
import type { ForwardOptions } from '../../../src/plugins/forward/options.ts'
import { UpstreamReader } from '../../../src/plugins/forward/upstream-table.ts'
import type { ReplyTap } from '../../../src/plugins/runtime.ts'
import { PacketLoop } from '../../../src/server/mmsg/packet-loop.ts'
import { REFRESH } from '../../../src/server/mmsg/shared-queue.ts'
import {
  createSharedSocket,
  RETRY_QUEUE,
  SharedSocket,
  UPSTREAM_QUEUE,
} from '../../../src/server/mmsg/shared-socket.ts'
import { UpstreamLoop } from '../../../src/server/mmsg/upstream-loop.ts'
import { createUpstreamSignal, UpstreamSignal } from '../../../src/server/mmsg/upstream-signal.ts'
import { createPipeline, createUpstreamPipeline } from '../../../src/server/path/pipeline.ts'
import { THREAD_QUEUE_OVERFLOWS, THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import { encodeSockaddr, NAME_SIZE_V4 } from '../../../src/udp/sockaddr.ts'
import { replyTo } from '../../plugins/forward/upstream/fake-host.ts'
import { configOf } from '../../support/config.ts'
import { decodeMessage } from '../../support/dns-decode.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'
import { forwardPlan } from '../../support/forward-plan.ts'
import { freePort } from '../../support/free-port.ts'
import { nativeSockets } from '../../support/native-sockets.ts'
import { startUpstream } from '../../support/upstream-server.ts'
import { waitFor } from '../../support/wait-for.ts'

const { libc, open, client, newBatch, cleanUp } = nativeSockets()

async function setup(
  upstreams: readonly string[],
  changes: Partial<ForwardOptions> = {},
  lines: string[] = [],
  taps: readonly ReplyTap[] = [],
) {
  const port = await freePort()
  const { directives } = configOf('. {\nerrors\nlog\n}').blocks[0]!
  const { plan, writer } = forwardPlan(port, upstreams, changes, directives)
  const shared = new SharedSocket(createSharedSocket())
  const fd = open('127.0.0.1', port)
  shared.fd = fd
  const wake = libc.eventfd(0, 0)
  cleanUp(() => libc.close(wake))
  const threadCounters = new Int32Array(THREAD_WORDS)
  const signal = new UpstreamSignal(libc, createUpstreamSignal())
  const flushLines = () => {}
  let retries = 0
  const packets = new PacketLoop({
    libc,
    wake,
    threadCounters,
    flushLines,
    notifySlowPath: () => {},
    notifyUpstream: () => signal.wake(),
  })
  cleanUp(() => packets.free())
  const loop = new UpstreamLoop({
    libc,
    signal,
    threadCounters,
    flushLines,
    notifySlowPath: () => retries++,
  })
  cleanUp(() => libc.close(signal.open()))
  cleanUp(() => loop.close())
  const options = {
    plan,
    tables: new Map(),
    counters: new Map(),
    threadCounters,
    outbox: {
      writeLine: (line: string) => void lines.push(line),
      report: (_plugin: string, line: string) => void lines.push(line),
    },
    refresh: () => packets.requestRefresh(new Exchange()),
    logFormat: 'coredns' as const,
  }
  const pipeline = createPipeline(0, 'udp', { ...options, thread: 1, hasUpstreamThread: true })
  packets.serve([{ ...pipeline, fd, shared, wildcard: false, hasUpstreamThread: true }])
  const upstreamPipeline = createUpstreamPipeline(
    0,
    { ...options, thread: 2, hasUpstreamThread: false },
    loop.host,
  )
  const { upstreamPath } = upstreamPipeline
  const openQuery = upstreamPath.open.bind(upstreamPath)
  upstreamPath.open = (...args) => {
    const block = openQuery(...args)
    return block && { ...block, taps }
  }
  loop.serve([{ shared, pipeline: upstreamPipeline }])
  /** Runs both loops, and the event loop of the upstreams, until `done`. */
  const until = async (what: string, done: () => boolean) => {
    const end = performance.now() + 30_000
    while (!done()) {
      if (performance.now() > end) throw new Error(`timed out: ${what}`)
      while (packets.answerBatches());
      loop.step(0)
      await new Promise((next) => setImmediate(next))
    }
  }
  const socket = await client(port)
  const ask = async (spec: QuerySpec) => {
    const { length } = socket.replies
    socket.send(encodeQuery(spec))
    await until(`a reply for ${spec.name}`, () => socket.replies.length > length)
    return decodeMessage(socket.replies[length]!)
  }
  return {
    port,
    writer,
    signal,
    loop,
    packets,
    shared,
    socket,
    until,
    ask,
    threadCounters,
    retries: () => retries,
  }
}

async function upstream() {
  const server = await startUpstream()
  cleanUp(() => void server.stop())
  return server
}

/** An upstream that replies to its last query when `reply` is called. */
async function slowUpstream() {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  cleanUp(() => server.close())
  await once(server, 'listening')
  const queries: { readonly bytes: Buffer; readonly port: number }[] = []
  server.on('message', (bytes, { port }) => queries.push({ bytes, port }))
  return {
    address: `127.0.0.1:${server.address().port}`,
    queries,
    reply: () => {
      const { bytes, port } = queries.at(-1)!
      const reply = replyTo({ fd: 0, peer: '', bytes })
      return new Promise<unknown>((sent) => server.send(reply, port, '127.0.0.1', sent))
    },
  }
}

/** The address of an upstream that refuses. */
async function gone(): Promise<string> {
  return `127.0.0.1:${await freePort()}`
}

describe('the upstream loop', () => {
  test("replies with the client's id and question, and forgets the query", async () => {
    const server = await upstream()
    const { ask, shared, loop } = await setup([server.address])
    const reply = await ask({ name: 'WWW.Example.org', type: 'A', id: 4711 })
    expect([reply.id, reply.questions[0]?.name, reply.rcode]).toEqual([
      4711,
      'WWW.Example.org.',
      'NOERROR',
    ])
    expect([shared.pending, loop.pending, server.count()]).toEqual([0, 0, 1])
  })

  test('10,000 clients that ask a slow upstream for one name are one query, and all get replies', async () => {
    const server = await upstream()
    const { port, until, shared } = await setup([server.address])
    server.silence(true)
    // Few enough for the receive buffer of each socket.
    const sockets = await Promise.all(Array.from({ length: 100 }, () => client(port)))
    let sent = 0
    for (let i = 0; i < 100; i++) {
      for (const socket of sockets)
        socket.send(encodeQuery({ name: 'cold.test', type: 'A', id: i }))
      sent += sockets.length
      await until('the queries are read', () => shared.pending === sent)
    }
    // A question has four datagrams at most, one after each read_timeout, which passes on a slow machine.
    expect(server.count()).toBeLessThan(5)
    server.silence(false)
    // The next attempt gets the reply.
    const ids = () =>
      sockets.flatMap(({ replies }) => replies.map((reply) => reply.readUInt16BE(0)))
    await until('all replies', () => ids().length === 10_000)
    expect(sockets.every(({ replies }) => new Set(replies.map((r) => r[1])).size === 100)).toBe(
      true,
    )
    expect(server.count()).toBeLessThan(5)
    expect(shared.pending).toBe(0)
  })

  test('of two upstreams, one refuses: all queries are answered, without a pause', async () => {
    const server = await upstream()
    const { ask } = await setup([await gone(), server.address], { policy: 'sequential' })
    for (let i = 0; i < 20; i++) {
      expect((await ask({ name: `name${i}.test`, type: 'A', id: i })).id).toBe(i)
    }
    expect(server.count()).toBe(20)
  })

  test('of two upstreams, one is silent: after two questions it is asked last', async () => {
    const [server, silent] = [await upstream(), await upstream()]
    silent.silence(true)
    const { ask } = await setup([silent.address, server.address], { policy: 'round_robin' })
    for (let i = 0; i < 20; i++) await ask({ name: `name${i}.test`, type: 'A', id: i })
    expect([server.count(), silent.count()]).toEqual([20, 2])
  })

  test('the time of a reply is that of its receipt: slow upstreams are asked one at a time', async () => {
    const upstreams = [await slowUpstream(), await slowUpstream()]
    const addresses = upstreams.map(({ address }) => address)
    const clock = vi.spyOn(performance, 'now').mockReturnValue(1000)
    cleanUp(() => clock.mockRestore())
    const { writer, loop, socket, until } = await setup(addresses, { policy: 'round_robin' })
    const asked = () => upstreams.map(({ queries }) => queries.length)
    const ask = async (id: number) => {
      const before = asked()
      socket.send(encodeQuery({ name: `name${id}.test`, type: 'A', id }))
      await until('an upstream is asked', () => asked().join() !== before.join())
      clock.mockReturnValue(performance.now() + 100)
      return upstreams.find(({ queries }, i) => queries.length > before[i]!)!
    }
    const replied = (count: number) =>
      until(`reply ${count}`, () => socket.replies.length === count)
    for (const count of [1, 2]) {
      await (await ask(count)).reply()
      await replied(count)
    }
    const reader = new UpstreamReader(writer.buffer, [], 2)
    expect(reader.upstreams.map((one) => reader.rtt(one))).toEqual([100_000, 100_000])
    // After 100 ms, the usual time, no second upstream is asked.
    const third = await ask(3)
    for (let i = 0; i < 3; i++) loop.step(0)
    await third.reply()
    await replied(3)
    expect(asked().sort()).toEqual([1, 2])
  })

  test.each(['wrong-id', 'wrong-question', 'not-a-reply', 'short', 'garbage'])(
    'a datagram with %s is ignored, and the reply after it reaches the client',
    async (label) => {
      const server = await upstream()
      const { ask } = await setup([server.address])
      const reply = await ask({ name: `${label}-first.test`, type: 'A', id: 5 })
      expect([reply.id, server.count()]).toEqual([5, 1])
    },
  )

  test('all upstreams are gone: SERVFAIL, and the error for the log', async () => {
    const address = await gone()
    const lines: string[] = []
    const { ask } = await setup([address], {}, lines)
    expect((await ask({ name: 'name.test', type: 'A' })).rcode).toBe('SERVFAIL')
    const error = `->${address}: read: connection refused`
    expect(lines.filter((line) => line.includes(error))).toHaveLength(1)
  })

  test('the taps see once that a question of several clients has failed', async () => {
    const failed: string[] = []
    const tap: ReplyTap = {
      tap: () => {},
      failed: ({ id, name, nameLength }, wire, wireAt) => {
        const isWhole = (wire[wireAt]! << 8) + wire[wireAt + 1]! === id
        failed.push(`${isWhole} ${Buffer.from(name.subarray(1, nameLength)).toString('latin1')}`)
      },
    }
    const { socket, until } = await setup([await gone()], {}, [], [tap])
    for (const id of [1, 2, 3]) socket.send(encodeQuery({ name: 'name', type: 'A', id }))
    // All three are sent before the first one is taken.
    await new Promise(setImmediate)
    await until('three replies', () => socket.replies.length === 3)
    expect(failed).toEqual(['true name\0'])
  })

  test('each query is logged once, with its client, its size and the size of its reply', async () => {
    const server = await upstream()
    const lines: string[] = []
    const { ask, socket } = await setup([server.address], {}, lines)
    await ask({ name: 'www.example.org', type: 'A', id: 12 })
    const { port } = socket.address()
    const [reply] = socket.replies
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      new RegExp(
        `127.0.0.1:${port} - 12 "A IN www.example.org. udp 33 false 512" NOERROR [a-z,]+ ${reply!.length} [0-9.]+s`,
      ),
    )
  })

  test('TC with prefer_udp hands the query on to the event-loop thread', async () => {
    const server = await upstream()
    const { socket, shared, until, retries } = await setup([server.address], { preferUdp: true })
    socket.send(encodeQuery({ name: 'cut.test', type: 'A', id: 6 }))
    await until('the retry', () => retries() === 1)
    const query = shared.retry.take()
    expect(decodeMessage(query!.request).id).toBe(6)
    expect([shared.retry.pending, shared.upstream.pending]).toEqual([1, 0])
  })

  test('a refresh asks the upstream, and nobody gets a reply', async () => {
    const server = await upstream()
    const { socket, shared, loop, until } = await setup([server.address])
    const batch = newBatch()
    const bytes = encodeQuery({ name: 'refresh.test', type: 'A', id: 3 })
    batch.bytes.set(bytes, batch.requestAt(0))
    batch.setRequestLength(0, bytes.length)
    batch.bytes.set(encodeSockaddr('127.0.0.1', socket.address().port)!, batch.nameAt(0))
    batch.setNameLength(0, NAME_SIZE_V4)
    batch.setControlLength(0, 0)
    shared.upstream.push(batch, 0, 0, REFRESH)
    await until('the upstream is asked', () => server.count('refresh.test') === 1)
    await until('the refresh is over', () => shared.pending === 0)
    expect([loop.pending, socket.replies.length]).toEqual([0, 0])
  })

  test('when too many queries wait for the event-loop thread, those that need TCP are refused', async () => {
    const server = await upstream()
    const { socket, shared, until } = await setup([server.address], { preferUdp: true })
    const entries = RETRY_QUEUE.entries
    for (let id = 0; id <= entries; id++) {
      socket.send(encodeQuery({ name: `n${id}.cut.test`, type: 'A', id }))
      const over = () => shared.retry.pending > id || socket.replies.length > 0
      await until('the query is handed on, or refused', over)
    }
    expect([shared.retry.pending, shared.upstream.pending]).toEqual([entries, 0])
    await until('the refusal', () => socket.replies.length === 1)
    const reply = decodeMessage(socket.replies[0]!)
    expect([reply.id, reply.rcode]).toEqual([entries, 'SERVFAIL'])
  })

  test('a query of more than 512 bytes goes to the event-loop thread', async () => {
    const server = await upstream()
    const { socket, shared, until } = await setup([server.address])
    const options = [{ code: 65001, data: new Uint8Array(600) }]
    socket.send(encodeQuery({ name: 'large.test', type: 'A', edns: { options } }))
    await until('the query is queued', () => shared.chain.pending === 1)
  })

  test('the last queries of a socket that is no longer served are answered, until it is closed', async () => {
    const server = await upstream()
    const { socket, shared, loop, packets, signal, until } = await setup([server.address])
    // The upstream thread takes over a plan before the packet thread does.
    loop.serve([])
    const queue = async (id: number) => {
      socket.send(encodeQuery({ name: `name${id}.test`, type: 'A', id }))
      await waitFor('the query is queued', () => {
        packets.answerBatches()
        return shared.upstream.pending === 1
      })
    }
    await queue(1)
    expect(loop.pending).toBe(1)
    await until('the reply', () => socket.replies.length === 1)
    expect([loop.pending, server.count()]).toEqual([0, 1])
    shared.fd = -1
    loop.step(0)
    expect([...signal.sockets].filter((fd) => fd > 0)).toEqual([])
    await queue(2)
    loop.step(0)
    expect([loop.pending, shared.upstream.isEmpty]).toEqual([0, false])
  })

  test('when a client has its share of the queue, its next query is refused, and that of another client answered', async () => {
    const server = await upstream()
    const { socket, shared, packets, until, threadCounters, port } = await setup([server.address])
    const SHARE = UPSTREAM_QUEUE.clientMax!
    // The upstream loop stands still.
    for (let sent = 0; sent < SHARE; sent += 64) {
      for (let i = 0; i < 64; i++) {
        socket.send(encodeQuery({ name: `name${sent + i}.test`, type: 'A', id: sent + i }))
      }
      const end = performance.now() + 30_000
      while (shared.pending < sent + 64 && performance.now() < end) {
        packets.answerBatches()
        await new Promise((next) => setImmediate(next))
      }
    }
    expect([shared.pending, shared.upstream.isFull]).toEqual([SHARE, false])
    const other = createSocket('udp4').bind(0, '127.0.0.2')
    cleanUp(() => other.close())
    await once(other, 'listening')
    const answered = once(other, 'message')
    other.send(encodeQuery({ name: 'good.test', type: 'A', id: 7 }), port, '127.0.0.1')
    await waitFor('its query is queued', () => {
      packets.answerBatches()
      return shared.pending === SHARE + 1
    })
    expect(threadCounters[THREAD_QUEUE_OVERFLOWS]).toBe(0)
    socket.send(encodeQuery({ name: 'one-more.test', type: 'A', id: 9999 }))
    await waitFor('a refusal', () => {
      packets.answerBatches()
      return socket.replies.length === 1
    })
    const reply = decodeMessage(socket.replies[0]!)
    expect([reply.id, reply.rcode]).toEqual([9999, 'SERVFAIL'])
    expect(threadCounters[THREAD_QUEUE_OVERFLOWS]).toBe(1)
    let good: Buffer | undefined
    void answered.then(([bytes]) => {
      good = bytes as Buffer
    })
    await until('the reply to the other client', () => good !== undefined)
    // The upstream knows no such name.
    expect(decodeMessage(good!).rcode).toBe('NXDOMAIN')
  })
})
