import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, test } from 'vitest'
import { ConnectionLimits } from '../../../src/connection-limits.ts'
import { THREAD_QUEUE_OVERFLOWS, THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import { probeAddress } from '../../../src/server/transport/bind-probe.ts'
import { listenUdp } from '../../../src/server/transport/dgram.ts'
import { listenTcp } from '../../../src/server/transport/tcp.ts'
import { exchange } from '../../support/dns-client.ts'
import { echoPath, echoPipeline, echoRequest } from '../../support/echo-path.ts'
import { freePort } from '../../support/free-port.ts'
import { waitFor } from '../../support/wait-for.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function setup(address = '127.0.0.1', path = echoPath()) {
  const port = await freePort()
  const threadCounters = new Int32Array(THREAD_WORDS)
  const pipeline = echoPipeline(path)
  const listener = await listenUdp({ address, port, threadCounters }, pipeline)
  cleanups.push(() => listener.close(0))
  const ask = (bytes: Uint8Array, host = '127.0.0.1') => exchange({ port, host, bytes })
  return { port, path, listener, threadCounters, ask }
}

describe('a UDP listener', () => {
  test.each([
    ['an IPv4 address', '127.0.0.1', ['127.0.0.1']],
    ['an IPv6 address', '::1', ['::1']],
    ['all addresses of both families', '', ['127.0.0.1', '::1']],
  ])('on %s answers there', async (_name, address, hosts) => {
    const { ask } = await setup(address)
    for (const host of hosts) expect((await ask(echoRequest(5), host))?.[1]).toBe(5)
  })

  test('sends each reply with its own bytes and length', async () => {
    const { ask } = await setup()
    const sizes = Array.from({ length: 200 }, (_, i) => 12 + i * 20)
    const replies = await Promise.all(sizes.map((size, i) => ask(echoRequest(i, size))))
    replies.forEach((reply, i) => {
      expect([reply?.length, reply?.[1]]).toEqual([sizes[i], i & 255])
    })
  })

  test('answers other queries while one waits for the chain', async () => {
    const { ask, path } = await setup()
    const slow = ask(echoRequest(1, 12, true))
    await waitFor('the query waits', () => path.waiting === 1)
    expect((await ask(echoRequest(2)))?.[1]).toBe(2)
    path.release()
    expect((await slow)?.[1]).toBe(1)
  })

  test('replies SERVFAIL to the oldest query when too many wait', async () => {
    const { path, threadCounters, port } = await setup()
    const question = [1, 0x61, 0, 0, 1, 0, 1]
    const request = (id: number) =>
      Uint8Array.of(id >> 8, id & 255, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, ...question)
    const socket = createSocket('udp4')
    const replies: Buffer[] = []
    socket.on('message', (reply) => replies.push(reply))
    for (let sent = 0; sent < 1001; ) {
      for (const end = Math.min(sent + 50, 1001); sent < end; sent++) {
        socket.send(request(sent), port, '127.0.0.1')
      }
      await waitFor('the queries wait', () => path.waiting === sent)
    }
    await waitFor('one is refused', () => replies.length > 0)
    expect([replies[0]?.readUInt16BE(0), replies[0]![3]! & 0xf]).toEqual([0, 2])
    expect(threadCounters[THREAD_QUEUE_OVERFLOWS]).toBe(1)
    // The late reply to the refused query is not sent; the next reply is.
    path.release()
    path.release()
    await waitFor('another reply', () => replies.length > 1)
    expect(replies[1]?.readUInt16BE(0)).toBe(1)
    socket.close()
  })

  test('switches to another pipeline between two datagrams', async () => {
    const { ask, listener } = await setup()
    expect((await ask(echoRequest(1)))?.length).toBe(12)
    listener.serve(echoPipeline(echoPath(20)))
    expect((await ask(echoRequest(1)))?.length).toBe(20)
  })
})

describe('a second instance on the same address', () => {
  test('is refused for UDP, although the first shares the port among its threads', async () => {
    const { port } = await setup()
    await expect(probeAddress('127.0.0.1', port)).rejects.toThrow(
      `listen udp 127.0.0.1:${port}: bind: address already in use`,
    )
    await expect(probeAddress('', port)).rejects.toThrow(`listen udp :${port}: bind:`)
  })

  test('is refused for TCP too', async () => {
    const port = await freePort()
    const threadCounters = new Int32Array(THREAD_WORDS)
    const pipeline = echoPipeline(echoPath())
    const limits = new ConnectionLimits({ maxConnections: 1, maxBytes: 1 })
    const listener = await listenTcp(
      { address: '127.0.0.1', port, threadCounters, limits },
      pipeline,
    )
    cleanups.push(() => listener.close(0))
    await expect(probeAddress('127.0.0.1', port)).rejects.toThrow(
      `listen tcp 127.0.0.1:${port}: bind: address already in use`,
    )
  })

  test.each([['192.0.2.55', 'cannot assign requested address']])(
    'an address of another machine is refused (%s)',
    async (address, text) => {
      await expect(probeAddress(address, 5300)).rejects.toThrow(`bind: ${text}`)
    },
  )

  test('port 0 finds a port that is free for UDP and TCP', async () => {
    const port = await probeAddress('127.0.0.1', 0)
    expect(await probeAddress('127.0.0.1', port)).toBe(port)
  })
})
