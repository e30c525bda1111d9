// Two exporters, an importer, and faults between them and the controller: an API server that hangs; connections that
// are reset, refused or hang; error responses; a cluster restored from an old backup. During the fault nothing imported
// from the unreachable cluster is removed and the other clusters are still served. Afterwards the state is as without
// it.
//
// The hub is an exporter that stays reachable: without its Lease no replica may write.
//
// Only with FAULTS=all (`npm run test:faults`).
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FleetResource } from '../../src/fleet/api/records.ts'
import { nestedObject, objectsOf, stringOf, stringsOf } from '../../src/fleet/api/unstructured.ts'
import type { Body } from '../../src/fleet/api/writes.ts'
import { Identities } from '../../src/fleet/member/identity.ts'
import { KubeCluster } from '../../src/fleet/member/kube-cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { handClock } from '../support/hand-clock.ts'
import { startHttpFront } from '../support/http-front.ts'
import { memoryLog } from '../support/memory-log.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { waitFor } from '../support/wait-for.ts'
import { addNamespace, perform, sliceBody } from './operations.ts'
import { type RealFleet, startRealFleet, waitUntilConverged } from './real-fleet.ts'
import { record } from './result.ts'

const NAMESPACE = 'app'
const HUB = 'west'
const http = { name: 'http', port: 80, protocol: 'TCP' }

