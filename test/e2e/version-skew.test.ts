// Two versions of the fleet side by side on a real API server, as in a rollout: one leads, the other takes over, and back. What
// either wrote stays as it is, and so does what a newer version added.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { version } from '../../src/version.ts'
import type { Cluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import {
  FLEET_NAMESPACE,
  type FleetClusters,
  startFleetClusters,
} from '../support/fleet-clusters.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { kubectl } from '../support/kubectl.ts'
import { mcsView } from '../support/mcs-view.ts'
import { buildOfVersion, type OtherVersion } from '../support/other-version.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { runCli } from '../support/run-cli.ts'
import { waitFor } from '../support/wait-for.ts'

const NEWER = '99.0.0'
const NAMESPACE = 'shop'
const metadata = { name: 'web', namespace: NAMESPACE }
const ports = [{ name: 'http', port: 80, protocol: 'TCP' }]

const slice = (address: string): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports,
  endpoints: [{ addresses: [address], conditions: { ready: true } }],
})

const objects: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
  { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
  { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata },
  slice('192.0.2.1'),
]

describeWithTools('two versions of the fleet', (tools) => {
  let started: FleetClusters
  let cluster: Cluster
  let newer: OtherVersion
  const replicas = new Set<OurFleet>()

  beforeAll(async () => {
    started = await startFleetClusters({ tools, ids: ['one'] })
    cluster = started.clusters[0]!
    newer = await buildOfVersion(NEWER)
    await cluster.apply(objects)
  }, 120_000)

  afterAll(async () => {
    await Promise.all([...replicas].map((one) => one.stop()))
    await newer?.remove()
    await started?.stop()
  }, 60_000)

  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, {
      timeoutMs: 60_000,
      detail: () => [...replicas].map(({ child }) => child.tail(20)).join('\n'),
    })
  const start = async (program?: string) => {
    const { members } = started
    const fleet = await startOurFleet({ members, importMode: 'auto', ...(program && { program }) })
    replicas.add(fleet)
    return fleet
  }
  const stop = async (fleet: OurFleet) => {
    replicas.delete(fleet)
    await fleet.stop()
  }
  const view = () => mcsView(cluster, NAMESPACE)
  const untilImported = (address: string) =>
    until(`${address} is imported`, async () => (await view().addresses('web')).join() === address)
  /** "KIND NAME" of what is in the namespace, with its resourceVersion. */
  const versions = async () => {
    const kinds = 'services,endpointslices,serviceexports,serviceimports'
    const text = await kubectl(tools.kubectl, cluster, '-n', NAMESPACE, 'get', kinds, '-o', 'json')
    const { items } = JSON.parse(text) as { readonly items: readonly KubeObject[] }
    return Object.fromEntries(
      items.map(({ kind, metadata: { name, resourceVersion } }) => [
        `${kind} ${name}`,
        resourceVersion,
      ]),
    )
  }
  /** Resolves when this replica leads and has planned every service. */
  const untilTookOver = (fleet: OurFleet) =>
    until('the other replica has taken over', async () => {
      const text = (await fleet.leads()) ? await fleet.metrics() : ''
      return (
        /^clusterset_dns_fleet_reconcile_duration_seconds_count [1-9]/m.test(text) &&
        /^clusterset_dns_fleet_queue_depth\{.*\} 0$/m.test(text)
      )
    })
  const annotated = async (what: string, name: string, namespace: string) => {
    const path = ['-n', namespace, 'get', what, name, '-o', 'json']
    const object = JSON.parse(await kubectl(tools.kubectl, cluster, ...path)) as KubeObject
    return (object.metadata as { annotations?: object }).annotations
  }

  test('take over from each other, and leave what the other wrote as it is', async () => {
    const old = await start()
    await untilImported('192.0.2.1')
    for (const plural of ['serviceexports', 'serviceimports'] as const)
      await until(`${plural} are ready`, async () => {
        return (await view().conditions(plural, 'web')).includes('Ready=True')
      })
    const next = await start(newer.program)
    expect(await next.leads()).toBe(false)
    expect(await old.metrics()).toContain(`fleet_build_info{version="${version}"`)
    expect(await next.metrics()).toContain(`fleet_build_info{version="${NEWER}"`)

    const { stdout } = await runCli(['status', '--fleet', next.url, '-o', 'json'])
    expect(JSON.parse(stdout)).toMatchObject({ version: NEWER, observer: 'follower' })

    const before = await versions()
    await stop(old)
    await untilTookOver(next)
    expect(await versions()).toEqual(before)
    await cluster.apply([slice('192.0.2.2')])
    await untilImported('192.0.2.2')

    // What a newer version might add.
    const key = 'clusterset-dns.io/next=1'
    for (const [namespace, what] of [
      [FLEET_NAMESPACE, 'lease/member-one'],
      [NAMESPACE, 'serviceimport/web'],
      [NAMESPACE, 'service/amcs-web'],
    ] as const)
      await kubectl(tools.kubectl, cluster, '-n', namespace, 'annotate', what, key)

    const back = await start()
    const written = await versions()
    await stop(next)
    await untilTookOver(back)
    expect(await versions()).toEqual(written)
    await cluster.apply([slice('192.0.2.3')])
    await untilImported('192.0.2.3')
    const kept = { 'clusterset-dns.io/next': '1' }
    expect(await annotated('lease', 'member-one', FLEET_NAMESPACE)).toMatchObject(kept)
    expect(await annotated('serviceimport', 'web', NAMESPACE)).toMatchObject(kept)
    expect(await annotated('service', 'amcs-web', NAMESPACE)).toMatchObject(kept)
  }, 180_000)
})
