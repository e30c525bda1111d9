// The leader's member monitor: probes the members in rounds, renews the Leases of reachable members and reports
// unreachable ones. The test moves the clock; Leases are in memory.
import { afterEach, describe, expect, test } from 'vitest'
import { leaseFromObject } from '../../../src/fleet/hub/lease.ts'
import { defaultLeaseTimes } from '../../../src/fleet/hub/lease-state.ts'
import { MemberMonitor } from '../../../src/fleet/hub/member-monitor.ts'
import { ObjectCache } from '../../../src/fleet/hub/object-cache.ts'
import { Roster } from '../../../src/fleet/hub/roster.ts'
import { ClusterCache } from '../../../src/fleet/member/cluster-cache.ts'
import { ApiError } from '../../../src/kube/api-error.ts'
import { handClock } from '../../support/hand-clock.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { memoryLeases } from './memory-leases.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** Runs all pending callbacks without advancing the clock. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

const never = () => new Promise<never>(() => {})
const unreachable = () => Promise.reject(new Error('it is away'))

/** A member whose probes resolve as `answer`, which a test can replace. */
function testMember(name: string, id = name) {
  const member = {
    name,
    id: id as string | undefined,
    created: '2026-01-01T00:00:00Z',
    synced: true,
    lastError: '',
    reader: new ClusterCache(name),
    probes: 0,
    answer: (): Promise<string> => Promise.resolve(`uid-of-${name}`),
    subscribe: () => () => {},
    write: never,
    report: never,
    leaderLease: async () => undefined,
    close: async () => {},
    probe: () => {
      member.probes++
      return member.answer()
    },
  }
  return member
}

type TestMember = ReturnType<typeof testMember>

const startMonitor = (...members: TestMember[]) => monitorOf(members)

function monitorOf(members: readonly TestMember[], times = defaultLeaseTimes) {
  const leases = memoryLeases()
  const cache = new ObjectCache(leaseFromObject)
  const roster = new Roster(cache)
  leases.subscribe((raw) => {
    cache.put(raw)
    cache.flush()
  })
  const clock = handClock()
  const lines: string[] = []
  const it = { mayWrite: true, changes: 0, members, reached: [] as string[] }
  const monitor = new MemberMonitor({
    members: () => it.members,
    roster,
    leases: leases.api,
    replica: 'r1',
    times,
    clock,
    log: memoryLog(lines).log,
    mayWrite: () => it.mayWrite,
    onReached: ({ name }) => it.reached.push(name),
  })
  monitor.subscribe(() => {
    it.changes++
  })
  cleanups.push(() => void monitor.end())
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed++) {
      clock.advance(1000)
      await settle()
    }
  }
  /** Annotates a Lease, as `fleet leave` and `fleet join` do. */
  const annotate = async (name: string, annotations: Record<string, string | null>) => {
    await leases.api.update(leases.lease(name), { annotations }, new AbortController().signal)
    leases.writes.pop()
  }
  const begin = async () => {
    monitor.begin()
    await settle()
  }
  return Object.assign(it, { ...leases, monitor, clock, lines, pass, begin, annotate })
}

test('a member is told to the listener of reached members once in a term', async () => {
  const it = startMonitor(testMember('c1'))
  await it.begin()
  await it.pass(30)
  expect(it.reached).toEqual(['c1'])
  await it.monitor.end()
  await it.begin()
  expect(it.reached).toEqual(['c1', 'c1'])
})

test('a member whose id becomes known is probed at once when the monitor is woken', async () => {
  const member = testMember('c1')
  member.id = undefined
  const it = startMonitor(member)
  await it.begin()
  expect(it.reached).toEqual([])
  member.id = 'c1'
  it.monitor.wake()
  await settle()
  expect(it.reached).toEqual(['c1'])
})

