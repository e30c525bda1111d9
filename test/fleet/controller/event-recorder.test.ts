// How the Events of one cluster are sent: a bounded queue, a rate limit, and none where they cannot be created.
import { expect, test } from 'vitest'
import type { MemberCluster } from '../../../src/fleet/api/member-cluster.ts'
import type { ObjectNote } from '../../../src/fleet/api/writes.ts'
import { EventRecorder } from '../../../src/fleet/controller/event-recorder.ts'
import { FleetMetrics } from '../../../src/fleet/controller/metrics.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'

const note = (change: Partial<ObjectNote> = {}): ObjectNote => ({
  resource: 'serviceimports',
  namespace: 'ns',
  id: { name: 'web', uid: 'uid-web', resourceVersion: '1' },
  about: 'Ready',
  type: 'Normal',
  reason: 'Ready',
  message: 'The service has been imported.',
  ...change,
})
const numbered = (i: number) => note({ id: { name: 'web', uid: `uid-${i}`, resourceVersion: '1' } })

const ticks = async (count = 300) => {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

/** A recorder for a member whose state the test changes; `sent` are the reasons of the created Events. */
function testRecorder(report: () => Promise<void> = async () => {}) {
  const state = { synced: true, leads: true, terminating: false }
  const sent: string[] = []
  const clock = handClock()
  const metrics = new FleetMetrics()
  const member = {
    name: 'c1',
    get synced() {
      return state.synced
    },
    reader: {
      snapshot: () => ({ namespace: { mode: undefined, terminating: state.terminating } }),
    },
  } as unknown as MemberCluster
  const events = new EventRecorder({
    member,
    log: memoryLog([]).log,
    clock,
    metrics,
    replica: '',
    mayWrite: () => state.leads,
    report: async (_, { reason }) => {
      await report()
      sent.push(reason)
    },
  })
  const counts = () =>
    Object.fromEntries(
      metrics
        .families([])
        .flatMap(({ samples }) => samples)
        .filter(([name]) => name === 'clusterset_dns_fleet_events_total')
        .map(([, { result }, value]) => [result, value]),
    )
  return { state, sent, clock, events, counts }
}

test('a burst of 100 Events is sent, then 25 per second', async () => {
  const { events, sent, clock } = testRecorder()
  for (let i = 0; i < 200; i++) events.add(numbered(i))
  await ticks(5000)
  expect(sent).toHaveLength(100)
  for (let i = 0; i < 10; i++) {
    clock.advance(100)
    await ticks()
  }
  expect(sent).toHaveLength(125)
})

test('the queue is bounded; further Events are dropped and counted', async () => {
  const { events, counts } = testRecorder(() => new Promise(() => {}))
  for (let i = 0; i < 1100; i++) events.add(numbered(i))
  await ticks()
  expect(counts()).toEqual({ dropped: 100 })
})

test('a repeated note is sent once; a different note about the subject in between resends it', async () => {
  const { events, sent } = testRecorder()
  events.add(note())
  events.add(note())
  events.add(note({ about: 'Conflict', reason: 'TypeConflict', type: 'Warning' }))
  events.add(note())
  events.add(note({ reason: 'Pending' }))
  events.add(note())
  await ticks()
  expect(sent).toEqual(['Ready', 'TypeConflict', 'Pending', 'Ready'])
})

test.each([
  ['in a terminating namespace', { terminating: true }],
  ['in a cluster that is not synced', { synced: false }],
  ['by a replica that does not lead', { leads: false }],
])('no Event is sent %s', async (_, change) => {
  const { events, sent, counts, state } = testRecorder()
  Object.assign(state, change)
  events.add(note())
  await ticks()
  expect(sent).toEqual([])
  expect(counts()).toEqual({ dropped: 1 })
})

test('Retry-After delays the next Event', async () => {
  let attempts = 0
  const { events, clock } = testRecorder(async () => {
    attempts++
    throw new ApiError('throttled', 'slow down', { status: 429, retryAfterMs: 20_000 })
  })
  events.add(numbered(1))
  events.add(numbered(2))
  await ticks()
  clock.advance(19_999)
  await ticks()
  expect(attempts).toBe(1)
  clock.advance(1)
  await ticks()
  expect(attempts).toBe(2)
})

test('a closed recorder sends no Events', async () => {
  const { events, sent } = testRecorder()
  events.add(numbered(1))
  events.close()
  events.add(numbered(2))
  await ticks()
  expect(sent).toEqual([])
})
