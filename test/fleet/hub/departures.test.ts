// A departure is done when no reachable cluster holds objects of it; an unreachable cluster delays it only for 15 s.
import { afterEach, describe, expect, test } from 'vitest'
import { followDepartures } from '../../../src/fleet/hub/departures.ts'
import { leaseFromObject } from '../../../src/fleet/hub/lease.ts'
import { ObjectCache } from '../../../src/fleet/hub/object-cache.ts'
import { Roster } from '../../../src/fleet/hub/roster.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import {
  addExport,
  addImport,
  addNamespace,
  addService,
  addSlice,
  createFleet,
} from '../embedded.ts'
import { memoryLeases } from './memory-leases.ts'

const stop = new AbortController()
const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

/** c1 exports `web`, c2 imports it, and `fleet leave c1` was called; the controller has not reacted yet. */
async function leaving() {
  const left = new Set<string>()
  const membership = () => ({
    left,
    recorded: new Set(['c1', 'c2']).difference(left),
    created: () => '',
    phase: () => 'fresh' as const,
    hasReached: () => true,
  })
  const fleet = createFleet({ membership })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addSlice(fleet.api('c1'), 'web', ['10.1.0.1'])
  addExport(fleet.api('c1'), 'web')
  addImport(fleet.api('c2'), 'web')
  await fleet.settle()
  const leases = memoryLeases()
  const cache = new ObjectCache(leaseFromObject)
  const roster = new Roster(cache)
  leases.subscribe((raw) => {
    cache.put(raw)
    cache.flush()
  })
  const annotations = {
    'clusterset-dns.io/cluster-id': 'c1',
    'clusterset-dns.io/leave': 'asked',
  }
  await leases.api.create('member-c1', { holder: 'r1', annotations }, stop.signal)
  const clock = handClock()
  const lines: string[] = []
  const end = new AbortController()
  const it = { mayWrite: true, settled: true, members: fleet.members }
  const leave = () => leases.lease('member-c1').annotations['clusterset-dns.io/leave']
  const done = followDepartures(
    {
      members: () => it.members,
      settled: () => it.settled,
      roster,
      leases: leases.api,
      clock,
      log: memoryLog(lines).log,
      mayWrite: () => it.mayWrite,
    },
    end.signal,
  )
  cleanups.push(() => end.abort())
  await settle()
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed++) {
      clock.advance(1000)
      await settle()
    }
  }
  /** The controller removes the cluster's objects. */
  const clear = async () => {
    left.add('c1')
    fleet.controller.resync()
    await fleet.settle()
  }
  /** Replaces the probe of one member; its cache stays as it is. */
  const setProbe = (name: string, answer: () => Promise<string>) => {
    const member = it.members.find((one) => one.name === name)!
    member.probe = answer
  }
  return Object.assign(it, { fleet, leases, lines, leave, pass, clear, setProbe, end, done })
}

const refused = () => Promise.reject(new Error('it is away'))

describe('a departure', () => {
  test('is done when no objects are left in any cluster', async () => {
    const it = await leaving()
    await it.pass(60)
    expect(it.leave()).toBe('asked')
    await it.clear()
    await it.pass(1)
    expect(it.leave()).toBe('done')
    expect(it.leases.lease('member-c1').holder).toBe('')
    expect(it.lines).toEqual(['[INFO] cluster c1: has left the fleet'])
    await it.pass(10)
    expect(it.leases.writes).toHaveLength(2)
  })

  test.each([
    ['refuses', refused],
    ['hangs', () => new Promise<never>(() => {})],
  ])('does not wait for the leaving cluster when its probe %s for 15 s', async (_, answer) => {
    const it = await leaving()
    const [c1] = it.members
    // The controller no longer writes to c1; its cache stays.
    await it.fleet.restart(['c2'])
    it.members = [c1!, ...it.fleet.members]
    it.setProbe('c1', answer)
    await it.clear()
    await it.pass(14)
    expect(it.leave()).toBe('asked')
    await it.pass(10)
    expect(it.leave()).toBe('done')
  })

  test('waits for a reachable cluster that still has endpoints of it', async () => {
    const it = await leaving()
    it.setProbe('c1', refused)
    await it.pass(60)
    expect(it.leave()).toBe('asked')
  })

  test('waits for a cluster whose outages are each shorter than 15 s', async () => {
    const it = await leaving()
    const probe = it.members[0]!.probe.bind(it.members[0])
    for (let i = 0; i < 5; i++) {
      it.setProbe('c1', refused)
      it.setProbe('c2', refused)
      await it.pass(10)
      it.setProbe('c1', probe)
      it.setProbe('c2', probe)
      await it.pass(2)
    }
    expect(it.leave()).toBe('asked')
  })

  test('measures outages anew when the cluster leaves a second time', async () => {
    const it = await leaving()
    for (const name of ['c1', 'c2']) it.setProbe(name, refused)
    await it.pass(14)
    const mark = (leave: string | null) => {
      const annotations = { 'clusterset-dns.io/leave': leave }
      return it.leases.api.update(it.leases.lease('member-c1'), { annotations }, stop.signal)
    }
    await mark(null)
    await it.pass(60)
    await mark('asked')
    await it.pass(14)
    expect(it.leave()).toBe('asked')
    await it.pass(3)
    expect(it.leave()).toBe('done')
  })

  test('is not marked done before all members are open: the first check would find no objects', async () => {
    const it = await leaving()
    it.settled = false
    const { members } = it
    it.members = []
    await it.pass(30)
    expect(it.leave()).toBe('asked')
    it.members = members
    it.settled = true
    await it.pass(5)
    expect(it.leave()).toBe('asked')
  })

  test('is marked done only by the leader', async () => {
    const it = await leaving()
    it.mayWrite = false
    await it.clear()
    await it.pass(30)
    expect(it.leave()).toBe('asked')
    it.mayWrite = true
    await it.pass(1)
    expect(it.leave()).toBe('done')
  })

  test('whose Lease cannot be written is retried', async () => {
    const it = await leaving()
    await it.clear()
    it.leases.state.down = true
    await it.pass(2)
    expect(it.lines[0]).toBe('[WARNING] cluster c1: cannot mark its Lease as left: the hub is away')
    it.leases.state.down = false
    await it.pass(1)
    expect(it.leave()).toBe('done')
  })

  test('ends when the fleet stops, even while a probe hangs', async () => {
    const it = await leaving()
    it.setProbe('c1', () => new Promise<never>(() => {}))
    await it.pass(1)
    it.end.abort()
    await it.pass(5)
    await it.done
  })
})
