import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { serve } from '../../../src/server/serve.ts'
import type { ServerPlan } from '../../../src/server/shared/plan.ts'
import { Supervisor } from '../../../src/server/threads/supervisor.ts'
import { probeAddress } from '../../../src/server/transport/bind-probe.ts'
import { configOf } from '../../support/config.ts'
import { query } from '../../support/dns-client.ts'
import { freePort } from '../../support/free-port.ts'
import { startLoad } from '../../support/load.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { transport } from '../../support/transport.ts'
import { waitFor } from '../../support/wait-for.ts'

const running: Supervisor[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((supervisor) => supervisor.stop(0)))
})

async function plan(sockets: number, port?: number): Promise<ServerPlan> {
  const { blocks, groups } = configOf('. {\nbind 127.0.0.1\nwhoami\n}')
  const group = { ...groups[0]!, sockets, port: port ?? (await freePort()) }
  const listener = { group, localAddresses: [] }
  return { blocks, listeners: [listener], tables: {}, shared: {}, counters: {} }
}

async function start(first: ServerPlan) {
  const lines: string[] = []
  const released: number[] = []
  const supervisor = await Supervisor.start(
    {
      transport,
      logFormat: 'coredns',
      log: memoryLog(lines).log,
      onLines: () => {},
      onFatal: () => {},
      releaseReader: (thread) => void released.push(thread),
    },
    first,
  )
  running.push(supervisor)
  return { supervisor, lines, released }
}

const answers = ({ listeners }: ServerPlan) =>
  query({ port: listeners[0]!.group.port, name: 'example.org', type: 'A', timeoutMs: 3_000 })

// The control thread ends with the process.
if (transport !== 'single') {
  describe('the supervisor of threads', () => {
    test('replaces a thread that ends, counts it, and releases its readers', async () => {
      const served = await plan(1)
      const { supervisor, lines, released } = await start(served)
      await supervisor.crash(0)
      await waitFor('the replacement answers', () => answers(served))
      expect(supervisor.restarts).toBe(1)
      expect(released).toEqual([0])
      expect(lines.join()).toContain('answering thread 0 ended unexpectedly and is replaced')
    })

    test('replaces a thread that ends while it starts by one thread, and leaves no descriptor', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      const last = supervisor.threads - (transport === 'mmsg' ? 0 : 1)
      const inUse = () => [
        readdirSync('/proc/self/task').length,
        readdirSync('/proc/self/fd').length,
      ]
      await answers(served)
      const before = inUse()
      const crashed = supervisor.restarts
      // Most of these crashes hit a replacement that starts.
      await waitFor('some crashes', async () => {
        await supervisor.crash(last)
        return supervisor.restarts - crashed >= 5
      })
      await waitFor('answers', () => answers(served))
      await waitFor('as many threads and descriptors as before', () => {
        return inUse().every((count, i) => count <= before[i]!)
      })
    })

    test('keeps serving with the other threads', async () => {
      const served = await plan(2)
      const { supervisor } = await start(served)
      expect(supervisor.threads).toBe(2)
      await supervisor.crash(1)
      await waitFor('the thread is replaced', () => supervisor.restarts === 1)
      await waitFor('answers', () => answers(served))
    })

    test('refuses a plan while a thread is not replaced yet, and serves the next one', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      const port = served.listeners[0]!.group.port
      await supervisor.crash(0)
      await expect(supervisor.reload(await plan(1, port))).rejects.toThrow('ended unexpectedly')
      await waitFor('answers', () => answers(served))
      await supervisor.reload(await plan(1, port))
      expect((await answers(served)).rcode).toBe('NOERROR')
    })

    test('has as many threads as a new plan requires', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      const port = served.listeners[0]!.group.port
      await supervisor.reload(await plan(3, port))
      expect(supervisor.threads).toBe(3)
      await supervisor.reload(await plan(1, port))
      expect(supervisor.threads).toBe(1)
      expect((await answers(served)).rcode).toBe('NOERROR')
    })
  })
} else {
  test('with the control thread alone, a plan for three threads has one', async () => {
    const served = await plan(3)
    const { supervisor } = await start(served)
    expect(supervisor.threads).toBe(1)
    expect((await answers(served)).rcode).toBe('NOERROR')
  })
}

describe('the supervisor', () => {
  test('refuses a plan with an address that cannot be bound, and keeps the current one', async () => {
    const served = await plan(1)
    const { supervisor } = await start(served)
    const { listeners, ...rest } = await plan(1)
    const bad = {
      ...rest,
      listeners: [{ ...listeners[0]!, group: { ...listeners[0]!.group, address: '192.0.2.9' } }],
    }
    await expect(supervisor.reload(bad)).rejects.toThrow('cannot assign requested address')
    expect((await answers(served)).rcode).toBe('NOERROR')
  })

  test('a start with an address that cannot be bound is refused', async () => {
    const config = configOf('. {\nbind 192.0.2.9\nwhoami\n}')
    const started = serve(config, { writer: memoryLog([]), version: 'test', transport })
    await expect(started).rejects.toThrow('bind: cannot assign requested address')
  })
})

// With dgram, sockets belong to their threads.
if (transport === 'mmsg') {
  describe('sockets of packet threads', () => {
    test('stay open when a thread ends: the queued datagrams are answered', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      const { port } = served.listeners[0]!.group
      for (let crashes = 1; crashes <= 3; crashes++) {
        await supervisor.crash(1)
        // No thread reads now. Only the batch of the crashed thread is lost.
        const load = startLoad({ port, name: 'example.org' })
        await waitFor('more answers', () => load.answered() > 200)
        expect(await load.finish()).toBe(0)
        expect(supervisor.restarts).toBe(crashes)
      }
    })

    test('are closed when their address is no longer served', async () => {
      const served = await plan(2)
      const { supervisor } = await start(served)
      await supervisor.reload(await plan(1))
      const { port } = served.listeners[0]!.group
      await waitFor('the address is free', () => probeAddress('127.0.0.1', port))
    })

    test('accept TCP connections while the event-loop thread is replaced', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      const { port } = served.listeners[0]!.group
      for (let crashes = 1; crashes <= 3; crashes++) {
        await supervisor.crash(0)
        // No thread accepts now: the kernel does, and the replacement answers.
        const question = { port, name: 'example.org', type: 'A', tcp: true } as const
        const reply = await query({ ...question, timeoutMs: 50_000 })
        expect(reply.rcode).toBe('NOERROR')
        expect(supervisor.restarts).toBe(crashes)
      }
    })

    test('refuse TCP connections when their address is no longer served, also after a crash', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      const { port } = served.listeners[0]!.group
      await supervisor.crash(0)
      await waitFor('the replacement serves', () => answers(served))
      await supervisor.reload(await plan(1))
      await waitFor('the address is free', () => probeAddress('127.0.0.1', port))
    })

    test('are served by the replacement of the event-loop thread', async () => {
      const served = await plan(1)
      const { supervisor } = await start(served)
      await supervisor.crash(0)
      await waitFor('whoami answers', () => answers(served), { timeoutMs: 50_000 })
      expect(supervisor.restarts).toBe(1)
    })
  })
}
