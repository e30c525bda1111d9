import { afterEach, describe, expect, test } from 'vitest'
import type { TcpSettings } from '../../../src/config.ts'
import type { ConnectionLimits, LimitedConnection } from '../../../src/connection-limits.ts'
import {
  THREAD_TCP_CONNECTIONS,
  THREAD_TCP_OVER_BUDGET,
  THREAD_TCP_REFUSED,
  THREAD_TCP_REPLACED,
  THREAD_TCP_TIMED_OUT,
  THREAD_WORDS,
} from '../../../src/server/shared/counters.ts'
import { listenTcp, type TcpListener } from '../../../src/server/transport/tcp.ts'
import { createTcpLimits } from '../../../src/server/transport/tcp-limits.ts'
import { openLibc } from '../../../src/udp/libc.ts'
import { openTcp, type TcpConnection } from '../../support/dns-client.ts'
import { type EchoPath, echoPath, echoPipeline, echoRequest } from '../../support/echo-path.ts'
import { freePort } from '../../support/free-port.ts'
import { waitFor } from '../../support/wait-for.ts'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Setup {
  readonly listener: TcpListener
  readonly path: EchoPath
  readonly connect: (from?: string) => Promise<TcpConnection>
  readonly clock: { now: number }
  readonly open: () => number
  readonly count: (word: number) => number
  /** The bytes that all open connections hold. */
  readonly held: () => number
}

/** The bytes that the connections under these limits hold. */
function heldBytes(limits: ConnectionLimits): () => number {
  const open = new Set<LimitedConnection>()
  const { add, remove } = limits
  limits.add = (connection) => {
    open.add(connection)
    return add.call(limits, connection)
  }
  limits.remove = (connection) => {
    open.delete(connection)
    remove.call(limits, connection)
  }
  return () => [...open].reduce((sum, connection) => sum + connection.heldBytes, 0)
}

async function setup(
  options: {
    maxConnections?: number
    maxBytes?: number
    replySize?: number
    tcp?: TcpSettings
  } = {},
): Promise<Setup> {
  const port = await freePort()
  const clock = { now: 0 }
  const path = echoPath(options.replySize)
  const threadCounters = new Int32Array(THREAD_WORDS)
  const now = () => clock.now
  const limits = createTcpLimits({ threadCounters, writeLog: () => {}, now, ...options })
  const held = heldBytes(limits)
  const listener = await listenTcp(
    { address: '127.0.0.1', port, threadCounters, limits, now, libc: openLibc() },
    { ...echoPipeline(path), tcp: options.tcp },
  )
  cleanups.push(() => listener.close(0))
  const connect = async (from = '127.0.0.1') => {
    const connection = await openTcp({ port, from })
    cleanups.push(() => connection.close())
    return connection
  }
  const count = (word: number) => threadCounters[word]!
  return {
    listener,
    path,
    connect,
    clock,
    open: () => count(THREAD_TCP_CONNECTIONS),
    count,
    held,
  }
}

function frame(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >> 8, message.length & 255, ...message)
}

const idOf = (message: Uint8Array | undefined) =>
  message === undefined ? undefined : (message[0]! << 8) | message[1]!

