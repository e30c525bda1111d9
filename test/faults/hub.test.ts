// The leader loses the hub but still reaches the members. According to the members' audit logs it writes nothing once
// its renewal is overdue; it continues when the hub is reachable again.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { LEADER_LEASE } from '../../src/fleet/api/names.ts'
import { objectsOf, stringsOf } from '../../src/fleet/api/unstructured.ts'
import { describeWithTools } from '../support/e2e.ts'
import { leaderRecords, violations, withoutHeldBack } from '../support/leader-rule.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { waitFor } from '../support/wait-for.ts'
import { ALL_FAULTS } from './extent.ts'
import { addNamespace, perform, sliceBody } from './operations.ts'
import { type RealFleet, startRealFleet, waitUntilConverged } from './real-fleet.ts'
import { record } from './result.ts'

const NAMESPACE = 'app'
const HUB = 'hub'
/** Milliseconds: two thirds of the Lease duration in test/support/our-fleet.ts. */
const RENEW_MS = 2000
const http = { name: 'http', port: 80, protocol: 'TCP' }

describeWithTools('a leader that loses the hub', (tools) => {
  let fleet: RealFleet
  let proxy: TcpProxy
  let running: OurFleet
  let changing = true
  let changes: Promise<void> = Promise.resolve()
  let change = 0
  /** When the frozen API server of the hub was resumed, in milliseconds since 1970. */
  const thaws: number[] = []

  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, { timeoutMs: 60_000, detail: () => running.child.tail(40) })
  const where = { namespace: NAMESPACE, name: 'web' }
  const apply = (
    cluster: string,
    resource: 'services' | 'serviceexports' | 'serviceimports' | 'endpointslices',
    body: object,
  ) => perform(fleet.at(cluster), { ...where, cluster, resource, verb: 'apply', body: { ...body } })
  /** Changes the endpoint in the exporting cluster. */
  const changeOne = async () => {
    change++
    const addresses = [`10.1.${change >> 8}.${change & 255}`]
    await apply('east', 'endpointslices', sliceBody('web', [{ addresses }]))
  }
  const changed = (count: number) => {
    const wanted = change + count
    return until(`${count} changes`, () => change >= wanted)
  }
  const imported = async () => {
    const { endpointslices } = await fleet.readOne('west', [NAMESPACE])
    return endpointslices
      .flatMap(({ endpoints }) => objectsOf(endpoints))
      .flatMap(({ addresses }) => stringsOf(addresses))
      .join()
  }
  const countLogged = (what: RegExp) => running.output().match(what)?.length ?? 0

  beforeAll(async () => {
    fleet = await startRealFleet([HUB, 'east', 'west'], { tools, audit: true })
    for (const id of ['east', 'west']) await perform(fleet.at(id), addNamespace(id, NAMESPACE))
    await apply('east', 'services', { spec: { ports: [http] } })
    await apply('east', 'serviceexports', {})
    await apply('west', 'serviceimports', { spec: { type: 'ClusterSetIP', ports: [http] } })
    proxy = await startTcpProxy(Number(new URL(fleet.at(HUB).url).port))
    const behind = await fleet.behind(HUB, `https://127.0.0.1:${proxy.port}`)
    running = await startOurFleet({ members: { ...fleet.members, [HUB]: behind }, hub: HUB })
    const run = async () => {
      while (changing) {
        await changeOne()
        await delay(20)
      }
    }
    changes = run()
  }, 120_000)
  afterEach(async () => {
    fleet.at(HUB).thawApiserver()
    await proxy.heal()
  })
  afterAll(async () => {
    changing = false
    await changes
    await running?.stop()
    await proxy?.close()
    await fleet?.stop()
  }, 60_000)

  const cuts = [
    {
      name: 'whose connections are reset and refused',
      begin: () => proxy.refuse(),
      end: () => proxy.heal(),
    },
    {
      name: 'whose connections hang',
      begin: () => proxy.blackhole(),
      end: () => proxy.heal(),
    },
    {
      name: 'whose API server hangs',
      begin: () => fleet.at(HUB).freezeApiserver(),
      end: () => {
        thaws.push(Date.now())
        fleet.at(HUB).thawApiserver()
      },
    },
  ]
  test.each(ALL_FAULTS ? cuts : cuts.slice(0, 1))(
    '$name',
    async ({ name, begin, end }) => {
      await until('the fleet leads', () => running.leads())
      const before = await imported()
      await until('changes are copied', async () => (await imported()) !== before)
      const [begun, ended] = [/ became the leader/g, / stopped leading/g].map(countLogged)
      await begin()
      await until('the fleet has stopped leading', () => countLogged(/ stopped leading/g) > ended!)
      const lost = change
      const last = await imported()
      await changed(30)
      expect(await imported()).toBe(last)
      const missed = change - lost
      await end()
      await until('the fleet leads again', () => countLogged(/ became the leader/g) > begun!)
      await until('changes are copied again', async () => (await imported()) !== last)
      await record('hub', name, { 'changes that had to wait': missed })
    },
    120_000,
  )

  test('never writes after a renew deadline, and reaches the state that the users defined', async () => {
    changing = false
    await changes
    await waitUntilConverged(fleet, [NAMESPACE], 'manual', () => running.child.tail(40))
    const logs = await Promise.all(
      [...fleet.clusters].map(async ([id, one]) => {
        const writes = await one.auditedWrites()
        return id === HUB ? withoutHeldBack(writes, LEADER_LEASE, thaws) : writes
      }),
    )
    const records = leaderRecords(logs.flat(), LEADER_LEASE)
    expect(violations(records, RENEW_MS)).toEqual([])
    expect(records.writes.length).toBeGreaterThan(20)
    await record('hub', 'the leader rule, from the audit logs of all clusters', {
      renewals: records.renewals.length,
      writes: records.writes.length,
      violations: 0,
    })
  }, 120_000)
})