describe('the Lease of a member', () => {
  test('is renewed in the next round after a conflict, without a log line', async () => {
    const it = startMonitor(testMember('c1'))
    await it.begin()
    const { update } = it.api
    it.api.update = async () => {
      throw new ApiError('conflict', 'member-c1 has changed')
    }
    await it.pass(10)
    it.api.update = update
    const { renewTime } = it.lease('member-c1')
    await it.pass(10)
    expect(it.lease('member-c1').renewTime).not.toBe(renewTime)
    expect(it.lines).toEqual([])
  })

  test('is created with its id and UID, and renewed every ten seconds', async () => {
    const it = startMonitor(testMember('c1'))
    await it.begin()
    expect(it.lease('member-c1')).toMatchObject({
      holder: 'r1',
      durationSeconds: 30,
      labels: { 'clusterset-dns.io/member': 'c1' },
      annotations: {
        'clusterset-dns.io/cluster-id': 'c1',
        'clusterset-dns.io/cluster-uid': 'uid-of-c1',
        'clusterset-dns.io/cluster-created': '2026-01-01T00:00:00Z',
      },
    })
    const { renewTime } = it.lease('member-c1')
    await it.pass(9)
    expect(it.writes).toEqual(['create member-c1 by r1'])
    await it.pass(21)
    expect(it.writes).toEqual([
      'create member-c1 by r1',
      ...Array(3).fill('update member-c1 by r1'),
    ])
    expect(it.lease('member-c1').renewTime > renewTime).toBe(true)
    expect(it.changes).toBe(0)
  })

  test('has the id that the cluster reports, not the configured one', async () => {
    const it = startMonitor(testMember('configured', 'own'))
    await it.begin()
    expect([...it.objects.keys()]).toEqual(['member-own'])
    expect(it.monitor.phase('own')).toBe('fresh')
  })

  test('is not renewed while the member is unreachable or its id is unknown', async () => {
    const [c1, c2] = [testMember('c1'), testMember('c2')]
    c1.answer = unreachable
    c2.id = undefined
    const it = startMonitor(c1, c2)
    await it.begin()
    await it.pass(20)
    expect(c1.probes).toBe(3)
    expect(c2.probes).toBe(0)
    expect(it.writes).toEqual([])
  })

  test('is not written once mayWrite returns false', async () => {
    const it = startMonitor(testMember('c1'))
    it.mayWrite = false
    await it.begin()
    await it.pass(20)
    expect(it.writes).toEqual([])
    expect(it.monitor.phase('c1')).toBe('fresh')
  })

  test('notifies when an awaited member is first reached in a term', async () => {
    const c1 = testMember('c1')
    const it = startMonitor(c1)
    expect(it.monitor.hasReached('c1')).toBe(false)
    await it.begin()
    expect([it.monitor.hasReached('c1'), it.changes]).toEqual([true, 1])
    await it.pass(60)
    expect(it.changes).toBe(1)
    await it.monitor.end()
    c1.answer = unreachable
    await it.begin()
    await it.pass(20)
    expect([it.monitor.hasReached('c1'), it.changes]).toEqual([false, 1])
    c1.answer = () => Promise.resolve('uid-of-c1')
    await it.pass(10)
    expect([it.monitor.hasReached('c1'), it.changes]).toEqual([true, 2])
  })

  test('is not renewed, and the member not probed, once the cluster leaves', async () => {
    const c1 = testMember('c1')
    const it = startMonitor(c1)
    await it.begin()
    for (const leave of ['asked', 'done']) {
      await it.annotate('member-c1', { 'clusterset-dns.io/leave': leave })
      await it.pass(30)
      expect(it.writes).toEqual(['create member-c1 by r1'])
      expect(c1.probes).toBe(1)
    }
    expect([...it.monitor.states.keys()]).toEqual([])
    await it.annotate('member-c1', { 'clusterset-dns.io/leave': null })
    await it.pass(10)
    expect(it.writes).toHaveLength(2)
  })

  test('keeps the first time of creation, until the cluster joins again', async () => {
    const member = testMember('c1')
    const it = startMonitor(member)
    const recorded = () => it.lease('member-c1').annotations['clusterset-dns.io/cluster-created']
    await it.begin()
    member.created = '1970-01-01T00:00:00Z'
    await it.pass(10)
    expect(recorded()).toBe('2026-01-01T00:00:00Z')
    await it.annotate('member-c1', { 'clusterset-dns.io/cluster-created': null })
    await it.pass(10)
    expect(recorded()).toBe('1970-01-01T00:00:00Z')
  })

  test('gets the UID of the reached cluster after a join', async () => {
    const it = startMonitor(testMember('c1'))
    await it.begin()
    await it.annotate('member-c1', { 'clusterset-dns.io/cluster-uid': '' })
    await it.pass(10)
    expect(it.lease('member-c1').annotations['clusterset-dns.io/cluster-uid']).toBe('uid-of-c1')
  })

  test('whose write fails is logged, and the member stays fresh', async () => {
    const it = startMonitor(testMember('c1'))
    it.state.hang = true
    await it.begin()
    await it.pass(14)
    expect(it.lines.join('\n')).toContain(
      'cluster c1: cannot write its Lease: no answer within 5 s',
    )
    expect(it.monitor.phase('c1')).toBe('fresh')
  })
})

