// Changes of a ServiceImport and its derived Service on real API servers: the type of the oldest export changes,
// another Service has taken the address, the import mode of an existing namespace changes.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { IMPORT_MODE_ANNOTATION } from '../../src/fleet/api/names.ts'
import type { Cluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { type FleetClusters, startFleetClusters } from '../support/fleet-clusters.ts'
import { kubectl } from '../support/kubectl.ts'
import { type Found, mcsView } from '../support/mcs-view.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { waitFor } from '../support/wait-for.ts'
import { isSecondOver } from './clusterset-harness.ts'
import { helloExport, helloService, helloSlice, namespaceObject } from './hello.ts'

const tcp = { name: 'tcp', port: 42, protocol: 'TCP' }

vi.setConfig({ testTimeout: 90_000 })

describeWithTools('a ServiceImport and its derived Service on real API servers', (tools) => {
  let set: FleetClusters
  let c1: Cluster
  let c2: Cluster
  let fleet: OurFleet | undefined

  const start = async () => {
    fleet = await startOurFleet({ members: set.members })
  }
  beforeAll(async () => {
    set = await startFleetClusters({ tools, ids: ['c1', 'c2'] })
    ;[c1, c2] = set.clusters as [Cluster, Cluster]
    await start()
  }, 180_000)
  afterAll(async () => {
    await fleet?.stop()
    await set?.stop()
  }, 60_000)

  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, { timeoutMs: 60_000, detail: () => fleet?.child.tail(40) ?? '' })
  const setMode = (cluster: Cluster, namespace: string, mode: 'auto' | 'manual') =>
    kubectl(
      tools.kubectl,
      cluster,
      ...['annotate', '--overwrite', 'namespace', namespace, `${IMPORT_MODE_ANNOTATION}=${mode}`],
    )
  /** Creates the namespace in both clusters. */
  const addNamespace = async (namespace: string, mode?: 'auto' | 'manual') => {
    for (const cluster of set.clusters) {
      await cluster.apply([namespaceObject(namespace)])
      if (mode !== undefined) await setMode(cluster, namespace, mode)
    }
  }
  const exportHello = async (
    cluster: Cluster,
    namespace: string,
    ip: string,
    spec: object = {},
  ) => {
    const service = helloService(namespace, { selector: undefined, ports: [tcp], ...spec })
    const slice = helloSlice(namespace, [tcp], [ip])
    const [, , created] = await cluster.apply([service, slice, helloExport(namespace)])
    return created as Found
  }
  const unexport = (cluster: Cluster, namespace: string) => cluster.remove([helloExport(namespace)])
  /** The ServiceImport, its Service and the imported addresses, once the import is Ready and `probe` is true. */
  const ready = (
    cluster: Cluster,
    namespace: string,
    probe: (state: State) => boolean,
  ): Promise<State> =>
    until('it is imported', async () => {
      const view = mcsView(cluster, namespace)
      const conditions = await view.conditions('serviceimports', 'hello')
      const state = {
        import: (await view.serviceImport('hello'))!,
        service: (await view.service('amcs-hello'))!,
        addresses: await view.addresses('hello'),
      }
      return conditions.includes('Ready=True/Ready') && probe(state) ? state : undefined
    })

  test('when the oldest export is deleted and the next has another type, the Service is recreated', async () => {
    const namespace = 'flip'
    await addNamespace(namespace, 'auto')
    const oldest = await exportHello(c1, namespace, '10.1.0.1')
    await until('the second of the export is over', () => isSecondOver(set.clusters, oldest))
    const second = await exportHello(c2, namespace, '10.2.0.1', { clusterIP: 'None' })
    // The addresses of the ServiceImport are written last.
    const isType =
      (type: 'ClusterSetIP' | 'Headless', addresses: string) =>
      (state: State): boolean =>
        state.import.spec.type === type &&
        state.addresses.join() === addresses &&
        texts(state.import.spec.ips).length > 0 === (type === 'ClusterSetIP')
    for (const cluster of set.clusters) {
      const both = await ready(cluster, namespace, isType('ClusterSetIP', '10.1.0.1,10.2.0.1'))
      expect(both.import.spec.ips).toEqual(both.service.spec.clusterIPs)
    }

    await unexport(c1, namespace)
    for (const cluster of set.clusters) {
      const headless = await ready(cluster, namespace, isType('Headless', '10.2.0.1'))
      expect(headless.service.spec.clusterIP).toBe('None')
      const [slice] = await mcsView(cluster, namespace).imported('hello')
      expect(slice?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'])
    }

    await until('the second of the export is over', () => isSecondOver(set.clusters, second))
    await exportHello(c1, namespace, '10.1.0.2')
    for (const cluster of set.clusters) {
      const mixed = await ready(cluster, namespace, isType('Headless', '10.1.0.2,10.2.0.1'))
      expect(mixed.service.spec.clusterIP).toBe('None')
    }
    await unexport(c2, namespace)
    for (const cluster of set.clusters) {
      const virtual = await ready(cluster, namespace, isType('ClusterSetIP', '10.1.0.2'))
      expect(virtual.service.spec.clusterIP).toMatch(/^10\./)
      expect(virtual.import.spec.ips).toEqual(virtual.service.spec.clusterIPs)
      const [slice] = await mcsView(cluster, namespace).imported('hello')
      expect(slice?.metadata.labels).not.toHaveProperty(['service.kubernetes.io/headless'])
    }
  })

  test('a recreated Service whose address is in use gets another one, and the ServiceImport is updated', async () => {
    const namespace = 'taken'
    await addNamespace(namespace, 'auto')
    await exportHello(c1, namespace, '10.1.0.3')
    const hasAddress = ({ import: found }: State) => texts(found.spec.ips).length > 0
    const before = await ready(c2, namespace, hasAddress)
    const vip = before.service.spec.clusterIP as string
    await fleet?.stop()
    await c2.remove([before.service])
    const spec = { clusterIP: vip, ports: [tcp] }
    const metadata = { name: 'other', namespace }
    await until('another Service has the address', () =>
      c2.apply([{ apiVersion: 'v1', kind: 'Service', metadata, spec }]),
    )
    await start()
    const after = await ready(
      c2,
      namespace,
      ({ import: found, service }) =>
        texts(found.spec.ips).length > 0 && !texts(found.spec.ips).includes(vip) && !!service,
    )
    expect(after.import.spec.ips).toEqual(after.service.spec.clusterIPs)
    expect(after.import.metadata.uid).toBe(before.import.metadata.uid)
    expect(after.addresses).toEqual(['10.1.0.3'])
    expect((await mcsView(c2, namespace).service('other'))?.spec.clusterIP).toBe(vip)
  })

  test('the import mode of an existing namespace: created ServiceImports stay until the exports end', async () => {
    const namespace = 'modes'
    const view = mcsView(c2, namespace)
    const exportAndWait = async (name: string) => {
      await addNamespace(name, 'auto')
      await exportHello(c1, name, '10.1.0.5')
      await ready(c2, name, ({ addresses }) => addresses.length > 0)
    }
    await addNamespace(namespace)
    await exportHello(c1, namespace, '10.1.0.4')
    await exportAndWait('modes-1')
    expect(await view.serviceImport('hello')).toBeUndefined()

    await setMode(c2, namespace, 'auto')
    await ready(c2, namespace, ({ addresses }) => addresses.join() === '10.1.0.4')
    expect(await mcsView(c1, namespace).serviceImport('hello')).toBeUndefined()

    await setMode(c2, namespace, 'manual')
    await exportHello(c1, namespace, '10.1.0.4', { ports: [{ ...tcp, port: 43 }] })
    await until('the ServiceImport is updated', async () => {
      const [port] = ((await view.serviceImport('hello'))?.spec.ports ?? []) as { port: number }[]
      return port?.port === 43
    })
    await c2.remove([(await view.serviceImport('hello'))!])
    await until(
      'its Service is deleted',
      async () => (await view.service('amcs-hello')) === undefined,
    )
    await exportAndWait('modes-2')
    expect(await view.serviceImport('hello')).toBeUndefined()

    await setMode(c2, namespace, 'auto')
    await ready(c2, namespace, ({ addresses }) => addresses.join() === '10.1.0.4')
    await setMode(c2, namespace, 'manual')
    await unexport(c1, namespace)
    await until('the ServiceImport is deleted with the export', async () => {
      const found = await view.serviceImport('hello')
      return found === undefined && (await view.service('amcs-hello')) === undefined
    })
  })
})

interface State {
  readonly import: Found
  readonly service: Found
  readonly addresses: readonly string[]
}

function texts(value: unknown): readonly string[] {
  return (value ?? []) as readonly string[]
}