describe('frames', () => {
  test('are read wherever they are split', async () => {
    const { connect } = await setup()
    const bytes = frame(echoRequest(7, 40))
    for (let split = 1; split < bytes.length; split++) {
      const connection = await connect()
      connection.sendBytes(bytes.subarray(0, split))
      // The first part must be sent alone.
      await new Promise(setImmediate)
      connection.sendBytes(bytes.subarray(split))
      expect(idOf(await connection.receive())).toBe(7)
      connection.close()
    }
  })

  test('that are sent together are answered in order', async () => {
    const { connect } = await setup()
    const connection = await connect()
    const ids = Array.from({ length: 100 }, (_, i) => i + 1)
    connection.sendBytes(Buffer.concat(ids.map((id) => frame(echoRequest(id, 12 + id)))))
    for (const id of ids) expect(idOf(await connection.receive())).toBe(id)
  })

  test('after one that waits for the chain are answered after it', async () => {
    const { connect, path } = await setup()
    const connection = await connect()
    const all = [echoRequest(1, 12, true), echoRequest(2), echoRequest(3, 12, true), echoRequest(4)]
    connection.sendBytes(Buffer.concat(all.map(frame)))
    for (const first of [1, 3]) {
      await waitFor(`request ${first} waits`, () => path.waiting === 1)
      path.release()
      expect(idOf(await connection.receive())).toBe(first)
      expect(idOf(await connection.receive())).toBe(first + 1)
    }
  })

  test.each([
    ['an empty one', Uint8Array.of(0, 0)],
    ['one shorter than a header', Uint8Array.of(0, 3, 1, 2, 3)],
  ])('%s is ignored, and the connection stays open', async (_name, bytes) => {
    const { connect } = await setup()
    const connection = await connect()
    connection.sendBytes(Buffer.concat([bytes, frame(echoRequest(5))]))
    expect(idOf(await connection.receive())).toBe(5)
  })

  test('of the largest size are answered', async () => {
    const { connect } = await setup()
    const connection = await connect()
    connection.sendBytes(frame(echoRequest(9, 65535)))
    expect((await connection.receive())?.length).toBe(65535)
  })
})

describe('a connection', () => {
  test('whose client has ended its side still gets its replies, then ends', async () => {
    const { connect } = await setup()
    const connection = await connect()
    connection.sendBytes(Buffer.concat([frame(echoRequest(1)), frame(echoRequest(2))]))
    connection.socket.end()
    expect(idOf(await connection.receive())).toBe(1)
    expect(idOf(await connection.receive())).toBe(2)
    expect(await connection.closed(5000)).toBe(true)
  })

  test('without a query is closed after 3 seconds', async () => {
    const { connect, clock, listener, open } = await setup()
    const connection = await connect()
    await waitFor('the connection is accepted', () => open() === 1)
    clock.now = 2999
    listener.sweep()
    expect(open()).toBe(1)
    clock.now = 3000
    listener.sweep()
    expect(await connection.closed(5000)).toBe(true)
  })

  test('is closed 10 seconds after its last query', async () => {
    const { connect, clock, listener } = await setup()
    const connection = await connect()
    clock.now = 2000
    connection.send(echoRequest(1))
    await connection.receive()
    clock.now = 11_999
    listener.sweep()
    connection.send(echoRequest(2))
    expect(idOf(await connection.receive())).toBe(2)
    clock.now = 22_000
    listener.sweep()
    expect(await connection.closed(5000)).toBe(true)
  })

  test('over the limit replaces the one that has been idle for longest', async () => {
    const { connect, clock, open } = await setup({ maxConnections: 2 })
    const first = await connect()
    await waitFor('the first is accepted', () => open() === 1)
    clock.now = 100
    const second = await connect()
    await waitFor('the second is accepted', () => open() === 2)
    const third = await connect()
    expect(await first.closed(5000)).toBe(true)
    for (const connection of [second, third]) {
      connection.send(echoRequest(1))
      expect(idOf(await connection.receive())).toBe(1)
    }
  })

  test('whose client does not read its replies holds few bytes, and is closed', async () => {
    const { connect, clock, listener, open, held, count } = await setup({ replySize: 60_000 })
    const connection = await connect()
    connection.socket.pause()
    const requests = Buffer.concat(
      Array.from({ length: 1000 }, (_, i) => frame(echoRequest(i, 1000))),
    )
    // Without the limit, 1.2 GB of replies would wait in memory.
    for (let i = 0; i < 20; i++) connection.socket.write(requests)
    await waitFor('replies are unsent', () => held() > 64 * 1024)
    // 64 KB and one reply that are unsent, and a chunk of queries.
    expect(held()).toBeLessThan(64 * 1024 + 60_002 + 64 * 1024)
    clock.now = 60_000
    listener.sweep()
    await waitFor('the connection is closed', () => open() === 0)
    expect(count(THREAD_TCP_TIMED_OUT)).toBe(1)
    expect(held()).toBe(0)
  })

  test('whose client reads late gets all replies', async () => {
    const { connect, held } = await setup({ replySize: 60_000 })
    const connection = await connect()
    connection.socket.pause()
    const ids = Array.from({ length: 50 }, (_, i) => i + 1)
    connection.sendBytes(Buffer.concat(ids.map((id) => frame(echoRequest(id)))))
    await waitFor('replies are unsent', () => held() > 0)
    connection.socket.resume()
    for (const id of ids) expect(idOf(await connection.receive())).toBe(id)
    await waitFor('nothing is unsent', () => held() === 0)
  })

  test('uses little memory of the kernel, and holds nothing when its client has read', async () => {
    const { connect, held } = await setup({ replySize: 10_000 })
    const connection = await connect()
    connection.socket.pause()
    let count = 0
    while (held() === 0) {
      connection.send(echoRequest(++count))
      // With limits of its own, the kernel takes 200 such replies on loopback.
      expect(count).toBeLessThan(50)
      await new Promise(setImmediate)
    }
    connection.socket.resume()
    for (let id = 1; id <= count; id++) expect(idOf(await connection.receive())).toBe(id)
    await waitFor('nothing is unsent', () => held() === 0)
  })
})

