// A real server has no free descriptor, under constant questions: first because its limit is lowered while it runs, then
// because a client opens TCP connections.
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { openTcp } from '../../support/dns-client.ts'
import { waitFor } from '../../support/wait-for.ts'
import { ALL_FAULTS } from '../extent.ts'
import { KNOWN, UPSTREAM } from './clusterset.ts'
import { recordCost } from './cost.ts'
import { expectNoLoss } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'
import { takeDescriptors } from './process-limits.ts'

/** Longer than a socket for an upstream lives. */
const FAULT_MS = 20_000

/** Questions that need a new connection to the server, or, after 10 s, a new socket for an upstream. */
const needsDescriptor = [...KNOWN, ...UPSTREAM]
  .filter((question) => question.over === 'tcp' || UPSTREAM.includes(question))
  .map(({ kind }) => kind)
const others = [...KNOWN, ...UPSTREAM]
  .map(({ kind }) => kind)
  .filter((kind) => !needsDescriptor.includes(kind))

let rig: Rig
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rig?.stop()
})

const isBack = async (descriptors: number) => {
  await waitFor('no descriptor is left', async () => (await rig.descriptors()) <= descriptors)
  await rig.server.ready(START_MS)
  await rig.seesChanges()
}

describe('no free descriptor', () => {
  test('costs only new TCP connections, and sockets for upstreams', async () => {
    rig = await startRig()
    const descriptors = await rig.descriptorsAsNow()
    await rig.asking.begin()
    const giveBack = await takeDescriptors(rig.server.child.pid)
    if (ALL_FAULTS) await delay(FAULT_MS)
    await rig.asking.answered(others)
    await rig.seesChanges()
    await giveBack()
    await rig.asking.answered()
    const books = await rig.asking.end()
    expectNoLoss(books, needsDescriptor)
    await isBack(descriptors)
    expect(rig.server.output()).not.toContain('unexpected exception')
    await recordCost('descriptors', 'none is free', books)
  }, 400_000)

  test('delays the replacement of threads that are killed, and no more', async () => {
    rig = await startRig()
    const descriptors = await rig.descriptorsAsNow()
    await rig.asking.begin()
    const giveBack = await takeDescriptors(rig.server.child.pid)
    const lines = () => rig.server.output().split('is replaced').length
    const before = lines()
    for (const thread of ['packet', 'event', 'upstream'] as const) await rig.agent.interrupt(thread)
    // Two packet threads, the event-loop thread and the upstream thread; the first ones may find what the others left.
    await waitFor('all have ended', () => lines() - before >= 4, { timeoutMs: 60_000 })
    await giveBack()
    await rig.asking.answered()
    const books = await rig.asking.end()
    expectNoLoss(books, Object.keys(books))
    await isBack(descriptors)
    expect(rig.server.output()).not.toContain('unexpected exception')
    await recordCost('descriptors', 'none is free, and all threads are killed', books)
  }, 400_000)
})

describe('a client that opens TCP connections at an open-file limit of 256', () => {
  test('costs no other client an answer, and neither probes nor watches', async () => {
    rig = await startRig({ through: ['prlimit', '--nofile=256:256'] })
    await rig.asking.begin()
    const connections = await Promise.all(
      Array.from({ length: 400 }, () => openTcp({ port: rig.server.port, from: '127.0.0.9' })),
    )
    cleanups.push(() => {
      for (const connection of connections) connection.close()
    })
    await rig.server.ready(START_MS)
    // Its watches begin anew, on new connections.
    rig.api.behave('right')
    await rig.seesChanges()
    await rig.asking.answered()
    const books = await rig.asking.end()
    expectNoLoss(books)
    expect(await rig.metric('clusterset_dns_tcp_closed_total')).toBeGreaterThan(0)
    await recordCost('descriptors', '400 TCP connections of one client, at a limit of 256', books)
  }, 400_000)
})
