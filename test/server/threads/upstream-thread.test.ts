// The upstream thread in a running supervisor: it exists while a block needs it, and is replaced when it ends.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import type { ServerPlan } from '../../../src/server/shared/plan.ts'
import { Supervisor } from '../../../src/server/threads/supervisor.ts'
import { UPSTREAM_THREAD } from '../../../src/server/threads/thread-count.ts'
import { configOf } from '../../support/config.ts'
import { query } from '../../support/dns-client.ts'
import { encodeQuery } from '../../support/dns-encode.ts'
import { forwardPlan } from '../../support/forward-plan.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { transport } from '../../support/transport.ts'
import { startUpstream, type Upstream } from '../../support/upstream-server.ts'
import { waitFor } from '../../support/wait-for.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(first: ServerPlan) {
  const lines: string[] = []
  const supervisor = await Supervisor.start(
    {
      transport,
      logFormat: 'coredns',
      log: memoryLog(lines).log,
      onLines: () => {},
      onFatal: () => {},
      releaseReader: () => {},
    },
    first,
  )
  closing.push(() => supervisor.stop(0))
  return { supervisor, lines }
}

async function upstream(): Promise<Upstream> {
  const server = await startUpstream()
  closing.push(() => server.stop())
  return server
}

/** The number of UDP sockets that are connected to a port of 127.0.0.1. */
function socketsTo(port: number): number {
  const peer = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/udp', 'utf8').trim().split('\n')
  return lines.filter((line) => line.trim().split(/ +/)[2] === peer).length
}

/** `whoami` at the port, without upstreams. */
function whoamiPlan(port: number): ServerPlan {
  const { blocks, groups } = configOf('. {\nbind 127.0.0.1\nwhoami\n}')
  const listener = { group: { ...groups[0]!, sockets: 1, port }, localAddresses: [] }
  return { blocks, listeners: [listener], tables: {}, shared: {}, counters: {} }
}

const answer = (port: number, name: string) => query({ port, name, type: 'A', timeoutMs: 3_000 })

test('forwarded questions are answered over UDP', async () => {
  const server = await upstream()
  const port = await freePort()
  await start(forwardPlan(port, [server.address]).plan)
  const reply = await answer(port, 'www.example.org')
  expect([reply.rcode, server.count('www.example.org')]).toEqual(['NOERROR', 1])
})

test('a reload adds and removes the upstreams', async () => {
  const server = await upstream()
  const port = await freePort()
  const { supervisor } = await start(whoamiPlan(port))
  expect((await answer(port, 'www.example.org')).answers).toEqual([])
  for (let round = 0; round < 2; round++) {
    await supervisor.reload(forwardPlan(port, [server.address]).plan)
    expect((await answer(port, `www${round}.example.org`)).rcode).toBe('NOERROR')
    expect(server.count(`www${round}.example.org`)).toBe(1)
    await supervisor.reload(whoamiPlan(port))
    expect((await answer(port, 'other.example.org')).answers).toEqual([])
  }
  expect(server.count('other.example.org')).toBe(0)
})

test('a reload keeps the questions in flight', async () => {
  const server = await upstream()
  const port = await freePort()
  const { supervisor } = await start(forwardPlan(port, [server.address]).plan)
  const client = createSocket('udp4')
  closing.push(async () => void client.close())
  client.connect(port, '127.0.0.1')
  await once(client, 'connect')
  const replies: number[] = []
  client.on('message', (reply) => replies.push(reply.readUInt16BE(0)))
  client.send(encodeQuery({ name: 'delay-1500.example.org', type: 'A', id: 77 }))
  await waitFor('the upstream is asked', () => server.count() === 1)
  await supervisor.reload(forwardPlan(port, [server.address]).plan)
  await supervisor.reload(whoamiPlan(port))
  await waitFor('the reply', () => replies.length === 1)
  expect([replies, server.count()]).toEqual([[77], 1])
})

// With dgram, forward runs in the plugin chain only.
if (transport === 'mmsg') {
  test('the thread is replaced when it ends, and its sockets are closed', async () => {
    const server = await upstream()
    const port = await freePort()
    const { supervisor, lines } = await start(forwardPlan(port, [server.address]).plan)
    for (let crashes = 1; crashes <= 3; crashes++) {
      await answer(port, `www${crashes}.example.org`)
      await supervisor.crash(UPSTREAM_THREAD)
      await waitFor('the replacement answers', () => answer(port, `again${crashes}.example.org`))
      expect(supervisor.restarts).toBe(crashes)
    }
    expect(lines.join()).toContain('upstream thread ended unexpectedly and is replaced')
    // One or two questions, each from its own socket, for each of the four threads; only the last one has sockets.
    expect(new Set(server.asked.map((one) => one.port)).size).toBeGreaterThan(3)
    expect(socketsTo(server.port)).toBeLessThanOrEqual(2)
  })

  test('questions that are queued while no upstream thread runs are answered by the next one', async () => {
    const server = await upstream()
    const port = await freePort()
    const { supervisor } = await start(forwardPlan(port, [server.address]).plan)
    await supervisor.crash(UPSTREAM_THREAD)
    const reply = await query({ port, name: 'queued.example.org', type: 'A', timeoutMs: 20_000 })
    expect(reply.rcode).toBe('NOERROR')
  })

  test('does not count as a thread that serves UDP', async () => {
    const server = await upstream()
    const { supervisor } = await start(forwardPlan(await freePort(), [server.address]).plan)
    expect(supervisor.threads).toBe(1)
  })
}
