// An event-loop thread without packet threads: its share of the descriptors.
import { afterEach, expect, test } from 'vitest'
import { THREAD_TCP_CONNECTIONS, THREAD_WORDS } from '../../../src/server/shared/counters.ts'
import { EventServer } from '../../../src/server/threads/event-server.ts'
import { createHeldMemory } from '../../../src/udp/libc.ts'
import { configOf } from '../../support/config.ts'
import { openTcp } from '../../support/dns-client.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { freePort } from '../../support/free-port.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Serves one address at an open-file limit of 24. */
async function setup() {
  const threadCounters = new SharedArrayBuffer(4 * THREAD_WORDS)
  const data = {
    thread: 0,
    transport: 'dgram',
    logFormat: 'coredns',
    slowPathSignal: new SharedArrayBuffer(4),
    upstreamSignal: new SharedArrayBuffer(4),
    heldMemory: createHeldMemory(),
    threadCounters,
  } as const
  const server = new EventServer(data, () => {}, 24)
  cleanups.push(() => server.stop(0))
  const { blocks, groups } = configOf('. {\nbind 127.0.0.1\nwhoami\n}')
  const port = await freePort()
  const serve = (sockets: number) => {
    const listeners = [{ group: { ...groups[0]!, sockets, port }, localAddresses: [] }]
    const plan = { blocks, listeners, tables: {}, shared: {}, counters: {} }
    return server.serve({ plan, sockets: [], counters: {} })
  }
  /** Opens connections one after the other, and returns how many are open in the end. */
  const opened = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const connection = await openTcp({ port })
      cleanups.push(() => connection.close())
      connection.send(encodeQuery({ name: 'example.org', type: 'A' }))
      await connection.receive(3000)
    }
    return new Int32Array(threadCounters)[THREAD_TCP_CONNECTIONS]
  }
  return { serve, opened }
}

test('all threads of a plan together have connections for half of the descriptors', async () => {
  const { serve, opened } = await setup()
  await serve(6)
  expect(await opened(5)).toBe(2)
  await serve(2)
  expect(await opened(8)).toBe(6)
  await serve(1)
  expect(await opened(14)).toBe(12)
  await serve(4)
  expect(await opened(1)).toBe(3)
})