describe('with settings, a connection', () => {
  test('without a first query is closed after `readMs`', async () => {
    const { connect, clock, listener, open } = await setup({ tcp: { readMs: 20_000 } })
    const connection = await connect()
    await waitFor('the connection is accepted', () => open() === 1)
    clock.now = 19_999
    listener.sweep()
    connection.send(echoRequest(1))
    expect(idOf(await connection.receive())).toBe(1)
    const late = await connect()
    await waitFor('the second is accepted', () => open() === 2)
    clock.now = 39_999
    listener.sweep()
    expect(await late.closed(5000)).toBe(true)
  })

  test('is closed `idleMs` after its last query', async () => {
    const { connect, clock, listener, open } = await setup({ tcp: { idleMs: 60_000 } })
    const connection = await connect()
    connection.send(echoRequest(1))
    await connection.receive()
    clock.now = 59_999
    listener.sweep()
    expect(open()).toBe(1)
    clock.now = 60_000
    listener.sweep()
    expect(await connection.closed(5000)).toBe(true)
  })

  test('whose client does not take a reply is closed after `writeMs`', async () => {
    const tcp = { writeMs: 2000, idleMs: 60_000 }
    const { connect, clock, listener, open, held, count } = await setup({ replySize: 60_000, tcp })
    const connection = await connect()
    connection.socket.pause()
    for (let i = 0; i < 20; i++) connection.send(echoRequest(i))
    await waitFor('replies are unsent', () => held() > 64 * 1024)
    clock.now = 1999
    listener.sweep()
    expect(open()).toBe(1)
    clock.now = 2000
    listener.sweep()
    await waitFor('the connection is closed', () => open() === 0)
    expect(count(THREAD_TCP_TIMED_OUT)).toBe(1)
  })

  test('whose client takes its replies slowly has `writeMs` for each, and `idleMs` afterwards', async () => {
    const tcp = { writeMs: 60_000, idleMs: 1000 }
    const { connect, clock, listener, open, held } = await setup({ replySize: 60_000, tcp })
    const connection = await connect()
    connection.socket.pause()
    const ids = Array.from({ length: 20 }, (_, i) => i + 1)
    for (const id of ids) connection.send(echoRequest(id))
    await waitFor('replies are unsent', () => held() > 64 * 1024)
    clock.now = 59_000
    listener.sweep()
    expect(open()).toBe(1)
    connection.socket.resume()
    for (const id of ids) expect(idOf(await connection.receive())).toBe(id)
    await waitFor('nothing is unsent', () => held() === 0)
    clock.now = 59_999
    listener.sweep()
    expect(open()).toBe(1)
    clock.now = 60_000
    listener.sweep()
    expect(await connection.closed(5000)).toBe(true)
  })

  test('ends after `maxQueries` replies, also to queries of the chain', async () => {
    const { connect, path, held } = await setup({ tcp: { maxQueries: 3 } })
    const connection = await connect()
    const all = [1, 2, 3, 4, 5].map((id) => frame(echoRequest(id, 12, id === 3)))
    connection.sendBytes(Buffer.concat(all))
    for (const id of [1, 2]) expect(idOf(await connection.receive())).toBe(id)
    await waitFor('the third query waits', () => path.waiting === 1)
    connection.send(echoRequest(6))
    path.release()
    expect(idOf(await connection.receive())).toBe(3)
    expect(await connection.closed(5000)).toBe(true)
    expect(await connection.receive(0)).toBeUndefined()
    expect(held()).toBe(0)
  })

  test('gets the settings of the next pipeline', async () => {
    const { connect, listener, path } = await setup()
    const connection = await connect()
    connection.send(echoRequest(1))
    expect(idOf(await connection.receive())).toBe(1)
    listener.serve({ ...echoPipeline(path), tcp: { maxQueries: 2 } })
    connection.send(echoRequest(2))
    expect(idOf(await connection.receive())).toBe(2)
    expect(await connection.closed(5000)).toBe(true)
  })
})

