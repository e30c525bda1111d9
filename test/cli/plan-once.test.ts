// When a dry run plans, and what ends it before.
import { describe, expect, test } from 'vitest'
import { awaitedText } from '../../src/cli/awaited.ts'
import { planOnce } from '../../src/cli/plan-once.ts'
import { handClock } from '../support/hand-clock.ts'

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

describe('planOnce', () => {
  const planned = () => {
    const clock = handClock()
    const stop = new AbortController()
    const none: readonly string[] = []
    const members = [
      {
        name: 'a',
        id: 'a' as string | undefined,
        synced: true,
        lastError: '',
        missingCrds: none,
        failed: false,
      },
      {
        name: 'b',
        id: 'b' as string | undefined,
        synced: false,
        lastError: 'it is being listed',
        missingCrds: none,
        failed: false,
      },
    ]
    const fleet = {
      clusters: { settled: true, failed: false, lastError: '', members },
      controller: { idle: false, retrying: 0 },
      plans: 0,
      plan: () => void fleet.plans++,
    }
    const done = planOnce(fleet, clock, stop.signal)
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds * 20; i++) {
        clock.advance(50)
        await settle()
      }
    }
    return { fleet, members, stop, done, pass }
  }

  test('waits until every service is planned, without a timeout', async () => {
    const { fleet, members, done, pass } = planned()
    await pass(1)
    expect(fleet.plans).toBe(0)
    members[1]!.synced = true
    await pass(120)
    expect(fleet.plans).toBe(1)
    fleet.controller.idle = true
    await pass(1)
    expect(await done).toEqual([])
  })

  test('plans without a member that is not synced in time, and reports it', async () => {
    const { fleet, members, done, pass } = planned()
    members[1]!.id = undefined
    members[1]!.failed = true
    fleet.controller.idle = true
    await pass(11)
    expect(await done).toEqual(['cluster b is not in sync: it is being listed'])
    expect(fleet.plans).toBe(1)
  })

  test('waits longer for a member that has not failed yet', async () => {
    const { fleet, members, done, pass } = planned()
    members[1]!.id = undefined
    await pass(50)
    expect(fleet.plans).toBe(0)
    members[1]!.synced = true
    fleet.controller.idle = true
    await pass(1)
    expect(await done).toEqual([])
  })

  test('reports that services could not be planned', async () => {
    const { fleet, members, done, pass } = planned()
    members[1]!.synced = true
    fleet.controller.retrying = 2
    fleet.controller.idle = true
    await pass(1)
    expect(await done).toEqual(['2 services could not be planned; see the log'])
  })

  test('ends without a plan when members lack CRDs, and does not wait for them', async () => {
    const { fleet, members, done, pass } = planned()
    members[1]!.missingCrds = ['serviceexports', 'serviceimports']
    const rejected = expect(done).rejects.toThrow(
      /^cluster b has no CRDs of serviceexports and serviceimports \(MCS API\)\n.*fleet check --install-crds.*nothing was planned$/,
    )
    await pass(1)
    await rejected
    expect(fleet.plans).toBe(0)
  })

  test('names what it waits for', () => {
    const { fleet, members } = planned()
    expect(awaitedText(fleet.clusters)).toBe('waiting for b (it is being listed)')
    members[1]!.synced = true
    expect(awaitedText(fleet.clusters)).toBe('')
    fleet.clusters.settled = false
    fleet.clusters.lastError = 'no route to host'
    expect(awaitedText(fleet.clusters)).toBe('waiting for the hub: no route to host')
  })

  test.each([[false], [true]])('rejects on abort, members synced: %s', async (isPlanned) => {
    const { members, stop, done, pass } = planned()
    members[1]!.synced = isPlanned
    const rejected = expect(done).rejects.toThrow()
    await pass(1)
    stop.abort()
    await rejected
  })
})
