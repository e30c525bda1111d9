import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../../src/plugins/forward/exchange/exchanger.ts'
import type { StreamExchanger } from '../../../../src/plugins/forward/exchange/stream.ts'
import { tcpExchanger } from '../../../../src/plugins/forward/exchange/tcp.ts'
import { frame, readFrames } from '../../../support/dns-frames.ts'
import { ask, exchangeSetup, outgoingOf, read, retiring } from '../../../support/exchanging.ts'
import { freePort } from '../../../support/free-port.ts'
import { replyTo, tcpPeer } from '../../../support/scripted-peer.ts'
import { waitFor } from '../../../support/wait-for.ts'

type Script = (query: Buffer, socket: Socket, connection: number) => void

/** An exchanger with a peer that does what `script` says with each query. */
async function exchangingWith(script: Script, changes: Parameters<typeof exchangeSetup>[1] = {}) {
  const seen = { queries: 0, connections: 0, closed: 0 }
  const port = await tcpPeer((socket, connection) => {
    seen.connections++
    socket.on('close', () => seen.closed++)
    readFrames(socket, (query) => {
      seen.queries++
      script(query, socket, connection)
    })
  })
  const setup = exchangeSetup(port, changes)
  return { ...setup, seen, exchanger: retiring(tcpExchanger(setup.options)) }
}

/** Asks for names of `count` different lengths at once; a reply of `echo` has the length of the first label. */
function askMany(exchanger: StreamExchanger, count: number): Promise<Outcome[]> {
  const names = Array.from({ length: count }, (_, i) => `${'a'.repeat(i + 1)}.example`)
  return Promise.all(names.map((name) => ask(exchanger, name)))
}

const echo: Script = (query, socket) => socket.write(frame(replyTo(query, [query[12]!])))
const counted = (count: number) => Array.from({ length: count }, (_, i) => [i + 1])

describe('queries over TCP', () => {
  test('are pipelined on one connection, and replies come in any order', async () => {
    const held: Buffer[] = []
    const { exchanger, seen } = await exchangingWith((query, socket) => {
      held.push(query)
      if (held.length < 10) return
      for (const each of held.reverse()) echo(each, socket, 0)
    })
    expect((await askMany(exchanger, 10)).map(read)).toEqual(counted(10))
    expect(seen.connections).toBe(1)
  })

  test('take up to four connections when many wait', async () => {
    const held: [Buffer, Socket][] = []
    const { exchanger, seen } = await exchangingWith((query, socket) => {
      held.push([query, socket])
      if (held.length < 60) return
      for (const [each, to] of held) echo(each, to, 0)
    })
    expect((await askMany(exchanger, 60)).map(read)).toEqual(counted(60))
    expect(seen.connections).toBe(4)
  })

  test('use the open connection again', async () => {
    const { exchanger, seen, hits } = await exchangingWith(echo)
    for (let i = 0; i < 3; i++) expect(read(await ask(exchanger, 'abc.example'))).toEqual([3])
    expect(seen.connections).toBe(1)
    expect(hits).toEqual([false, true, true])
  })

  test('get replies of 64 KiB', async () => {
    const { exchanger } = await exchangingWith((query, socket) => {
      socket.write(frame(replyTo(query, new Array<number>(4000).fill(1))))
    })
    const outcome = await ask(exchanger)
    expect('reply' in outcome && outcome.reply.wire.length).toBe(29 + 4000 * 16)
  })

  test('get replies that come byte by byte', async () => {
    const { exchanger } = await exchangingWith((query, socket) => {
      for (const byte of frame(replyTo(query, [9]))) socket.write(Uint8Array.of(byte))
    })
    expect(read(await ask(exchanger))).toEqual([9])
  })

  test('ignore messages with another id or another question', async () => {
    const { exchanger } = await exchangingWith((query, socket) => {
      const otherId = replyTo(query, [1])
      otherId[0]! ^= 1
      const otherName = replyTo(query, [2])
      otherName.write('x', 13)
      for (const message of [otherId, otherName, replyTo(query, [3])]) socket.write(frame(message))
    })
    expect(read(await ask(exchanger))).toEqual([3])
  })
})