describe('an unreachable member', () => {
  test('is suspect after 30 s, expired after 5 minutes, and fresh as soon as it answers', async () => {
    const c1 = testMember('c1')
    const it = startMonitor(c1, testMember('c2'))
    await it.begin()
    c1.answer = unreachable
    await it.pass(29)
    expect(it.monitor.phase('c1')).toBe('fresh')
    await it.pass(1)
    expect(it.monitor.phase('c1')).toBe('suspect')
    expect(it.lines).toEqual([
      '[WARNING] cluster c1: unreachable for 30 s: it is away; its endpoints are kept for at least another 270 s',
    ])
    await it.pass(269)
    expect(it.monitor.phase('c1')).toBe('suspect')
    await it.pass(1)
    expect(it.monitor.phase('c1')).toBe('expired')
    expect(it.lines[1]).toBe('[ERROR] cluster c1: expired, unreachable for 300 s: it is away')
    await it.pass(100)
    expect(it.lines).toHaveLength(2)
    c1.answer = () => Promise.resolve('uid-of-c1')
    await it.pass(10)
    expect(it.monitor.phase('c1')).toBe('fresh')
    expect(it.lines[2]).toBe('[INFO] cluster c1: reached again; it was expired')
    expect(it.changes).toBe(3)
    expect(it.monitor.phase('c2')).toBe('fresh')
  })

  test('whose probe hangs times out after five seconds and does not delay other members', async () => {
    const c1 = testMember('c1')
    c1.answer = never
    const c2 = testMember('c2')
    const it = startMonitor(c1, c2)
    await it.begin()
    expect(it.lease('member-c2').holder).toBe('r1')
    await it.pass(35)
    expect([c1.probes, c2.probes]).toEqual([4, 4])
    expect(it.monitor.phase('c1')).toBe('suspect')
    expect(it.monitor.phase('c2')).toBe('fresh')
    expect(it.lines[0]).toContain('cluster c1: unreachable for 30 s: no answer within 5 s')
  })

  test('is suspect before it is expired, however short the times are', async () => {
    const c1 = testMember('c1')
    const it = monitorOf([c1], { suspectAfter: 2000, expireAfter: 5000, maxGap: 30_000 })
    await it.begin()
    c1.answer = never
    await it.pass(12)
    expect(it.lines).toHaveLength(2)
    expect(it.lines[0]).toContain('[WARNING] cluster c1: unreachable for')
    expect(it.lines[1]).toContain('[ERROR] cluster c1: expired')
  })

  test('may have a Lease but no configuration', async () => {
    const it = startMonitor(testMember('c1'), testMember('c2'))
    await it.begin()
    it.members = it.members.slice(1)
    await it.pass(30)
    expect(it.monitor.phase('c1')).toBe('suspect')
    expect(it.lines[0]).toContain('no configured member has this id')
    await it.pass(270)
    expect(it.monitor.phase('c1')).toBe('expired')
  })

  test('is logged with the error of the configured member of that name', async () => {
    const it = startMonitor(testMember('c1'))
    await it.begin()
    const refused = testMember('c1')
    it.members = [Object.assign(refused, { id: undefined, lastError: 'it was refused' })]
    await it.pass(30)
    expect(it.lines[0]).toContain('unreachable for 30 s: it was refused')
  })

  test('is expired only by a term that observed the whole outage', async () => {
    const c1 = testMember('c1')
    c1.answer = unreachable
    const it = startMonitor(c1)
    await it.begin()
    await it.pass(300)
    expect(it.monitor.phase('c1')).toBe('expired')
    await it.monitor.end()
    expect(it.monitor.phase('c1')).toBe('fresh')
    const { probes } = c1
    await it.pass(60)
    expect(c1.probes).toBe(probes)
    await it.begin()
    await it.pass(299)
    expect(it.monitor.phase('c1')).toBe('suspect')
    await it.pass(1)
    expect(it.monitor.phase('c1')).toBe('expired')
  })

  test('is not recorded when the term ends during its probe', async () => {
    const c1 = testMember('c1')
    const it = startMonitor(c1)
    c1.answer = never
    await it.begin()
    const ended = it.monitor.end()
    await it.pass(5)
    await ended
    expect([...it.monitor.states]).toEqual([])
    expect(it.writes).toEqual([])
  })
})
