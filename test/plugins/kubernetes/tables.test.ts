// The tables of `kubernetes` follow their source: what is read, what is shared, and what changes.
import { describe, expect, test } from 'vitest'
import { relativeName } from '../../../src/dns/name.ts'
import type { KubernetesConfig } from '../../../src/plugins/kubernetes/config.ts'
import { planKubernetes } from '../../../src/plugins/kubernetes/plan.ts'
import { zoneFamilies } from '../../../src/plugins/multicluster/metrics.ts'
import type { MulticlusterConfig } from '../../../src/plugins/multicluster/options.ts'
import { planImports } from '../../../src/plugins/multicluster/plan-imports.ts'
import { ProgrammingDuration } from '../../../src/plugins/multicluster/programming-duration.ts'
import {
  closeUnused,
  noZones,
  type OpenZones,
  openZones,
  tablesOf,
} from '../../../src/plugins/multicluster/zones.ts'
import type { EndpointSlice } from '../../../src/sources/objects.ts'
import type { Store } from '../../../src/sources/store.ts'
import { TableReader } from '../../../src/zone/table-reader.ts'
import { configOf } from '../../support/config.ts'
import { find } from '../../support/find.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { NOTHING } from '../../support/source-request.ts'
import { type StoreSource, storeSource } from '../../support/store-source.ts'
import { hasVerifiedPod } from '../../support/verified-pod.ts'

type AnyConfig = KubernetesConfig | MulticlusterConfig

/** The plans of the directives of a Corefile. */
function plansOf(corefile: string) {
  const configs = configOf(corefile, 53).blocks.flatMap(({ directives }) => directives)
  return (configs as unknown as AnyConfig[]).map((config) =>
    'clusterZones' in config ? planKubernetes(config) : planImports(config),
  )
}

async function open(
  corefile: string,
  fill: (store: Store) => void = () => {},
  previous: OpenZones = noZones,
) {
  const sources: StoreSource[] = []
  const programming = new ProgrammingDuration()
  const zones = await openZones(plansOf(corefile), previous, {
    log: memoryLog([]).log,
    openSource: (request) => {
      const source = storeSource(request, fill)
      sources.push(source)
      return source
    },
    clusters: new Map(),
    nowSeconds: () => 1000,
    onVisible: () => {},
    programming,
    ownAddresses: ['10.1.0.2'],
  })
  const tables = tablesOf(zones)
  const settle = async () => {
    for (const { publication } of tables.values()) await publication.published()
  }
  await settle()
  const ofZone = (zone: string) => {
    const table = [...tables.values()].find((one) => one.zone === zone)!
    const reader = new TableReader(table.writer.handle, 0)
    return {
      writer: table.writer,
      has: (...labels: readonly string[]) => find(reader, relativeName(...labels)!) !== 0,
      hasPod: (namespace: string, ip: string) => hasVerifiedPod(reader, namespace, ip),
      owners: () => [...table.writer.owners()].sort(),
    }
  }
  /** Publishes what was put into the store of the first source. */
  const flush = () => {
    sources[0]!.store.flush()
    return settle()
  }
  return { zones, sources, ofZone, programming, flush }
}

const kubernetes = (lines = '', zones = 'cluster.local') =>
  `.:53 {\n kubernetes ${zones} {\n  ${lines}\n }\n}\n`

const slice: EndpointSlice = {
  namespace: 'ns',
  name: 'web-1',
  service: 'web',
  cluster: '',
  addressType: 'IPv4',
  ports: [],
  endpoints: [{ addresses: ['10.1.0.1'], hostname: 'a', podName: '', zone: '' }],
}

function web(store: Store): void {
  const object = { namespace: 'ns', name: 'web', ips: ['10.0.0.1'], ports: [], externalName: '' }
  store.putService('ns/web', { ...object, kind: 'ClusterIP' }, 0)
  store.putSlices('ns/web-1', { local: slice, imported: undefined, triggeredAt: undefined }, 0)
}

