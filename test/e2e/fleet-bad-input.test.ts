// Bad input on real API servers: invalid objects that an API server accepts, objects at size limits, CRDs of the first
// releases (c3), revoked rights and credentials. Each results in a condition or a log line, and the rest of the fleet
// continues.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { describeWithTools } from '../support/e2e.ts'
import { FLEET_ACCOUNT, FLEET_NAMESPACE, fleetManifests } from '../support/fleet-clusters.ts'
import { loadCrds } from '../support/manifests.ts'
import { type Clusterset, startClusterset, type Trial } from './clusterset-harness.ts'
import { helloService, helloSlice, namespaceObject } from './hello.ts'

vi.setConfig({ testTimeout: 60_000 })

const tcp = { name: 'tcp', port: 42, protocol: 'TCP' }
const byHand = { selector: undefined, ports: [tcp] }

describeWithTools('bad input on real API servers', (tools) => {
  let set: Clusterset

  beforeAll(async () => {
    set = await startClusterset({
      tools,
      version: 'v1alpha1',
      crds: (id) => loadCrds(id === 'c3' ? 'v1alpha1' : 'v0.5.0'),
    })
  }, 180_000)

  afterAll(async () => {
    await set?.stop()
  }, 60_000)

  const untilLogged = (pattern: RegExp) =>
    set.until(`the log has ${pattern}`, () => pattern.test(set.fleet.output()))
  const isReady = async (trial: Trial, id: number, name = 'hello') =>
    (await trial.view(id).conditions('serviceimports', name)).includes('Ready=True/Ready')

  describe.concurrent('objects at the limits', () => {
    test('a Service with 1,000 ports is imported with all of them', async () => {
      const trial = await set.trial()
      const ports = Array.from({ length: 1000 }, (_, i) => ({
        name: `port-${i}`,
        port: 1000 + i,
        protocol: i % 2 === 0 ? 'TCP' : 'UDP',
      }))
      await trial.exportService(1, { selector: undefined, ports })
      await trial.apply(1, helloSlice(trial.namespace, ports, ['10.1.0.1']))
      await trial.until('c2 has its endpoint', async () => {
        return (await trial.view(2).addresses('hello')).length > 0
      })
      await trial.until('c2 imports it', () => isReady(trial, 2))
      expect((await trial.firstImport(2)).spec.ports).toEqual(ports)
      expect((await trial.view(2).service('amcs-hello'))?.spec.ports).toHaveLength(1000)
      const [slice] = await trial.view(2).imported('hello')
      expect(slice?.ports).toHaveLength(1000)
    })

    test('ports and endpoints over the limits are left out, and told', async () => {
      const trial = await set.trial()
      const ports = Array.from({ length: 5000 }, (_, i) => ({ ...tcp, name: `p${i}`, port: 1 + i }))
      await trial.exportService(1, { selector: undefined, ports })
      await trial.apply(1, helloSlice(trial.namespace, ports, thousand()))
      await trial.until('c2 has its endpoints', async () => {
        return (await trial.view(2).addresses('hello')).length > 0
      })
      await trial.until('c2 imports it', () => isReady(trial, 2))
      expect((await trial.firstImport(2)).spec.ports).toEqual(ports.slice(0, 1000))
      await trial.until('c2 has 50,000 pairs of a port and an endpoint', async () => {
        const slices = await trial.view(2).imported('hello')
        return (
          slices.map(({ ports, endpoints }) => ports.length * endpoints.length).join() === '50000'
        )
      })
      await trial.until('the export is ready', async () => {
        return (await trial.view(1).conditions('serviceexports', 'hello')).includes('Ready=True')
      })
      for (const limit of ['ports', 'backends']) {
        await untilLogged(
          new RegExp(
            `service ${trial.namespace}/hello: Left out of cluster c1: .*exportLimits.${limit}`,
          ),
        )
      }
    })

    test('an EndpointSlice with 20,000 ports and 1,000 endpoints brings the one port of its Service', async () => {
      const trial = await set.trial()
      const others = Array.from({ length: 19_999 }, (_, i) => ({ name: `p${i}`, port: 1 + i }))
      await trial.exportService(1, byHand)
      await trial.apply(1, helloSlice(trial.namespace, [...others, tcp], thousand()))
      await trial.until('c2 has its endpoints', async () => {
        return (await trial.view(2).addresses('hello')).length === 1000
      })
      for (const { ports } of await trial.view(2).imported('hello')) expect(ports).toEqual([tcp])
    })

    test('a Service and a namespace with names of 63 characters have a derived name with a hash', async () => {
      const trial = await set.trial('n'.repeat(63))
      const name = 's'.repeat(63)
      const { namespace } = trial
      const slice = helloSlice(namespace, [tcp], ['10.1.0.2'], name)
      await trial.apply(1, helloService(namespace, byHand, name), trial.exportOf({}, name), slice)
      await trial.until('c2 has its endpoint', async () => {
        return (await trial.view(2).addresses(name)).length > 0
      })
      await trial.until('c2 imports it', () => isReady(trial, 2, name))
      const [imported] = await trial.view(2).imported(name)
      const derived = imported!.metadata.labels!['kubernetes.io/service-name']!
      expect(derived).toMatch(/^amcs-s+-[0-9a-f]{10}$/)
      expect(derived).toHaveLength(63)
      expect((await trial.view(2).service(derived))?.spec).toMatchObject({ ports: [tcp] })
    })

    test('an export whose name is not valid for a Service has the condition NoService', async () => {
      const trial = await set.trial()
      const name = `${'x'.repeat(100)}.y`
      await trial.apply(1, trial.exportOf({}, name))
      await trial.until('the export is invalid', async () =>
        (await trial.view(1).conditions('serviceexports', name)).includes('Valid=False/NoService'),
      )
    })

    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`label-${i}`, 'x'.repeat(50)]))

    test('exported labels of 50 KiB are imported', async () => {
      const trial = await set.trial()
      await trial.exportService(1, {}, { exportedLabels: many(800) })
      await trial.until('c2 imports it', () => isReady(trial, 2))
      expect((await trial.firstImport(2)).metadata.labels).toMatchObject(many(800))
    })

    test('exported labels over 64 KiB and invalid ones are omitted and logged', async () => {
      const trial = await set.trial()
      const exportedLabels = { 'not a key': 'x', good: 'not a value!', fine: 'yes' }
      const exportedAnnotations = many(2000)
      await trial.exportService(1, {}, { exportedLabels, exportedAnnotations })
      await trial.until('c2 imports it', () => isReady(trial, 2))
      const { labels, annotations } = (await trial.firstImport(2)).metadata
      expect(labels).toMatchObject({ fine: 'yes' })
      expect(Object.keys(labels!)).not.toContain('good')
      expect(Object.keys(annotations!)).not.toContain('label-0')
      const what = `service ${trial.namespace}/hello: `
      await untilLogged(
        new RegExp(`${what}Left out of the exportedLabels of cluster c1: "good", "not a key" `),
      )
      await untilLogged(
        new RegExp(`${what}Left out of the exportedAnnotations of cluster c1: .* exceed 64 KiB`),
      )
    })
  })

  describe.concurrent('EndpointSlices that an API server accepts', () => {
    const ready = { conditions: { ready: true } }
    test.each<[string, object, string[]]>([
      [
        'FQDN addresses are omitted',
        { addressType: 'FQDN', endpoints: [{ addresses: ['example.com'] }] },
        [],
      ],
      [
        'endpoints without conditions are ready',
        { endpoints: [{ addresses: ['10.1.1.1'] }] },
        ['10.1.1.1'],
      ],
      [
        'a duplicate address is imported once',
        {
          endpoints: [
            { addresses: ['10.1.1.2'], ...ready },
            { addresses: ['10.1.1.2'], conditions: { ready: false } },
          ],
        },
        ['10.1.1.2'],
      ],
      ['the broadcast address is omitted', { endpoints: [{ addresses: ['255.255.255.255'] }] }, []],
      [
        'the targetRef and the nodeName are omitted',
        {
          endpoints: [
            { addresses: ['10.1.1.3'], nodeName: 'gone', targetRef: { kind: 'Pod', name: 'gone' } },
          ],
        },
        ['10.1.1.3'],
      ],
      [
        'an EndpointSlice without ports is omitted',
        { ports: [], endpoints: [{ addresses: ['10.1.1.4'] }] },
        [],
      ],
      [
        'a port without a number is omitted',
        { ports: [{ name: 'tcp' }], endpoints: [{ addresses: ['10.1.1.5'] }] },
        [],
      ],
      [
        'ports that the Service does not have are omitted',
        { ports: [{ ...tcp, name: 'other' }], endpoints: [{ addresses: ['10.1.1.6'] }] },
        [],
      ],
      [
        'a hundred addresses of one endpoint are imported',
        { endpoints: [{ addresses: hundred() }] },
        hundred(),
      ],
      [
        '1,000 endpoints of one EndpointSlice are imported',
        { endpoints: thousand().map((address) => ({ addresses: [address] })) },
        thousand(),
      ],
    ])('%s', async (_rule, slice, wanted) => {
      const trial = await set.trial()
      const good = helloSlice(trial.namespace, [tcp], ['10.1.0.9'])
      const bad = { ...good, metadata: { ...good.metadata, name: 'bad' }, ...slice }
      await trial.exportService(1, byHand)
      await trial.apply(1, bad)
      // The other EndpointSlice is always imported.
      await trial.apply(1, good)
      const all = [...wanted, '10.1.0.9'].sort()
      await trial.until('c2 has all addresses', async () => {
        return (await trial.view(2).addresses('hello')).join() === all.join()
      })
      await trial.until('c2 imports it', () => isReady(trial, 2))
      await trial.settled()
      expect(await trial.view(2).addresses('hello')).toEqual(all)
      if (wanted.length === 0) {
        const what = `service ${trial.namespace}/hello: Left out of the endpoints of cluster c1`
        await untilLogged(new RegExp(`${what}: EndpointSlice bad: `))
      }
      for (const { endpoints } of await trial.view(2).imported('hello')) {
        expect(endpoints.length).toBeLessThanOrEqual(100)
        for (const endpoint of endpoints) {
          expect(endpoint).not.toHaveProperty('nodeName')
          expect(endpoint).not.toHaveProperty('targetRef')
        }
      }
    })

    test.each(['127.0.0.1', '0.0.0.0', '169.254.1.1', '224.0.0.1', '10.1.1.256', 'fd00::1'])(
      '%s in an IPv4 EndpointSlice is rejected by the API server',
      async (address) => {
        const trial = await set.trial()
        const slice = helloSlice(trial.namespace, [tcp], [address])
        await expect(trial.apply(1, { ...slice, addressType: 'IPv4' })).rejects.toThrow(/422/)
      },
    )
  })

  test('Pod addresses of two clusters are imported, with a warning about both', async () => {
    const trial = await set.trial()
    for (const id of [1, 2]) {
      await trial.exportService(id, byHand)
      await trial.apply(id, helloSlice(trial.namespace, [tcp], ['10.9.9.9', `10.${id}.9.9`]))
    }
    await trial.until('c2 has the addresses of both', async () => {
      const addresses = await trial.view(2).addresses('hello')
      return addresses.join() === '10.1.9.9,10.2.9.9,10.9.9.9,10.9.9.9'
    })
    await untilLogged(
      new RegExp(
        `service ${trial.namespace}/hello: The clusters c1 and c2 have endpoints with the same address`,
      ),
    )
  })

  /** The write counters of a cluster. */
  const writesTo = async (cluster: string) => {
    const text = await set.fleet.metrics()
    const pattern = new RegExp(`^clusterset_dns_fleet_writes_total\\{cluster="${cluster}".*$`, 'gm')
    return text.match(pattern) ?? []
  }
  const gauge = async (name: string) => {
    const text = await set.fleet.metrics()
    const values = [...text.matchAll(new RegExp(`^clusterset_dns_fleet_${name}\\S* (\\d+)$`, 'gm'))]
    return values.reduce((sum, [, value]) => sum + Number(value), 0)
  }
  const idle = () =>
    set.until('the fleet is idle', async () => {
      return (await gauge('queue_depth')) + (await gauge('retrying')) === 0
    })

  describe('a cluster with CRDs of the first releases', () => {
    let trial: Trial

    beforeAll(async () => {
      trial = await set.trial()
      await trial.exportService(1, byHand)
      await trial.exportService(3, byHand)
      for (const id of [1, 3]) {
        await trial.apply(id, helloSlice(trial.namespace, [tcp], [`10.${id}.8.8`]))
      }
    })

    test('imports with only the first of two addresses', async () => {
      await trial.until('the ServiceImport has one address', async () => {
        return ((await trial.firstImport(3)).spec.ips as string[] | undefined)?.length === 1
      })
      const service = await trial.view(3).service('amcs-hello')
      const { spec } = await trial.firstImport(3)
      expect(service?.spec.clusterIPs).toHaveLength(2)
      expect(spec.ips).toEqual([service?.spec.clusterIP])
      expect(spec).not.toHaveProperty('ipFamilies')
      await trial.until('its status has both clusters', async () => {
        const { clusters } = (await trial.firstImport(3)).status ?? {}
        return JSON.stringify(clusters) === '[{"cluster":"c1"},{"cluster":"c3"}]'
      })
    })

    test('exports to all clusters', async () => {
      for (const id of [1, 2, 3]) {
        await trial.until(`c${id} has the endpoints of both`, async () => {
          return (await trial.view(id).addresses('hello')).join() === '10.1.8.8,10.3.8.8'
        })
      }
      expect(await trial.view(3).conditions('serviceexports', 'hello')).toBe(
        'Valid=True/Valid Ready=True/Exported Conflict=False/NoConflicts',
      )
    })

    test('is logged once for each field that it drops', async () => {
      const lines = () =>
        set.fleet.output().match(/^.*cluster c3: the API server drops .*$/gm) ?? []
      await untilLogged(/cluster c3: the API server drops serviceimports spec\.ipFamilies/)
      await untilLogged(/cluster c3: the API server drops serviceimports status\.conditions/)
      await idle()
      expect(lines().length).toBe(new Set(lines()).size)
    })

    test('gets no repeated writes', async () => {
      await idle()
      const before = await writesTo('c3')
      expect(before.length).toBeGreaterThan(0)
      for (const round of [1, 2, 3]) {
        const reconciles = await gauge('reconcile_duration_seconds_count')
        const service = helloService(trial.namespace, byHand)
        const labels = { round: String(round) }
        await trial.apply(1, { ...service, metadata: { ...service.metadata, labels } })
        await trial.until('all three are reconciled', async () => {
          return (await gauge('reconcile_duration_seconds_count')) >= reconciles + 3
        })
        await idle()
      }
      expect(await writesTo('c3')).toEqual(before)
      expect(set.fleet.output()).not.toMatch(/reverted at once/)
    })
  })

  describe('a member that rejects our requests', () => {
    /** Proves that others are reconciled: a new export of c1 is imported in c3. */
    const othersAreReconciled = async () => {
      const trial = await set.trial()
      await trial.exportService(1, byHand)
      await trial.until('c3 has its Service', () => trial.view(3).service('amcs-hello'))
      return trial
    }

    test('without rights: they are logged, others are reconciled, and so is it with its rights restored', async () => {
      const all = await fleetManifests(tools.kubectl, 'member')
      const bindings = all.filter(({ kind }) => kind === 'ClusterRoleBinding')
      expect(bindings).toHaveLength(1)
      await set.clusters[1]!.remove(bindings)
      const trial = await othersAreReconciled()
      await untilLogged(/cluster c2: .*RBAC forbids us to create serviceimports/)
      expect(await trial.view(2).serviceImport('hello')).toBeUndefined()
      await set.clusters[1]!.apply(bindings)
      await trial.until('c2 imports it', () => trial.view(2).service('amcs-hello'))
      await idle()
    })

    test('without a valid token: it is logged, others are reconciled, and so is it with a new token', async () => {
      const c2 = set.clusters[1]!
      await c2.revokeTokens(FLEET_ACCOUNT, FLEET_NAMESPACE, await tokenIn(set.members.c2!))
      const trial = await othersAreReconciled()
      await untilLogged(/cluster c2: .*(?:401|credentials)/)
      expect(await trial.view(2).serviceImport('hello')).toBeUndefined()
      const token = await c2.createToken(FLEET_ACCOUNT, FLEET_NAMESPACE)
      expect(await c2.writeKubeconfig('fleet', { token })).toBe(set.members.c2)
      await trial.until('c2 imports it', () => trial.view(2).service('amcs-hello'))
    })
  })

  test('a namespace with exports and imports can be deleted', async () => {
    const trial = await set.trial()
    await trial.exportService(1, byHand)
    await trial.everywhere('it is imported', (id) => trial.view(id).service('amcs-hello'))
    for (const cluster of set.clusters) await cluster.remove([namespaceObject(trial.namespace)])
    await trial.everywhere('it is deleted', async (id) => {
      const path = `/api/v1/namespaces/${trial.namespace}`
      return (await set.clusters[id - 1]!.request('GET', path)).status === 404
    })
  })
})

/** The token of the only user of a kubeconfig. */
async function tokenIn(path: string): Promise<string> {
  const config = JSON.parse(await readFile(path, 'utf8')) as {
    users: { user: { token: string } }[]
  }
  return config.users[0]!.user.token
}

function hundred(): string[] {
  return Array.from({ length: 100 }, (_, i) => `10.1.2.${i + 1}`).sort()
}

function thousand(): string[] {
  return Array.from(
    { length: 1000 },
    (_, i) => `10.1.${3 + Math.floor(i / 250)}.${(i % 250) + 1}`,
  ).sort()
}
