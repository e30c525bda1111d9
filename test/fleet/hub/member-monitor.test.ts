// What a leader does for the members: asks each in rounds, renews the Leases of those that answer, and says which
// have not for long. Times are moved by hand, Leases are in memory.
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

/** Lets everything happen that is due without time passing. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

const never = () => new Promise<never>(() => {})
const unreachable = () => Promise.reject(new Error('it is away'))

/** A member that answers probes as `answer` says, which a test may change. */
function testMember(name: string, id = name) {
  const member = {
    name,
    id: id as string | undefined,
    synced: true,
    lastError: '',
    reader: new ClusterCache(name),
    probes: 0,
    answer: (): Promise<string> => Promise.resolve(`uid-of-${name}`),
    subscribe: () => () => {},
    write: never,
    report: never,
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
  const it = { mayWrite: true, changes: 0, members }
  const monitor = new MemberMonitor({
    members: () => it.members,
    roster,
    leases: leases.api,
    replica: 'r1',
    times,
    clock,
    log: memoryLog(lines).log,
    mayWrite: () => it.mayWrite,
    onChange: () => {
      it.changes++
    },
  })
  cleanups.push(() => void monitor.end())
  const pass = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed++) {
      clock.advance(1000)
      await settle()
    }
  }
  /** As `fleet leave` and `fleet join` do it. */
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

describe('the Lease of a member', () => {
  test('may be changed by somebody else meanwhile: the next round is on what is there then', async () => {
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

  test('has the id that the cluster says of itself, not the configured one', async () => {
    const it = startMonitor(testMember('configured', 'own'))
    await it.begin()
    expect([...it.objects.keys()]).toEqual(['member-own'])
    expect(it.monitor.phase('own')).toBe('fresh')
  })

  test('is not renewed while the member is silent, nor before anybody knows who it is', async () => {
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

  test('is not written by a leader that may not write any more', async () => {
    const it = startMonitor(testMember('c1'))
    it.mayWrite = false
    await it.begin()
    await it.pass(20)
    expect(it.writes).toEqual([])
    expect(it.monitor.phase('c1')).toBe('fresh')
  })

  test('is told of when it is first renewed in a term to those who waited for it', async () => {
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

  test('is left alone, and the member not asked, once it leaves', async () => {
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

  test('gets the UID of the cluster that answers after a join', async () => {
    const it = startMonitor(testMember('c1'))
    await it.begin()
    await it.annotate('member-c1', { 'clusterset-dns.io/cluster-uid': '' })
    await it.pass(10)
    expect(it.lease('member-c1').annotations['clusterset-dns.io/cluster-uid']).toBe('uid-of-c1')
  })

  test('that cannot be written is said, and the member is none the worse for it', async () => {
    const it = startMonitor(testMember('c1'))
    it.state.hang = true
    await it.begin()
    await it.pass(14)
    expect(it.lines.join('\n')).toContain('the Lease of cluster c1: no answer within 5 s')
    expect(it.monitor.phase('c1')).toBe('fresh')
  })
})

describe('a member that is silent', () => {
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
      '[WARNING] cluster c1: not reached for 30 s: it is away; nothing of it changes for 270 s yet',
    ])
    await it.pass(269)
    expect(it.monitor.phase('c1')).toBe('suspect')
    await it.pass(1)
    expect(it.monitor.phase('c1')).toBe('expired')
    expect(it.lines[1]).toBe('[ERROR] cluster c1: expired, not reached for 300 s: it is away')
    await it.pass(100)
    expect(it.lines).toHaveLength(2)
    c1.answer = () => Promise.resolve('uid-of-c1')
    await it.pass(10)
    expect(it.monitor.phase('c1')).toBe('fresh')
    expect(it.lines[2]).toBe('[INFO] cluster c1: reached again; it was expired')
    expect(it.changes).toBe(3)
    expect(it.monitor.phase('c2')).toBe('fresh')
  })

  test('may hang for five seconds; the others are asked and renewed all the same', async () => {
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
    expect(it.lines[0]).toContain('cluster c1: not reached for 30 s: no answer within 5 s')
  })

  test('is suspect before it is expired, however short the times are', async () => {
    const c1 = testMember('c1')
    const it = monitorOf([c1], { suspectAfter: 2000, expireAfter: 5000, maxGap: 30_000 })
    await it.begin()
    c1.answer = never
    await it.pass(12)
    expect(it.lines).toHaveLength(2)
    expect(it.lines[0]).toContain('[WARNING] cluster c1: not reached for')
    expect(it.lines[1]).toContain('[ERROR] cluster c1: expired')
  })

  test('may be one that is on record only: nobody is configured for it', async () => {
    const it = startMonitor(testMember('c1'), testMember('c2'))
    await it.begin()
    it.members = it.members.slice(1)
    await it.pass(30)
    expect(it.monitor.phase('c1')).toBe('suspect')
    expect(it.lines[0]).toContain('no member that is configured is this cluster')
    await it.pass(270)
    expect(it.monitor.phase('c1')).toBe('expired')
  })

  test('is called by what is wrong with the member that is to be it', async () => {
    const it = startMonitor(testMember('c1'))
    await it.begin()
    const refused = testMember('c1')
    it.members = [Object.assign(refused, { id: undefined, lastError: 'it was refused' })]
    await it.pass(30)
    expect(it.lines[0]).toContain('not reached for 30 s: it was refused')
  })

  test('is not expired by a term that has not met with all of the silence itself', async () => {
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

  test('is no news to a term that ends while it waits for the answer', async () => {
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