describe('at the limit of connections', () => {
  test('an idle connection of a client with few is kept', async () => {
    const { connect, clock, open, count } = await setup({ maxConnections: 3 })
    const kept = await connect('127.0.0.1')
    await waitFor('the first is accepted', () => open() === 1)
    clock.now = 100
    const many = [await connect('127.0.0.2')]
    await waitFor('the second is accepted', () => open() === 2)
    many.push(await connect('127.0.0.2'))
    await waitFor('the third is accepted', () => open() === 3)
    const last = await connect('127.0.0.2')
    expect(await many[0]!.closed(5000)).toBe(true)
    for (const connection of [kept, many[1]!, last]) {
      connection.send(echoRequest(1))
      expect(idOf(await connection.receive())).toBe(1)
    }
    expect(count(THREAD_TCP_REPLACED)).toBe(1)
  })

  test('a client that keeps all connections busy does not lock out another', async () => {
    const { connect, path, count } = await setup({ maxConnections: 3 })
    for (let i = 1; i <= 3; i++) {
      ;(await connect('127.0.0.2')).send(echoRequest(i, 12, true))
      await waitFor('the query waits', () => path.waiting === i)
    }
    const refused = await connect('127.0.0.2')
    expect(await refused.closed(5000)).toBe(true)
    expect(count(THREAD_TCP_REFUSED)).toBe(1)
    const other = await connect('127.0.0.1')
    other.send(echoRequest(7))
    expect(idOf(await other.receive())).toBe(7)
  })
})

describe('over the limit of bytes', () => {
  const maxBytes = 300_000

  test('clients that do not read are closed, and others get their replies', async () => {
    const { connect, held, count } = await setup({ replySize: 60_000, maxBytes })
    for (let i = 0; i < 10; i++) {
      const connection = await connect('127.0.0.2')
      connection.socket.pause()
      for (let id = 0; id < 8; id++) connection.send(echoRequest(id))
    }
    await waitFor('the limit is reached', () => count(THREAD_TCP_OVER_BUDGET) > 0)
    const reader = await connect('127.0.0.1')
    for (let id = 0; id < 20; id++) {
      reader.send(echoRequest(id))
      expect((await reader.receive())?.length).toBe(60_000)
    }
    expect(held()).toBeLessThanOrEqual(maxBytes)
  })

  test('incomplete queries count', async () => {
    const { connect, held, count } = await setup({ maxBytes })
    const part = frame(new Uint8Array(65_535)).subarray(0, 65_000)
    for (let i = 0; i < 8; i++) (await connect('127.0.0.2')).sendBytes(part)
    await waitFor('the limit is reached', () => count(THREAD_TCP_OVER_BUDGET) > 0)
    expect(held()).toBeLessThanOrEqual(maxBytes)
  })
})

describe('closing the listener', () => {
  test('answers the queries that have arrived first', async () => {
    const { connect, listener, path } = await setup()
    const connection = await connect()
    connection.send(echoRequest(1, 12, true))
    await waitFor('the query waits', () => path.waiting === 1)
    const closed = listener.close(5000)
    path.release()
    expect(idOf(await connection.receive())).toBe(1)
    await closed
  })

  test('does not wait longer than the grace period', async () => {
    const { connect, listener, path } = await setup()
    const connection = await connect()
    connection.send(echoRequest(1, 12, true))
    await waitFor('the query waits', () => path.waiting === 1)
    await listener.close(10)
    expect(await connection.closed(5000)).toBe(true)
  })
})