describe('a peer that closes', () => {
  test('after each reply is asked one query at a time, and no query fails', async () => {
    const { exchanger, seen } = await exchangingWith((query, socket) => {
      if (!socket.writableEnded) socket.end(frame(replyTo(query, [query[12]!])))
    })
    expect((await askMany(exchanger, 12)).map(read)).toEqual(counted(12))
    await waitFor('the end of all connections', () => seen.closed === seen.connections)
    const { connections, queries } = seen
    expect((await askMany(exchanger, 12)).map(read)).toEqual(counted(12))
    expect(seen.connections - connections).toBe(12)
    expect(seen.queries - queries).toBe(12)
  })

  test('under many queries is connected once again, and they share the connection', async () => {
    const { exchanger, seen } = await exchangingWith((query, socket, connection) => {
      const isLast = seen.queries === 14
      if (connection > 0 || seen.queries <= 2) echo(query, socket, connection)
      else if (isLast) socket.destroy()
    })
    for (let i = 0; i < 2; i++) await ask(exchanger)
    expect((await askMany(exchanger, 12)).map(read)).toEqual(counted(12))
    expect(seen.connections).toBe(2)
  })

  test('late replies to canceled queries do not end the connection', async () => {
    const big = new Array<number>(2000).fill(1)
    const held: [Buffer, Socket][] = []
    const { exchanger, seen } = await exchangingWith((query, socket) => {
      if (held.length < 14) held.push([query, socket])
      else {
        if (seen.queries === 15) for (const [late, to] of held) to.write(frame(replyTo(late, big)))
        echo(query, socket, 0)
      }
    })
    const cancels = Array.from({ length: 14 }, (_, i) =>
      exchanger.ask(outgoingOf({ name: `q${i}.example`, type: 'A' }), 5000, () => {}),
    )
    await waitFor('the queries', () => held.length === 14)
    for (const cancel of cancels) cancel()
    expect(read(await ask(exchanger))).toEqual([3])
    expect(seen.closed).toBe(0)
    expect(read(await ask(exchanger))).toEqual([3])
    expect(seen.connections).toBe(1)
  })

  test('between two queries is connected again, silently', async () => {
    let last: Socket | undefined
    const { exchanger, seen } = await exchangingWith((query, socket, connection) => {
      last = socket
      echo(query, socket, connection)
    })
    expect(read(await ask(exchanger))).toEqual([3])
    last!.end()
    await waitFor('the end', () => seen.closed === 1)
    expect(read(await ask(exchanger))).toEqual([3])
    expect(seen.connections).toBe(2)
  })

  test('under a query on a used connection: it is sent again on a new one', async () => {
    const { exchanger, seen, hits } = await exchangingWith((query, socket, connection) => {
      if (seen.queries === 2) socket.destroy()
      else echo(query, socket, connection)
    })
    await ask(exchanger)
    expect(read(await ask(exchanger))).toEqual([3])
    expect(seen).toMatchObject({ queries: 3, connections: 2 })
    expect(hits).toEqual([false, true, false])
  })

  test('under the first query of a connection: the attempt fails', async () => {
    const { exchanger, seen } = await exchangingWith((_query, socket) => socket.end())
    expect(read(await ask(exchanger))).toBe('EOF')
    expect(seen.queries).toBe(1)
  })

  test('in the middle of a reply: the attempt fails', async () => {
    const { exchanger } = await exchangingWith((query, socket) => {
      socket.end(frame(replyTo(query)).subarray(0, 20))
    })
    expect(read(await ask(exchanger))).toBe('EOF')
  })

  test('with a reset: the attempt fails in the words of Go', async () => {
    const { exchanger } = await exchangingWith((_query, socket) => socket.resetAndDestroy())
    expect(read(await ask(exchanger))).toMatch(
      /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: read: connection reset by peer$/,
    )
  })

  test('each time: no query is sent more than twice', async () => {
    const { exchanger, seen } = await exchangingWith((_query, socket) => socket.end())
    const outcomes = await askMany(exchanger, 10)
    expect(new Set(outcomes.map(read))).toEqual(new Set(['EOF']))
    expect(seen.queries).toBeLessThanOrEqual(20)
  })

  test('by refusing: all attempts fail at once, without further connections', async () => {
    const { options, hits } = exchangeSetup(await freePort())
    const exchanger = retiring(tcpExchanger(options))
    const outcomes = await askMany(exchanger, 5)
    const refused = `dial tcp 127.0.0.1:${options.port}: connect: connection refused`
    expect(outcomes.map(read)).toEqual(new Array(5).fill(refused))
    expect(hits.filter((hit) => !hit).length).toBe(1)
  })
})

describe('a peer that stalls', () => {
  test('ends the attempt with the read timeout, and gets no more queries on this connection', async () => {
    const { exchanger, clock, seen } = await exchangingWith((query, socket, connection) => {
      if (connection > 0) echo(query, socket, connection)
    })
    const outcome = ask(exchanger)
    await waitFor('the query', () => seen.queries === 1)
    clock.advance(2000)
    expect(read(await outcome)).toMatch(
      /^read tcp 127\.0\.0\.1:\d+->127\.0\.0\.1:\d+: i\/o timeout$/,
    )
    expect(read(await ask(exchanger, 'www.example', 9000))).toEqual([3])
    await waitFor('the end of the connection', () => seen.closed === 1)
  })

  test('in the middle of a reply does the same', async () => {
    const { exchanger, clock, seen } = await exchangingWith((query, socket) => {
      socket.write(frame(replyTo(query)).subarray(0, 20))
    })
    const outcome = ask(exchanger)
    await waitFor('the query', () => seen.queries === 1)
    clock.advance(2000)
    expect(read(await outcome)).toContain('i/o timeout')
    await waitFor('the end of the connection', () => seen.closed === 1)
  })

  test('before the connection is open: the attempt ends with the deadline', async () => {
    // 192.0.2.1 (RFC 5737) has no host: the connection is neither accepted nor refused, or there is no route at all.
    const { options, clock } = exchangeSetup(53, { address: '192.0.2.1', name: '192.0.2.1:53' })
    const outcome = ask(retiring(tcpExchanger(options)), 'www.example', 300)
    clock.advance(300)
    expect(read(await outcome)).toMatch(/^dial tcp 192\.0\.2\.1:53: (i\/o timeout|connect: .*)$/)
  })
})

