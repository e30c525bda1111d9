// Two replicas under constant change, checked with the API servers' audit logs. A leader is killed, or stopped until
// the other replica leads and then continued. No replica writes after its renew deadline or in another replica's term.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEADER_LEASE } from '../../src/fleet/api/names.ts'
import { describeWithTools } from '../support/e2e.ts'
import { leaderRecords, terms, violations } from '../support/leader-rule.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'
import { ALL_FAULTS } from './extent.ts'
import { addNamespace, perform, sliceBody } from './operations.ts'
import { type RealFleet, startRealFleet, waitUntilConverged } from './real-fleet.ts'
import { record } from './result.ts'

const NAMESPACE = 'app'
const CLUSTERS = ['east', 'west']
/** Milliseconds: two thirds of the Lease duration in test/support/our-fleet.ts. */
const RENEW_MS = 2000
const ROUNDS = ALL_FAULTS ? 3 : 1
const http = { name: 'http', port: 80, protocol: 'TCP' }

describeWithTools('two replicas', (tools) => {
  let fleet: RealFleet
  const replicas = new Set<OurFleet>()
  let changing = true
  let changes: Promise<void> = Promise.resolve()
  let change = 0

  const tail = () => [...replicas].map(({ child }) => child.tail(20)).join('\n')
  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, { timeoutMs: 60_000, detail: tail })
  const start = async () => {
    const replica = await startOurFleet({ members: fleet.members })
    replicas.add(replica)
    return replica
  }
  const leaderOf = async (candidates: Iterable<OurFleet>) => {
    for (const one of candidates) if (await one.leads()) return one
    return undefined
  }
  const make = (
    cluster: string,
    resource: 'services' | 'serviceexports' | 'serviceimports',
    spec = {},
  ) =>
    perform(fleet.at(cluster), {
      cluster,
      resource,
      namespace: NAMESPACE,
      name: 'web',
      verb: 'apply',
      body: { spec },
    })
  /** Changes the endpoint in each cluster, which the leader must copy to the other cluster. */
  const changeAll = async () => {
    change++
    for (const cluster of CLUSTERS) {
      const addresses = [`10.${CLUSTERS.indexOf(cluster)}.${change >> 8}.${change & 255}`]
      const body = sliceBody('web', [{ addresses }])
      const where = {
        cluster,
        namespace: NAMESPACE,
        name: 'web',
        resource: 'endpointslices' as const,
      }
      await perform(fleet.at(cluster), { ...where, verb: 'apply', body })
    }
  }
  /** Resolves after `count` further changes. */
  const changed = (count: number) => {
    const wanted = change + count
    return until(`${count} changes`, () => change >= wanted)
  }
  const audited = async () => {
    const logs = await Promise.all([...fleet.clusters.values()].map((one) => one.auditedWrites()))
    return leaderRecords(logs.flat(), LEADER_LEASE)
  }
  /** Resolves when these replicas have written to a member after the call. */
  const works = async (...some: readonly OurFleet[]) => {
    const output = () => some.map((one) => one.output()).join('')
    const writes = () => output().match(/ patch endpointslices /g)?.length ?? 0
    const before = writes()
    await until('the leader writes', () => writes() > before + 5)
  }

  beforeAll(async () => {
    fleet = await startRealFleet(CLUSTERS, { tools, audit: true })
    for (const [id, cluster] of fleet.clusters) {
      await perform(cluster, addNamespace(id, NAMESPACE))
      await make(id, 'services', { ports: [http] })
      await make(id, 'serviceexports')
      await make(id, 'serviceimports', { type: 'ClusterSetIP', ports: [http] })
    }
    await Promise.all([start(), start()])
    const run = async () => {
      while (changing) {
        await changeAll()
        await delay(20)
      }
    }
    changes = run()
  }, 120_000)
  afterAll(async () => {
    changing = false
    await changes
    for (const { child } of replicas) child.kill('SIGCONT')
    await Promise.all([...replicas].map((one) => one.stop()))
    await fleet?.stop()
  }, 60_000)

  test('take over from each other when the leader is killed, or stopped and continued', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const killed = await until('a replica leads', () => leaderOf(replicas))
      await works(killed)
      await killed.child.kill9()
      replicas.delete(killed)
      await killed.stop()
      const next = await until('another replica leads', () => leaderOf(replicas))
      await works(next)

      const other = await start()
      next.child.kill('SIGSTOP')
      await until('another replica leads', () => other.leads())
      await works(other)
      const ofStopped = () => next.output().match(/stopped leading/g)?.length ?? 0
      const before = ofStopped()
      next.child.kill('SIGCONT')
      await until(
        'the stopped replica has logged that it stopped leading',
        () => ofStopped() > before,
      )
      await changed(20)
      // After a long pause of the machine, another replica may be the leader.
      await works(...replicas)
    }
    changing = false
    await changes
    await waitUntilConverged(fleet, [NAMESPACE], 'manual', tail)
    const records = await audited()
    expect(violations(records, RENEW_MS)).toEqual([])
    // More terms are possible when the machine paused for longer than the Lease duration.
    expect(terms(records).length).toBeGreaterThanOrEqual(2 * ROUNDS + 1)
    expect(new Set(records.writes.map(({ userAgent }) => userAgent)).size).toBe(ROUNDS + 2)
    await record('leader', `${ROUNDS} times killed, ${ROUNDS} times stopped and continued`, {
      terms: terms(records).length,
      renewals: records.renewals.length,
      'writes of leaders': records.writes.length,
      violations: 0,
    })
  }, 400_000)
})
