// The output of a dry run, and when it is printed.
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDryRun, planOnce } from '../../src/cli/fleet-dry-run.ts'
import { defaultSettings } from '../../src/fleet/config.ts'
import { Fleet } from '../../src/fleet/fleet.ts'
import { systemClock } from '../../src/kube/clock.ts'
import { addExport, addImport, addNamespace, addService, createFleet } from '../fleet/embedded.ts'
import { startMember as start } from '../support/fake-member.ts'
import { handClock } from '../support/hand-clock.ts'
import { memoryLog } from '../support/memory-log.ts'
import { waitFor } from '../support/wait-for.ts'

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((done) => setImmediate(done))
}

test('a dry run prints the next writes of every service and counts the objects to create', async () => {
  const shown: string[] = []
  const dryRun = createDryRun((line) => void shown.push(line))
  const fleet = createFleet({ perform: dryRun.perform, report: async () => {} })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  const names = Array.from({ length: 40 }, (_, i) => `web-${i}`)
  for (const name of names) {
    addService(fleet.api('c1'), name)
    addExport(fleet.api('c1'), name)
    addImport(fleet.api('c2'), name)
  }
  const before = fleet.objects()
  await fleet.settle()
  expect(fleet.objects()).toEqual(before)
  for (const name of names) {
    expect(shown).toContainEqual(
      expect.stringContaining(`c1: patch serviceexports/status ns/${name} {"status"`),
    )
    expect(shown).toContainEqual(expect.stringContaining(`c2: create services ns/amcs-${name} {`))
  }
  expect(dryRun.created).toBe(40)
  expect(fleet.lines.join()).not.toMatch(/the API server drops|webhook/)
})

test('a dry run of mode auto lists each import after the Service that is to come first', async () => {
  const shown: string[] = []
  const dryRun = createDryRun((line) => void shown.push(line))
  const fleet = createFleet({ mode: 'auto', perform: dryRun.perform, report: async () => {} })
  for (const name of ['c1', 'c2']) addNamespace(fleet.api(name), 'ns')
  addService(fleet.api('c1'), 'web')
  addExport(fleet.api('c1'), 'web')
  await fleet.settle()
  expect(shown.filter((line) => line.startsWith('c2')).map((line) => line.split(' {')[0])).toEqual([
    'c2: create services ns/amcs-web',
    'c2: create serviceimports ns/web',
  ])
  expect(dryRun.created).toBe(4)
})

describe('the fleet of a dry run', () => {
  const object = (name: string, rest: object = {}) => ({
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion: '7' },
    ...rest,
  })
  const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]
  const ns = { metadata: { name: 'ns', uid: 'ns', resourceVersion: '7' } }

  test('plans each service once, after all members are synced, without a rate limit', async () => {
    const [east, west] = [await start('1'), await start('2')]
    const names = Array.from({ length: 300 }, (_, i) => `web-${i}`)
    east.state.objects = {
      namespaces: [ns],
      services: names.map((name) => object(name, { spec: { ports } })),
      serviceexports: names.map((name) => object(name)),
    }
    west.state.objects = {
      namespaces: [ns],
      serviceimports: names.map((name) =>
        object(name, { spec: { type: 'ClusterSetIP', ports }, status: {} }),
      ),
    }
    east.hold('/api/v1/services')
    const shown: string[] = []
    const lines: string[] = []
    const dryRun = createDryRun((line) => void shown.push(line))
    const fleet = new Fleet({
      config: {
        ...defaultSettings,
        members: [
          { id: 'east', spec: east.spec },
          { id: 'west', spec: west.spec },
        ],
        listen: ':0',
        writes: { qps: 1, burst: 1 },
        hub: west.spec,
      },
      deps: { log: memoryLog(lines).log, random: () => 0 },
      replica: 'r1',
      perform: dryRun.perform,
    })
    onTestFinished(() => fleet.close())
    const done = planOnce(fleet, () => {}, systemClock, new AbortController().signal)
    const [, second] = await waitFor('both are open', () =>
      fleet.clusters.members.length === 2 ? fleet.clusters.members : undefined,
    )
    await waitFor('the second is in sync', () => second?.synced)
    await settle()
    expect(shown).toEqual([])
    east.release()
    expect(await done).toBe(0)
    for (const name of names) {
      const own = shown.filter((line) => line.includes(`ns/${name} `))
      expect(
        own.filter((line) => line.startsWith('east: patch serviceexports/status')),
      ).toHaveLength(1)
    }
    expect(new Set(shown).size).toBe(shown.length)
    expect(shown.filter((line) => line.startsWith('west: create services ns/amcs-'))).toHaveLength(
      300,
    )
    expect(shown.join()).not.toContain('No cluster exports')
    expect(lines.join()).not.toMatch(/webhook/)
    expect(
      east.requests.concat(west.requests).filter((one) => one.includes('fieldManager')),
    ).toEqual([])
  }, 30_000)
})

describe('planOnce', () => {
  const planned = () => {
    const clock = handClock()
    const reported: string[] = []
    const stop = new AbortController()
    const members = [
      { name: 'a', id: 'a' as string | undefined, synced: true, lastError: '' },
      {
        name: 'b',
        id: 'b' as string | undefined,
        synced: false,
        lastError: 'it is being listed',
      },
    ]
    const fleet = {
      clusters: { settled: true, lastError: '', members },
      controller: { idle: false, retrying: 0 },
      plans: 0,
      plan: () => void fleet.plans++,
    }
    const done = planOnce(fleet, (text) => reported.push(text), clock, stop.signal)
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds * 20; i++) {
        clock.advance(50)
        await settle()
      }
    }
    return { fleet, members, reported, stop, done, pass }
  }

  test('waits until every service is planned, without a timeout', async () => {
    const { fleet, members, reported, done, pass } = planned()
    await pass(1)
    expect(fleet.plans).toBe(0)
    members[1]!.synced = true
    await pass(120)
    expect(fleet.plans).toBe(1)
    fleet.controller.idle = true
    await pass(1)
    expect(await done).toBe(0)
    expect(reported).toEqual([])
  })

  test('plans without a member that is not synced in time, reports it, and fails', async () => {
    const { fleet, members, reported, done, pass } = planned()
    members[1]!.id = undefined
    fleet.controller.idle = true
    await pass(11)
    expect(await done).toBe(1)
    expect(fleet.plans).toBe(1)
    expect(reported).toEqual(['cluster b is not in sync: it is being listed'])
  })

  test('fails when a service could not be planned', async () => {
    const { fleet, members, reported, done, pass } = planned()
    members[1]!.synced = true
    fleet.controller.retrying = 2
    fleet.controller.idle = true
    await pass(1)
    expect(await done).toBe(1)
    expect(reported).toEqual(['2 services could not be planned; see the log'])
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