describe('a peer that sends', () => {
  test.each([
    ['a length that is less than a header', Buffer.from([0, 5, 1, 2, 3, 4, 5])],
    [
      'more than 256 KiB of replies that nobody asked for',
      Buffer.concat(new Array<Buffer>(5).fill(frame(Buffer.alloc(60_000, 1)))),
    ],
  ])('%s is disconnected, and the attempt fails', async (_what, bytes) => {
    const { exchanger, seen } = await exchangingWith((_query, socket) => socket.write(bytes))
    expect(read(await ask(exchanger))).toMatch(
      /^read tcp .*: (dns: malformed message|too many unexpected messages)$/,
    )
    await waitFor('the end of the connection', () => seen.closed === 1)
  })

  test('without being asked is disconnected after 256 KiB', async () => {
    const { exchanger, seen } = await exchangingWith((query, socket, connection) => {
      echo(query, socket, connection)
      socket.write(Buffer.alloc(300_000, 0xff))
    })
    await ask(exchanger)
    await waitFor('the end of the connection', () => seen.closed === 1)
  })

  test('a malformed reply ends its attempt only', async () => {
    const { exchanger, seen } = await exchangingWith((query, socket) => {
      const reply = replyTo(query, [query[12]!])
      if (query[12] === 2) reply.writeUInt16BE(999, reply.length - 6)
      socket.write(frame(reply))
    })
    expect((await askMany(exchanger, 3)).map(read)).toEqual([[1], 'dns: malformed reply', [3]])
    expect(seen.connections).toBe(1)
  })
})

describe('connections', () => {
  test('are closed after expire', async () => {
    const { exchanger, clock, seen } = await exchangingWith(echo)
    await ask(exchanger)
    clock.advance(9999)
    expect(seen.closed).toBe(0)
    clock.advance(1)
    await waitFor('the end', () => seen.closed === 1)
  })

  test('are not used for longer than max_age', async () => {
    const { exchanger, clock, seen } = await exchangingWith(echo, { maxAgeMs: 3000 })
    await ask(exchanger)
    clock.advance(3000)
    await ask(exchanger, 'www.example', 9000)
    expect(seen.connections).toBe(2)
    await waitFor('the end', () => seen.closed === 1)
  })

  test('beyond max_idle_conns are closed when they are idle', async () => {
    const held: [Buffer, Socket][] = []
    const { exchanger, seen } = await exchangingWith(
      (query, socket) => {
        held.push([query, socket])
        if (held.length < 60) return
        for (const [each, to] of held) echo(each, to, 0)
      },
      { maxIdleConnections: 1 },
    )
    await askMany(exchanger, 60)
    await waitFor('the end of three connections', () => seen.closed === 3)
  })

  test('end with their last query when the upstream is no longer in use', async () => {
    let send = () => {}
    const { exchanger, seen } = await exchangingWith((query, socket, connection) => {
      send = () => echo(query, socket, connection)
    })
    const outcome = ask(exchanger)
    await waitFor('the query', () => seen.queries === 1)
    exchanger.retire()
    send()
    expect(read(await outcome)).toEqual([3])
    await waitFor('the end', () => seen.closed === 1)
  })

  test('come from the source address', async () => {
    let from: string | undefined
    const { exchanger } = await exchangingWith(
      (query, socket, connection) => {
        from = socket.remoteAddress
        echo(query, socket, connection)
      },
      { sourceAddress: '127.0.0.2' },
    )
    await ask(exchanger)
    expect(from).toBe('127.0.0.2')
  })
})

test('a canceled attempt ends silently', async () => {
  const { exchanger, clock, seen } = await exchangingWith(echo)
  const outcomes: Outcome[] = []
  const cancel = exchanger.ask(outgoingOf({ name: 'a', type: 'A' }), 5000, (outcome) =>
    outcomes.push(outcome),
  )
  cancel()
  await waitFor('the query', () => seen.queries === 1)
  await ask(exchanger)
  clock.advance(5000)
  expect(outcomes).toEqual([])
})