describe('the source of a directive', () => {
  const CLUSTER = { ...NOTHING, services: true, endpoints: true }

  test.each<[string, string, object]>([
    ['a zone of the cluster', kubernetes(), CLUSTER],
    ['noendpoints', kubernetes('noendpoints'), { ...CLUSTER, endpoints: false }],
    ['pods insecure', kubernetes('pods insecure'), CLUSTER],
    ['pods verified', kubernetes('pods verified'), { ...CLUSTER, pods: true }],
    ['endpoint_pod_names', kubernetes('endpoint_pod_names'), { ...CLUSTER, podNames: true }],
    ['zonal', kubernetes('zonal'), { ...CLUSTER, zones: true }],
    ['namespace_labels', kubernetes('namespace_labels a'), { ...CLUSTER, namespaceLabels: true }],
    ['namespaces', kubernetes('namespaces a'), CLUSTER],
    ['reverse zones', kubernetes('', 'cluster.local in-addr.arpa'), CLUSTER],
    [
      'a multicluster zone, also with options of zones of the cluster',
      kubernetes('multicluster c.set\n pods verified\n zonal\n endpoint_pod_names', 'c.set'),
      { ...NOTHING, imports: true },
    ],
    [
      'both kinds of zones',
      kubernetes('multicluster c.set\n noendpoints', 'c.set cluster.local'),
      { ...NOTHING, imports: true, services: true },
    ],
  ])('reads what it needs: %s', async (_, corefile, reads) => {
    const { sources } = await open(corefile)
    expect(sources.map(({ request }) => request.reads)).toEqual([reads])
  })

  test('is shared with other directives, and reads what all of them need', async () => {
    const { sources } = await open(
      '.:53 {\n kubernetes a.local {\n pods verified\n }\n multicluster c.set\n}\n' +
        'b.local:53 {\n kubernetes {\n noendpoints\n }\n}\n',
    )
    expect(sources.map(({ request }) => request.reads)).toEqual([
      { ...CLUSTER, imports: true, pods: true },
    ])
  })

  test.each([
    ['labels', 'labels app=web'],
    ['a limit', 'apiserver_qps 1'],
    ['another server', 'kubeconfig f'],
  ])('is not shared with one that has %s', async (_, line) => {
    const { sources } = await open(
      `.:53 {\n kubernetes a.local\n}\nb.local:53 {\n kubernetes {\n ${line}\n }\n}\n`,
    )
    expect(sources.length).toBe(2)
  })

  test('stays open in a reload that needs the same, with its tables', async () => {
    const first = await open(kubernetes(), web)
    const second = await open(kubernetes(), web, first.zones)
    expect([second.sources.length, tablesOf(second.zones)]).toEqual([0, tablesOf(first.zones)])
    await closeUnused(first.zones, second.zones)
    expect(first.sources[0]!.closed).toBe(false)
  })

  test('is replaced in a reload that needs more, with its tables', async () => {
    const first = await open(kubernetes(), web)
    const second = await open(kubernetes('pods verified'), web, first.zones)
    expect(second.sources.length).toBe(1)
    await closeUnused(first.zones, second.zones)
    expect([first.sources[0]!.closed, second.sources[0]!.closed]).toEqual([true, false])
  })
})