describeWithTools('a network that fails', (tools) => {
  let fleet: RealFleet
  let running: OurFleet | undefined
  const proxies = new Map<string, TcpProxy>()
  const members: Record<string, string> = {}
  let round = 0

  const tail = () => running?.child.tail(40) ?? ''
  const until = (what: string, probe: () => unknown, timeoutMs = 60_000) =>
    waitFor(what, probe, { timeoutMs, detail: tail })
  const startFleet = async (partial = false, lines: readonly string[] = []) => {
    await running?.stop()
    running = await startOurFleet({ members, hub: HUB, partial, lines })
  }
  const converged = (timeoutMs?: number) =>
    waitUntilConverged(fleet, [NAMESPACE], 'manual', tail, timeoutMs)

  const apply = async (cluster: string, resource: FleetResource, name: string, body: Body) => {
    const where = { cluster, resource, namespace: NAMESPACE, name }
    const { status } = await perform(fleet.at(cluster), { ...where, verb: 'apply', body })
    expect(status, `${resource} ${name} in ${cluster}`).toBeLessThan(300)
  }
  const remove = (cluster: string, resource: FleetResource, name: string) =>
    perform(fleet.at(cluster), { cluster, resource, namespace: NAMESPACE, name, verb: 'delete' })
  const setEndpoints = (cluster: string, service: string, address: string) =>
    apply(cluster, 'endpointslices', service, sliceBody(service, [{ addresses: [address] }]))
  const exportService = async (cluster: string, service: string, address: string) => {
    await apply(cluster, 'services', service, { spec: { ports: [http] } })
    await setEndpoints(cluster, service, address)
    await apply(cluster, 'serviceexports', service, {})
  }
  const importService = (cluster: string, service: string) =>
    apply(cluster, 'serviceimports', service, { spec: { type: 'ClusterSetIP', ports: [http] } })

  /** The uids and addresses of the slices in `cluster` imported from `source` for `service`. */
  const imported = async (cluster: string, service: string, source: string) => {
    const all = (await fleet.readOne(cluster, [NAMESPACE])).endpointslices
    const slices = all.filter((slice) => {
      const labels = nestedObject(slice, 'metadata', 'labels')
      return (
        labels['multicluster.kubernetes.io/service-name'] === service &&
        labels['multicluster.kubernetes.io/source-cluster'] === source
      )
    })
    return {
      uids: slices.map((slice) => nestedObject(slice, 'metadata').uid).sort(),
      addresses: slices
        .flatMap(({ endpoints }) => objectsOf(endpoints).flatMap((one) => stringsOf(one.addresses)))
        .sort(),
    }
  }
  const hasAddress = async (cluster: string, service: string, source: string, address: string) =>
    (await imported(cluster, service, source)).addresses.includes(address)

  beforeAll(async () => {
    fleet = await startRealFleet(['east', HUB, 'home'], { tools, hub: HUB })
    for (const [id, cluster] of fleet.clusters) {
      const proxy = await startTcpProxy(Number(new URL(cluster.url).port))
      proxies.set(id, proxy)
      members[id] = await fleet.behind(id, `https://127.0.0.1:${proxy.port}`)
      await perform(cluster, addNamespace(id, NAMESPACE))
    }
    await exportService('east', 'web', '10.1.0.1')
    await exportService('west', 'web', '10.2.0.1')
    await exportService('west', 'only', '10.2.1.1')
    await importService('home', 'web')
    await importService('east', 'only')
    await startFleet()
    await converged()
  }, 120_000)
  afterEach(async () => {
    for (const cluster of fleet.clusters.values()) cluster.thawApiserver()
    for (const proxy of proxies.values()) await proxy.heal()
  })
  afterAll(async () => {
    await running?.stop()
    for (const proxy of proxies.values()) await proxy.close()
    await fleet?.stop()
  }, 60_000)

  interface Cut {
    readonly name: string
    readonly begin: (id: string) => unknown
    readonly end: (id: string) => unknown
    /** True when users can reach the cluster during the fault. */
    readonly usersIn: boolean
    /** Milliseconds until the controller has detected that the cluster is reachable again. */
    readonly patienceMs: number
  }
  const frozen: Cut = {
    name: 'its API server hangs',
    begin: (id) => fleet.at(id).freezeApiserver(),
    end: (id) => fleet.at(id).thawApiserver(),
    usersIn: false,
    patienceMs: 60_000,
  }
  const refused: Cut = {
    name: 'its connections are reset and refused',
    begin: (id) => proxies.get(id)!.refuse(),
    end: (id) => proxies.get(id)!.heal(),
    usersIn: true,
    patienceMs: 60_000,
  }
  // Connections opened before hang even after the end of the fault: only a timer detects that.
  const silent: Cut = {
    name: 'its connections hang and are never closed',
    begin: (id) => proxies.get(id)!.blackhole(),
    end: (id) => proxies.get(id)!.heal(),
    usersIn: true,
    patienceMs: 240_000,
  }
  const cuts = [frozen, refused, silent]

  describe('between the controller and an exporter', () => {
    test.each(cuts)(
      '$name',
      async ({ name, begin, end, usersIn, patienceMs }) => {
        const n = ++round
        await exportService('east', `old-${n}`, `10.1.2.${n}`)
        await importService('home', `old-${n}`)
        await importService('home', `late-${n}`)
        await until('the endpoints are imported', () =>
          hasAddress('home', `old-${n}`, 'east', `10.1.2.${n}`),
        )
        const web = await imported('home', 'web', 'east')
        const old = await imported('home', `old-${n}`, 'east')

        await begin('east')
        if (usersIn) {
          await setEndpoints('east', 'web', `10.1.3.${n}`)
          await exportService('east', `late-${n}`, `10.1.4.${n}`)
          await remove('east', 'serviceexports', `old-${n}`)
        }
        await setEndpoints('west', 'web', `10.2.3.${n}`)
        await until('the endpoints of the other exporter are imported', () =>
          hasAddress('home', 'web', 'west', `10.2.3.${n}`),
        )
        await remove('home', 'services', 'amcs-web')
        await until('the deleted Service is recreated', async () => {
          const { services } = await fleet.readOne('home', [NAMESPACE])
          return services.some((one) => nestedObject(one, 'metadata').name === 'amcs-web')
        })
        expect(await imported('home', 'web', 'east')).toEqual(web)
        expect(await imported('home', `old-${n}`, 'east')).toEqual(old)

        // A new controller has never reached the cluster.
        await startFleet(true)
        await setEndpoints('west', 'web', `10.2.4.${n}`)
        await until('the endpoints of the other exporter are imported', () =>
          hasAddress('home', 'web', 'west', `10.2.4.${n}`),
        )
        expect(await imported('home', 'web', 'east')).toEqual(web)
        expect(await imported('home', `old-${n}`, 'east')).toEqual(old)

        const healedAt = performance.now()
        await end('east')
        // When users could not reach the cluster either, nothing changed during the fault.
        if (!usersIn) await setEndpoints('east', 'web', `10.1.3.${n}`)
        await until(
          'changes of the cluster are imported again',
          () => hasAddress('home', 'web', 'east', `10.1.3.${n}`),
          patienceMs,
        )
        await converged(patienceMs)
        if (usersIn) {
          expect(await imported('home', `old-${n}`, 'east')).toEqual({ uids: [], addresses: [] })
          expect(await hasAddress('home', `late-${n}`, 'east', `10.1.4.${n}`)).toBe(true)
        }
        await noteTime(`exporter: ${name}`, healedAt)
      },
      400_000,
    )
  })

  describe('between the controller and an importer', () => {
    test.each(cuts)(
      '$name',
      async ({ name, begin, end, usersIn, patienceMs }) => {
        const n = ++round
        await converged()
        const before = await imported('home', 'web', 'west')
        await begin('home')
        await setEndpoints('west', 'web', `10.2.5.${n}`)
        await setEndpoints('east', 'web', `10.1.5.${n}`)
        await setEndpoints('west', 'only', `10.2.6.${n}`)
        await until('the other importer has the endpoints', () =>
          hasAddress('east', 'only', 'west', `10.2.6.${n}`),
        )
        if (usersIn) {
          expect(await imported('home', 'web', 'west')).toEqual(before)
          await remove('home', 'services', 'amcs-web')
          await importService('home', `unknown-${n}`)
        }
        const healedAt = performance.now()
        await end('home')
        await converged(patienceMs)
        expect(await hasAddress('home', 'web', 'west', `10.2.5.${n}`)).toBe(true)
        expect(await hasAddress('home', 'web', 'east', `10.1.5.${n}`)).toBe(true)
        await noteTime(`importer: ${name}`, healedAt)
      },
      400_000,
    )
  })

  test('longer than the expiry removes endpoints of the unreachable cluster only, and not the last ones', async () => {
    const n = ++round
    for (const service of [`last-${n}`, `drop-${n}`]) {
      await exportService('east', service, `10.1.30.${n}`)
      await importService('home', service)
    }
    const annotations = { 'clusterset-dns.io/on-expiry': 'drop' }
    await apply('home', 'serviceimports', `drop-${n}`, { metadata: { annotations } })
    // Not less: a pause of the machine for some seconds must not expire the other members as well.
    await startFleet(false, ['leases: {suspectSeconds: 4, expireSeconds: 12}'])
    await converged()
    const addressesOf = async (service: string) => ({
      east: (await imported('home', service, 'east')).addresses,
      west: (await imported('home', service, 'west')).addresses,
    })
    const state = async (service: string) => {
      const { serviceimports, services } = await fleet.readOne('home', [NAMESPACE])
      const named = (name: string) => (one: Body) => nestedObject(one, 'metadata').name === name
      const found = serviceimports.find(named(service))
      const derived = services.find(named(`amcs-${service}`))
      const { status: condition, reason } =
        objectsOf(nestedObject(found, 'status').conditions).find(
          ({ type }) => type === 'SourceExpired',
        ) ?? {}
      return {
        kept: {
          spec: nestedObject(found, 'spec'),
          clusters: nestedObject(found, 'status').clusters,
          service: [nestedObject(derived, 'metadata').uid, nestedObject(derived, 'spec')],
        },
        expired: `${condition} ${reason}`,
      }
    }
    const services = ['web', `last-${n}`, `drop-${n}`] as const
    const before = await Promise.all(services.map(state))
    const all = await Promise.all(services.map(addressesOf))

    const cutAt = performance.now()
    await proxies.get('east')!.refuse()
    const wanted = ['True EndpointsDropped', 'True EndpointsKept', 'True EndpointsDropped']
    await until('all three imports have the condition', async () => {
      const found = await Promise.all(services.map(state))
      return found.every(({ expired }, i) => expired === wanted[i])
    })
    const expiredAt = performance.now()
    const [web, last, drop] = await Promise.all(services.map(addressesOf))
    expect(web).toEqual({ east: [], west: all[0]!.west })
    expect(last).toEqual(all[1])
    expect(drop).toEqual({ east: [], west: [] })
    const during = await Promise.all(services.map(state))
    expect(during.map(({ kept }) => kept)).toEqual(before.map(({ kept }) => kept))

    const healedAt = performance.now()
    await proxies.get('east')!.heal()
    await until('all sources are reached again', async () => {
      const found = await Promise.all(services.map(state))
      return found.every(({ expired }) => expired === 'False SourcesReached')
    })
    expect(await Promise.all(services.map(addressesOf))).toEqual(all)
    await record('partition', 'an exporter: for longer than the expiry of 12 s', {
      'seconds from the cut to the expiry': seconds(expiredAt - cutAt),
      'from the end of the fault to the right state': seconds(performance.now() - healedAt),
    })
    // The condition stays as history, so the imports are recreated before states are compared again.
    for (const one of (await fleet.readOne('home', [NAMESPACE])).serviceimports) {
      const service = stringOf(nestedObject(one, 'metadata').name)
      await remove('home', 'serviceimports', service)
      await importService('home', service)
    }
    await startFleet()
    await converged()
  }, 180_000)

  test('ends a half-open watch after its idle time, and starts it again', async () => {
    const n = ++round
    const clock = handClock()
    const cluster = new KubeCluster({
      name: 'east',
      spec: { kind: 'kubeconfig', file: members.east! },
      identities: new Identities(),
      deps: { log: memoryLog([]).log, clock },
    })
    try {
      const has = (address: string) =>
        [...cluster.reader.snapshot(`${NAMESPACE}/web`).slices].some(({ endpoints }) =>
          endpoints.some((one) => one.addresses.includes(address)),
        )
      await until('the member is synced', () => cluster.synced)
      const proxy = proxies.get('east')!
      proxy.blackhole()
      await setEndpoints('east', 'web', `10.1.20.${n}`)
      await proxy.heal()
      const made = proxy.made()
      // The client has not been notified that the connection is dead.
      clock.advance(80_000)
      expect(has(`10.1.20.${n}`)).toBe(false)
      let waited = 80
      await until('the change is received', () => {
        clock.advance(1000)
        waited++
        return has(`10.1.20.${n}`)
      })
      expect(proxy.made()).toBeGreaterThan(made)
      await record('partition', 'a watch that is open and delivers nothing', {
        'seconds by its clock until it was begun anew, at most': waited,
      })
    } finally {
      await cluster.close()
      await running!.stop()
      await startFleet()
    }
    await converged()
  }, 120_000)

  const seconds = (ms: number) => (ms / 1000).toFixed(1)
  const noteTime = (name: string, since: number) =>
    record('partition', name, {
      'seconds from the end of the fault to the right state': seconds(performance.now() - since),
    })

  describe('an API server that answers with errors', () => {
    const errors = [
      { name: '429 and Retry-After', status: 429, headers: { 'retry-after': '1' } },
      { name: '500', status: 500, headers: {} },
      { name: '503 and Retry-After', status: 503, headers: { 'retry-after': '1' } },
    ] as const
    test.each(errors)(
      '$name: writes are retried and none is lost',
      async (fault) => {
        const { name, status, headers } = fault
        const n = ++round
        const front = await startHttpFront(fleet.at('home'))
        const before = members.home!
        try {
          members.home = await fleet.behind('home', front.url)
          await startFleet()
          await converged()
          let failed = 0
          front.fail((method) => {
            if (method === 'GET' || failed >= 4) return undefined
            failed++
            return { status, headers }
          })
          await remove('home', 'services', 'amcs-web')
          await setEndpoints('west', 'web', `10.2.7.${n}`)
          await setEndpoints('east', 'web', `10.1.7.${n}`)
          await setEndpoints('west', 'only', `10.2.8.${n}`)
          await until('the other importer has the endpoints', () =>
            hasAddress('east', 'only', 'west', `10.2.8.${n}`),
          )
          await until('writes have failed', () => failed > 0)
          await converged()
          expect(await hasAddress('home', 'web', 'west', `10.2.7.${n}`)).toBe(true)
          expect(failed).toBe(4)
          if ('retry-after' in headers) expect(tooEarly(front.requests, status, 1000)).toEqual([])
          await record('errors', name, { 'writes that failed': failed })
        } finally {
          members.home = before
          await startFleet()
          await front.close()
        }
      },
      120_000,
    )
  })

  describe('a member that is restored from an old backup', () => {
    test.each(['east', 'home'])(
      '%s',
      async (id) => {
        const n = ++round
        await exportService('east', `kept-${n}`, `10.1.8.${n}`)
        await importService('home', `kept-${n}`)
        await converged()
        await fleet.at(id).backUp()
        // The restore undoes those of these changes that are in the restored cluster.
        await exportService('east', `lost-${n}`, `10.1.9.${n}`)
        await importService('home', `lost-${n}`)
        await setEndpoints('east', `kept-${n}`, `10.1.10.${n}`)
        await setEndpoints('east', 'web', `10.1.11.${n}`)
        await remove('home', 'services', 'amcs-web')
        await until('the new export is imported', () =>
          hasAddress('home', `lost-${n}`, 'east', `10.1.9.${n}`),
        )
        await converged()
        const restoredAt = performance.now()
        await fleet.at(id).restore()
        await converged(240_000)
        const kept = id === 'east' ? `10.1.8.${n}` : `10.1.10.${n}`
        expect((await imported('home', `kept-${n}`, 'east')).addresses).toEqual([kept])
        expect((await imported('home', `lost-${n}`, 'east')).addresses).toEqual([])
        // Changes are watched as before.
        await setEndpoints('east', `kept-${n}`, `10.1.12.${n}`)
        await until('a new change is imported', () =>
          hasAddress('home', `kept-${n}`, 'east', `10.1.12.${n}`),
        )
        await converged()
        await noteTime(`restored: ${id === 'east' ? 'an exporter' : 'the importer'}`, restoredAt)
      },
      400_000,
    )
  })
})

/** Writes sent before the end of the Retry-After of an earlier response. */
function tooEarly(
  requests: readonly { method: string; path: string; at: number; status: number | undefined }[],
  status: number,
  waitMs: number,
): readonly string[] {
  const writes = requests.filter(({ method }) => method !== 'GET')
  return writes
    .filter(({ at: when }, i) => {
      const asked = writes.slice(0, i).filter((one) => one.status === status)
      // Writes sent at about the time of the response may have crossed it and do not count.
      return asked.some((one) => when - one.at > 200 && when - one.at < waitMs)
    })
    .map(({ method, path }) => `${method} ${path}`)
}
