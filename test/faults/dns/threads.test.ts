// Each kind of answering thread of a real server is killed again and again under constant questions. A killed thread costs
// the batch that it had in hand, or the connections that it held; the first retry of the client is answered.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../support/wait-for.ts'
import { ALL_FAULTS } from '../extent.ts'
import type { ThreadKind } from './agent.ts'
import { KNOWN, UPSTREAM } from './clusterset.ts'
import { recordCost } from './cost.ts'
import { expectRetriesAnswered } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'

const KILLS = ALL_FAULTS ? 20 : 2
const INTERRUPTIONS = ALL_FAULTS ? 50 : 10

/** Kinds of questions by what they need: these threads, and no other. */
const udp = [...KNOWN, ...UPSTREAM].filter(({ over }) => over === 'udp').map(({ kind }) => kind)
const tcp = [...KNOWN, ...UPSTREAM].filter(({ over }) => over !== 'udp').map(({ kind }) => kind)
const KINDS: readonly {
  readonly thread: ThreadKind
  readonly name: string
  /** The questions whose thread is killed: all others lose nothing. */
  readonly mayLose: readonly string[]
}[] = [
  { thread: 'packet', name: 'packet threads', mayLose: udp },
  { thread: 'event', name: 'event-loop thread', mayLose: tcp },
  { thread: 'upstream', name: 'upstream thread', mayLose: ['upstream'] },
]

describe('a server whose threads are killed', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startRig()
  }, START_MS)
  afterAll(() => rig?.stop())

  const restarts = () => rig.metric('clusterset_dns_thread_restarts_total')
  const isBack = async (before: number) => {
    await waitFor('no descriptor is left', async () => (await rig.descriptors()) <= before, {
      timeoutMs: 60_000,
    })
    await rig.seesChanges()
  }

  test.each(KINDS)(
    'the $name',
    async ({ thread, name, mayLose }) => {
      await rig.asking.answered()
      const descriptors = await rig.descriptorsAsNow()
      const memory = await rig.anonymous()
      const before = await restarts()
      await rig.asking.begin()
      let killed = 0
      for (let i = 0; i < KILLS; i++) {
        killed += await rig.agent.kill(thread)
        await rig.asking.answered()
      }
      const books = await rig.asking.end()
      expect(await restarts()).toBe(before + killed)
      expectRetriesAnswered(books, mayLose)
      await isBack(descriptors)
      const growth = (await rig.anonymous()) - memory
      await recordCost('threads', `the ${name}, killed ${KILLS} times`, books, {
        'memory, MB': (growth / 1024).toFixed(1),
      })
    },
    400_000,
  )

  test('all of them, also while they start', async () => {
    await rig.asking.answered()
    const descriptors = await rig.descriptorsAsNow()
    await rig.asking.begin()
    for (let i = 0; i < INTERRUPTIONS; i++) {
      for (const { thread } of KINDS) await rig.agent.interrupt(thread)
      // Replacements start meanwhile: the next interruption hits some of them.
      await restarts()
    }
    await rig.asking.answered()
    const books = await rig.asking.end()
    expect(Object.entries(books).filter(([, { wrong }]) => wrong > 0)).toEqual([])
    await isBack(descriptors)
    await recordCost('threads', `all, ${INTERRUPTIONS} times, also while they start`, books, {
      'memory, MB': '-',
    })
  }, 400_000)
})