describe('the tables of a zone of the cluster', () => {
  test('have Services, endpoints and namespaces, and follow their changes', async () => {
    const { ofZone, sources, flush } = await open(kubernetes(), web)
    const { has, writer } = ofZone('cluster.local.')
    expect(writer.synced).toBe(true)
    expect(has('web', 'ns', 'svc')).toBe(true)
    expect(has('a', 'web', 'ns', 'svc')).toBe(true)
    expect([has('ns', 'svc'), has('ns', 'pod')]).toEqual([true, false])
    const { store } = sources[0]!
    store.remove('services', 'ns/web', 1)
    await flush()
    expect([has('web', 'ns', 'svc'), has('ns', 'svc')]).toEqual([false, false])
  })

  test('have the Pods of exposed namespaces with pods verified', async () => {
    const { ofZone, sources, flush } = await open(
      kubernetes('pods verified\n namespaces ns'),
      (store) => {
        store.putPod('ns/a', { namespace: 'ns', ip: '10.1.0.1' }, 0)
        store.putPod('other/b', { namespace: 'other', ip: '10.1.0.2' }, 0)
      },
    )
    const { hasPod } = ofZone('cluster.local.')
    expect(hasPod('ns', '10.1.0.1')).toBe(true)
    expect(hasPod('other', '10.1.0.2')).toBe(false)
    const { store } = sources[0]!
    store.putPod('ns/c', { namespace: 'ns', ip: 'fd00::1' }, 1)
    store.remove('pods', 'ns/a', 1)
    await flush()
    expect([hasPod('ns', '10.1.0.1'), hasPod('ns', 'fd00::1')]).toEqual([false, true])
  })

  test('reverse zones follow the Services of the primary zone', async () => {
    const corefile = kubernetes('', 'cluster.local other.local in-addr.arpa ip6.arpa')
    const { ofZone, sources, zones, flush } = await open(corefile, web)
    expect(tablesOf(zones).size).toBe(3)
    const { owners, writer } = ofZone('in-addr.arpa. ip6.arpa.')
    const kept = ['10.0.0.0/16', '10.0.0.0/24', '10.0.0.0/8']
    expect([owners(), writer.synced]).toEqual([[...kept, '10.1.0.0/16', '10.1.0.0/24'], true])
    const { store } = sources[0]!
    store.remove('endpointslices', 'ns/web-1', 1)
    await flush()
    expect(owners()).toEqual(kept)
  })

  test('the Services behind which the server is are its name servers', async () => {
    const { ofZone, sources, flush } = await open(kubernetes(), web)
    const { owners } = ofZone('cluster.local.')
    expect(owners()).toEqual(['ns', 'ns/web'])
    const { store } = sources[0]!
    const own = { ...slice, endpoints: [{ ...slice.endpoints[0]!, addresses: ['10.1.0.2'] }] }
    store.putSlices('ns/web-1', { local: own, imported: undefined, triggeredAt: undefined }, 1)
    await flush()
    expect(owners()).toEqual(['//', 'ns', 'ns/web'])
    store.remove('endpointslices', 'ns/web-1', 1)
    await flush()
    expect(owners()).toEqual(['ns', 'ns/web'])
  })

  test('Services of others that list the address of the server do not fill the names of its name servers', async () => {
    const addresses = Array.from({ length: 1000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    const { ofZone, sources, flush } = await open(kubernetes(), (store) => {
      for (let i = 0; i < 20; i++) {
        const name = `s${String(i).padStart(2, '0')}`
        const object = { namespace: 'ns', name, ips: [], ports: [], externalName: '' }
        store.putService(`ns/${name}`, { ...object, kind: 'Headless' }, 0)
        const endpoints = addresses.map((address) => ({
          ...slice.endpoints[0]!,
          hostname: '',
          addresses: [address],
        }))
        const local = { ...slice, name: `${name}-1`, service: name, endpoints }
        store.putSlices(`ns/${name}-1`, { local, imported: undefined, triggeredAt: undefined }, 0)
      }
    })
    const { has, writer } = ofZone('cluster.local.')
    expect(has('10-1-0-9', 's19', 'ns', 'svc')).toBe(true)
    expect([...writer.owners()]).toHaveLength(22)
    expect(writer.bytesOf('//')).toBeLessThan(10_000)
    const { store } = sources[0]!
    // The place of a Service that goes is taken by one that did not have any.
    for (let i = 0; i < 19; i++) store.remove('services', `ns/s${String(i).padStart(2, '0')}`, 1)
    await flush()
    // It is published behind the removed ones.
    await flush()
    expect([...writer.owners()].sort()).toEqual(['//', 'ns', 'ns/s19'])
  })

  test('a change whose time is known is measured when it is in the answers', async () => {
    const { sources, programming, flush } = await open(kubernetes(), web)
    const { store } = sources[0]!
    const changed = { ...slice, endpoints: [] }
    const triggeredAt = Date.now() - 1500
    store.putSlices('ns/web-1', { local: changed, imported: undefined, triggeredAt }, 1)
    await flush()
    const [family] = programming.families()
    const value = (name: string, le?: string) =>
      family!.samples.find(([sample, labels]) => sample.endsWith(name) && labels.le === le)
    expect(value('_count')).toEqual([
      'coredns_kubernetes_dns_programming_duration_seconds_count',
      { service_kind: 'cluster_ip' },
      1,
    ])
    expect([value('_bucket', '1.024')?.[2], value('_bucket', '524.288')?.[2]]).toEqual([0, 1])
  })
})

test('tables of one zone with other options are one sample of each metric', async () => {
  const { zones } = await open(
    'cluster.local:53 {\n kubernetes {\n ttl 5\n }\n}\n' +
      'cluster.local:54 {\n kubernetes {\n ttl 6\n }\n}\n',
    web,
  )
  expect(tablesOf(zones).size).toBe(2)
  const names = zoneFamilies(zones, 0).find(({ name }) => name === 'clusterset_dns_table_names')!
  const [single] = [...tablesOf(zones).values()].map(({ writer }) => writer.stats().entries)
  expect(names.samples).toEqual([
    ['clusterset_dns_table_names', { source: 'test', zone: 'cluster.local.' }, 2 * single!],
  ])
})
