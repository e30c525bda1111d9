// The merge on three real API servers. The export of c3 is the oldest, so that age decides and not the order of cluster
// ids. The port table is shared with the unit tests.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { portMerges } from '../cases/port-merges.ts'
import { ports as portsOf } from '../fleet/fixtures.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type Clusterset, startClusterset, type Trial } from './clusterset-harness.ts'
import { helloExport, helloPorts, helloService, helloSlice } from './hello.ts'

const SOURCE = 'multicluster.kubernetes.io/source-cluster'
const ALL = [1, 2, 3]
const [OLDER, YOUNGER] = [3, 1]

vi.setConfig({ testTimeout: 60_000 })

describeWithTools('merging on three real API servers', (tools) => {
  let set: Clusterset

  beforeAll(async () => {
    set = await startClusterset({ tools })
  }, 180_000)

  afterAll(async () => {
    await set?.stop()
  }, 60_000)

  /** The ports as API objects, without empty fields. */
  const apiPorts = (text: string) =>
    portsOf(text).map(({ name, protocol, port, appProtocol }) => ({
      ...(name === '' ? {} : { name }),
      protocol,
      port,
      ...(appProtocol === '' ? {} : { appProtocol }),
    }))

  /** The Conflict condition of each export. */
  const conflicts = async (trial: Trial, ids: readonly number[]) => {
    const all = ids.map((id) => trial.view(id).conditionsOf('serviceexports', 'hello'))
    return (await Promise.all(all)).map(
      (conditions) => conditions.find(({ type }) => type === 'Conflict')!,
    )
  }

  describe.concurrent('ports of an older c3 and a younger c1', () => {
    test.each(portMerges)('$name', async ({ c1, c2, merged, served, conflict }) => {
      const trial = await set.trial()
      for (const [id, text] of [
        [OLDER, c1],
        [YOUNGER, c2],
      ] as const) {
        const ports = apiPorts(text)
        const targets = ports.map((port) => ({ ...port, port: port.port + 10_000 }))
        await trial.exportService(id, { selector: undefined, ports })
        await trial.apply(id, helloSlice(trial.namespace, targets, [`10.${id}.0.1`]))
      }
      const reason =
        conflict === false ? 'Conflict=False/NoConflicts' : 'Conflict=True/PortConflict'
      for (const id of [OLDER, YOUNGER]) {
        await trial.until(`c${id} has ${reason}`, async () =>
          (await trial.view(id).conditions('serviceexports', 'hello')).includes(reason),
        )
      }
      const names = (text: string) => portsOf(text).map(({ name }) => name)
      const wanted = [
        ...names(served[1]).map((name) => `c${YOUNGER} ${name}`),
        ...names(served[0]).map((name) => `c${OLDER} ${name}`),
      ].sort()
      await trial.everywhere('each port has the endpoints that serve it', async (id) => {
        const slices = await trial.view(id).imported('hello')
        const found = slices.flatMap(({ metadata, ports }) =>
          ports.map(({ name = '' }) => `${metadata.labels![SOURCE]} ${name}`),
        )
        return found.sort().join() === wanted.join()
      })
      await trial.settled()
      for (const id of ALL) {
        const { spec } = await trial.firstImport(id)
        expect(spec.ports).toEqual(apiPorts(merged))
        expect((await trial.view(id).service('amcs-hello'))?.spec.ports).toMatchObject(
          apiPorts(merged),
        )
        const slices = await trial.view(id).imported('hello')
        expect(slices.flatMap(({ ports }) => ports).length).toBe(wanted.length)
      }
    })
  })

  describe.concurrent('fields of an older c3 and a younger c1', () => {
    const sticky = (timeoutSeconds: number) => ({
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds } },
    })
    const none = { sessionAffinity: 'None', sessionAffinityConfig: undefined }
    const single = (family: string) => ({ ipFamilyPolicy: 'SingleStack', ipFamilies: [family] })
    test.each<[string, object, object, object, string]>([
      [
        'the session affinity is that of the older export, with its config',
        sticky(10),
        none,
        sticky(10),
        'SessionAffinity',
      ],
      [
        'the session affinity is that of the older export, without a config',
        none,
        sticky(10),
        { sessionAffinity: 'None' },
        'SessionAffinity',
      ],
      [
        'the timeout is that of the older export',
        sticky(20),
        sticky(10),
        sticky(20),
        'SessionAffinityConfig',
      ],
      [
        'the internalTrafficPolicy is that of the older export',
        { internalTrafficPolicy: 'Local' },
        {},
        { internalTrafficPolicy: 'Local' },
        'InternalTrafficPolicy',
      ],
      [
        'the trafficDistribution is that of the older export',
        { trafficDistribution: 'PreferSameZone' },
        { trafficDistribution: 'PreferSameNode' },
        { trafficDistribution: 'PreferSameZone' },
        'TrafficDistribution',
      ],
      [
        'IP families are merged; the importing cluster determines their order',
        single('IPv6'),
        single('IPv4'),
        { ipFamilies: ['IPv4', 'IPv6'] },
        'IPFamily',
      ],
      [
        'an IP family without an export gets no address',
        single('IPv6'),
        single('IPv6'),
        { ipFamilies: ['IPv6'] },
        '',
      ],
    ])('%s', async (_rule, older, younger, wanted, conflict) => {
      const trial = await set.trial()
      await trial.exportService(OLDER, older)
      await trial.exportService(YOUNGER, younger)
      const condition = conflict === '' ? 'False/NoConflicts' : `True/${conflict}Conflict`
      for (const id of [OLDER, YOUNGER]) {
        await trial.until(`c${id} has the condition`, async () =>
          (await trial.view(id).conditions('serviceexports', 'hello')).includes(
            `Conflict=${condition}`,
          ),
        )
      }
      for (const id of ALL) {
        await trial.until(`c${id} imports both`, async () => {
          const { spec, status } = await trial.firstImport(id)
          const families = spec.ipFamilies as string[] | undefined
          return status?.clusters?.length === 2 && (families?.length ?? 0) > 0
        })
        await trial.until(`c${id} has ${JSON.stringify(wanted)}`, async () => {
          const { spec } = await trial.firstImport(id)
          return Object.entries(wanted).every(
            ([field, value]) => JSON.stringify(spec[field]) === JSON.stringify(value),
          )
        })
        const { spec } = await trial.firstImport(id)
        expect((spec.ips as string[]).length).toBe((spec.ipFamilies as string[]).length)
        // Imported endpoints are not on a node of this cluster, so "Local" would select none.
        expect((await trial.view(id).service('amcs-hello'))?.spec.internalTrafficPolicy).toBe(
          'Cluster',
        )
      }
    })
  })

  test('three conflicting exports all report the winner and the number of conflicts', async () => {
    const trial = await set.trial()
    await trial.exportService(3)
    await trial.exportService(1, { ports: helloPorts.slice(0, 1) })
    await trial.exportService(2, { clusterIP: 'None', ports: helloPorts.slice(1) })
    const reason = 'PortConflict,TypeConflict'
    await trial.conflicts(reason, 1, 2, 3)
    const message =
      'Conflicting ports. Using the union, where collisions are won by the oldest service export in "c3". ' +
      '2/3 clusters disagree. ' +
      'Conflicting type. Using "ClusterSetIP" from oldest service export in "c3". 1/3 clusters disagree.'
    await trial.until('all have the same message', async () =>
      (await conflicts(trial, ALL)).every((condition) => condition.message === message),
    )
    // Deleting one export and correcting the other resolves all conflicts.
    await trial.unexport(2)
    await trial.apply(1, helloService(trial.namespace))
    await trial.until('no export has a conflict', async () =>
      (await conflicts(trial, [1, 3])).every(({ status }) => status === 'False'),
    )
  })

  test('of two exports of one second, the one with the lower cluster id is older', async () => {
    const trial = await set.trial()
    const specs = [
      { id: 2, port: 4202 },
      { id: 3, port: 4203 },
    ]
    for (const { id, port } of specs) {
      const ports = [{ name: 'tcp', port, protocol: 'TCP' }]
      await trial.apply(id, helloService(trial.namespace, { ports }))
    }
    await trial.until('both are of one second', async () => {
      await Promise.all(specs.map(({ id }) => trial.unexport(id)))
      const created = await Promise.all(
        specs.toReversed().map(({ id }) => trial.apply(id, helloExport(trial.namespace))),
      )
      const [one, other] = created.map(([object]) => object!.metadata.creationTimestamp)
      return one === other
    })
    await trial.everywhere("c2's number wins", async (id) => {
      const { spec, status } = await trial.firstImport(id)
      const [port] = spec.ports as { port: number }[]
      return status?.clusters?.length === 2 && port?.port === 4202
    })
  })

  test('the addresses of a ServiceImport stay while exports, even the oldest, are added and deleted', async () => {
    const trial = await set.trial()
    await trial.exportService(3)
    const published = async (id: number) => {
      const found = await trial.view(id).serviceImport('hello')
      const ips = (found?.spec.ips ?? []) as string[]
      return ips.length === 2 ? { uid: found!.metadata.uid, ips } : undefined
    }
    const before = await Promise.all(
      ALL.map((id) => trial.until(`c${id} has addresses`, () => published(id))),
    )
    const clusters = async (wanted: string) =>
      trial.everywhere(`${wanted} export`, async (id) => {
        const found = await trial.view(id).serviceImport('hello')
        return found?.status?.clusters?.map(({ cluster }) => cluster).join() === wanted
      })
    await trial.exportService(1, { ports: helloPorts.slice(0, 1) })
    await clusters('c1,c3')
    await trial.unexport(3)
    await clusters('c1')
    await trial.exportService(2, { clusterIP: 'None' })
    await clusters('c1,c2')
    await trial.exportService(3)
    await clusters('c1,c2,c3')
    expect(await Promise.all(ALL.map(published))).toEqual(before)
    for (const [i, history] of (await trial.histories()).entries()) {
      const ips = history.map(({ object }) => object.spec.ips as string[] | undefined)
      const publishedIps = ips.slice(ips.findIndex((one) => (one?.length ?? 0) > 0))
      expect(new Set(publishedIps.map((one) => one?.join()))).toEqual(
        new Set([before[i]!.ips.join()]),
      )
    }
  })
})
