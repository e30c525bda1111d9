// The user flow on two real API servers, in both import modes, with YAML files and kubectl: export in one cluster,
// import in the other, DNS answers there, and the cleanup when either is deleted.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FleetStatus } from '../../src/fleet/status/document.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { endPods, runPods } from '../support/fake-node.ts'
import { accountKubeconfig } from '../support/fleet-clusters.ts'
import { applyText, kubectl } from '../support/kubectl.ts'
import { loadCrds } from '../support/manifests.ts'
import { type McsResource, mcsView } from '../support/mcs-view.ts'
import { type OurFleet, startOurFleet } from '../support/our-fleet.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { runCli } from '../support/run-cli.ts'
import { waitFor } from '../support/wait-for.ts'

const NAMESPACE = 'provider-ns'
const PROVIDER = 'test/fixtures/user-flow/provider.yaml'
const CONSUMER = 'test/fixtures/user-flow/consumer.yaml'
const CORE = '/api/v1'

const MCS_NAME = 'multicluster.kubernetes.io/service-name'
const MCS_CLUSTER = 'multicluster.kubernetes.io/source-cluster'

describeWithTools('the fleet on two real API servers', (tools) => {
  let provider: Cluster
  let consumer: Cluster
  let server: OurServer
  let fleet: OurFleet | undefined
  let members: Readonly<Record<string, string>>

  const startFleet = async (importMode: 'auto' | 'manual' = 'manual', partial = false) => {
    // One test stops the API server of the provider, which is therefore not the hub.
    fleet = await startOurFleet({ members, hub: 'cluster2', importMode, partial })
  }
  const stopFleet = async () => {
    await fleet?.stop()
    fleet = undefined
  }

  beforeAll(async () => {
    const options = { tools, controllerManager: true }
    ;[provider, consumer] = await Promise.all([
      startCluster({ ...options, name: 'provider', serviceCidr: '10.95.0.0/16,fd00:95::/112' }),
      startCluster({ ...options, name: 'consumer' }),
    ])
    for (const cluster of [provider, consumer]) await cluster.apply(await loadCrds())
    members = {
      'cluster1-beijing': await accountKubeconfig(tools.kubectl, provider, 'member'),
      cluster2: await accountKubeconfig(tools.kubectl, consumer, 'hub'),
    }
    server = await startOurServer({
      corefile: `.:{$DNS_PORT} {
        bind 127.0.0.1
        errors
        ready 127.0.0.1:{$READY_PORT}
        multicluster clusterset.local {
          kubeconfig ${consumer.kubeconfigs.certificate}
        }
      }\n`,
    })
    await startFleet()
  }, 180_000)

  afterAll(async () => {
    await stopFleet()
    await server?.stop()
    await Promise.all([provider?.stop(), consumer?.stop()])
  }, 60_000)

  const view = (cluster: Cluster) => mcsView(cluster, NAMESPACE, 'v1alpha1')
  const imported = (cluster: Cluster, service: string) => view(cluster).imported(service)
  const addresses = (cluster: Cluster, service: string) => view(cluster).addresses(service)
  const conditions = (cluster: Cluster, plural: McsResource, name: string) =>
    view(cluster).conditions(plural, name)
  /** Type and reason of each Event of the object, as "Normal Exported". */
  const events = async (cluster: Cluster, kind: string, name: string) => {
    const selector = `involvedObject.kind=${kind},involvedObject.name=${name}`
    const path = `${CORE}/namespaces/${NAMESPACE}/events?fieldSelector=${encodeURIComponent(selector)}`
    const { body } = await cluster.request<{ items: { type: string; reason: string }[] }>(
      'GET',
      path,
    )
    return body.items.map(({ type, reason }) => `${type} ${reason}`)
  }
  const ask = async (host: string, type = 'A') => {
    const name = `${host}.${NAMESPACE}.svc.clusterset.local`
    const reply = await query({ port: server.port, name, type, timeoutMs: 1000 })
    return [reply.rcode, ...reply.answers.map(({ data }) => data).sort()]
  }
  const until = <T>(what: string, probe: () => T | Promise<T>) =>
    waitFor(what, probe, { timeoutMs: 60_000, detail: () => fleet?.child.tail(40) ?? '' })
  const remove = async (cluster: Cluster, apiVersion: string, kind: string, name: string) =>
    cluster.remove([{ apiVersion, kind, metadata: { name, namespace: NAMESPACE } }])
  const applyFile = (cluster: Cluster, file: string) =>
    kubectl(tools.kubectl, cluster, 'apply', '-f', file)
  const isGone = async (cluster: Cluster) =>
    (await cluster.request('GET', `${CORE}/namespaces/${NAMESPACE}`)).status === 404
  /** The lines of the write counters in /metrics. */
  const writes = async () =>
    (await fleet!.metrics())
      .split('\n')
      .filter((line) => /^clusterset_dns_fleet_writes_/.test(line))
  /** The number of reconciles so far, in all clusters. */
  const reconciles = async () => {
    const counts = (await fleet!.metrics()).matchAll(/reconcile_duration_seconds_count\S* (\d+)/g)
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
  }
  const V1ALPHA1 = 'multicluster.x-k8s.io/v1alpha1'

  test('a dry run prints its writes and sends none', async () => {
    const dryRun = async (...args: readonly string[]) => {
      const result = await runCli(['fleet', '--dry-run', ...args], { timeoutMs: 60_000 })
      return result.code === 0 ? result : undefined
    }
    const settled = await until('all is written', () =>
      dryRun('--exit-code', '--config', fleet!.config),
    )
    expect(settled.stdout).toMatch(
      /^hub .*: no changes\ncluster cluster1-beijing: no changes\ncluster cluster2: no changes\n\nno changes\n$/,
    )
    await stopFleet()
    await applyFile(consumer, CONSUMER)
    const metadata = { name: 'nowhere', namespace: NAMESPACE }
    await consumer.apply([{ apiVersion: V1ALPHA1, kind: 'ServiceExport', metadata }])
    const contexts = ['--kubeconfig', members.cluster2!, '--contexts', 'cluster2=fleet']
    const result = await until('the plan', () => dryRun(...contexts))
    expect(result.stdout).toMatch(/^ {2}\+ services provider-ns\/amcs-service1$/m)
    expect(result.stdout).toMatch(
      /^ {2}~ serviceexports provider-ns\/nowhere\n {6}\+ status\.conditions\[Valid\]: False NoService .*$/m,
    )
    // An object that could not be read would be a warning.
    expect(result.stderr).not.toContain('WARNING')
    expect(await conditions(consumer, 'serviceexports', 'nowhere')).toBe('')
    expect(await view(consumer).service('amcs-service1')).toBeUndefined()
    expect(await events(consumer, 'ServiceImport', 'service1')).toEqual([])
    await kubectl(tools.kubectl, consumer, 'delete', '--wait=false', '-f', CONSUMER)
    await until('the namespace is deleted', () => isGone(consumer))
    await startFleet()
  }, 150_000)

  test('a policy keeps a member out of a namespace, and endpoints out of the network of the importing cluster', async () => {
    await stopFleet()
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } }
    const status = { addresses: [{ type: 'InternalIP', address: '172.30.0.5' }] }
    await consumer.request('POST', `${CORE}/nodes`, { ...node, status })
    const ports = [{ name: 'http', port: 80 }]
    const addresses = ['10.1.0.99', '10.96.200.200', '172.30.0.5', '239.1.2.3']
    for (const namespace of ['policy-open', 'policy-closed']) {
      const metadata = { name: 'web', namespace }
      const labels = { 'kubernetes.io/service-name': 'web' }
      const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
      await provider.apply([
        space,
        { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports } },
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { ...metadata, name: 'web-1', labels },
          addressType: 'IPv4',
          ports,
          endpoints: addresses.map((address) => ({ addresses: [address] })),
        },
        { apiVersion: V1ALPHA1, kind: 'ServiceExport', metadata },
      ])
      const spec = { type: 'ClusterSetIP', ports }
      await consumer.apply([space, { apiVersion: V1ALPHA1, kind: 'ServiceImport', metadata, spec }])
    }
    const lines = ['memberDefaults: {namespaces: {export: {deny: [policy-clos*]}}}']
    fleet = await startOurFleet({ members, hub: 'cluster2', lines })
    const open = mcsView(consumer, 'policy-open', 'v1alpha1')
    await until('only the address in an ordinary network is imported', async () => {
      return (await open.addresses('web')).join() === '10.1.0.99'
    })
    await until('the import tells which addresses of its own cluster are left out', async () => {
      const [ready] = await open.conditionsOf('serviceimports', 'web')
      return /10\.96\.200\.200, in the Service range.*172\.30\.0\.5, a node/.test(
        ready?.message ?? '',
      )
    })
    const exported = mcsView(provider, 'policy-open', 'v1alpha1')
    const [valid] = await exported.conditionsOf('serviceexports', 'web')
    expect(valid?.message).toContain('"239.1.2.3" (a special-purpose address: multicast)')
    const closed = mcsView(provider, 'policy-closed', 'v1alpha1')
    await until('the export in the denied namespace is refused', async () =>
      (await closed.conditions('serviceexports', 'web')).includes('Ready=False/NamespaceDenied'),
    )
    expect(await mcsView(consumer, 'policy-closed', 'v1alpha1').addresses('web')).toEqual([])
    expect(fleet!.output()).not.toMatch(/RBAC/)
    await consumer.remove([node])
    await stopFleet()
    for (const name of ['policy-open', 'policy-closed']) {
      const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
      for (const cluster of [provider, consumer]) {
        await cluster.remove([space])
        await until(`${cluster.name} has no ${name}`, async () => {
          return (await cluster.request('GET', `${CORE}/namespaces/${name}`)).status === 404
        })
      }
    }
    await startFleet()
  }, 120_000)

  /** Checks the user flow once the objects are applied: from running Pods to DNS in the consumer. */
  const flow = async () => {
    await until('the Pods exist', async () => {
      const pods = await runPods(provider, NAMESPACE, ['10.1.0.11', '10.1.0.12'])
      return pods.length === 2
    })
    await until('their endpoints are imported', async () => {
      return (await addresses(consumer, 'service1')).join() === '10.1.0.11,10.1.0.12'
    })
    const service = await view(consumer).service('amcs-service1')
    expect(service?.spec).toMatchObject({
      type: 'ClusterIP',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    })
    expect(service?.spec).not.toHaveProperty('selector')
    const vip = service?.spec.clusterIP as string
    expect(vip).toMatch(/^10\.96\./)
    await until('the import is ready', async () =>
      (await conditions(consumer, 'serviceimports', 'service1')).includes('Ready=True/Ready'),
    )
    expect(await view(consumer).serviceImport('service1')).toMatchObject({
      spec: { ips: [vip], ipFamilies: ['IPv4'], ports: [{ name: 'http', port: 80 }] },
      status: { clusters: [{ cluster: 'cluster1-beijing' }] },
    })
    expect(await conditions(provider, 'serviceexports', 'service1')).toBe(
      'Valid=True/Valid Ready=True/Exported Conflict=False/NoConflicts',
    )
    const [slice] = await imported(consumer, 'service1')
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      metadata: {
        labels: {
          [MCS_NAME]: 'service1',
          [MCS_CLUSTER]: 'cluster1-beijing',
          'endpointslice.kubernetes.io/managed-by': 'fleet.clusterset-dns.io',
          'kubernetes.io/service-name': 'amcs-service1',
        },
      },
    })
    await until('there are Events', async () => {
      const exported = await events(provider, 'ServiceExport', 'service1')
      const imported = await events(consumer, 'ServiceImport', 'service1')
      return exported.includes('Normal Exported') && imported.includes('Normal Ready')
    })
    expect(await fleet!.metrics()).toMatch(
      /endpoint_propagation_seconds_count\{source="cluster1-beijing",consumer="cluster2"\} [1-9]/,
    )
    await until('the name is answered', async () => (await ask('service1')).length === 2)
    expect(await ask('service1')).toEqual(['NOERROR', vip])
    expect(await ask('_http._tcp.service1', 'SRV')).toEqual([
      'NOERROR',
      '0 100 80 service1.provider-ns.svc.clusterset.local.',
    ])
  }

  test('the user flow: amcs-service1 has an address, endpoints and a name', async () => {
    await applyFile(provider, PROVIDER)
    await applyFile(consumer, CONSUMER)
    await flow()
  }, 90_000)

  test('kubectl get prints the state of exports and imports', async () => {
    /** The table without its last column, the age. */
    const get = async (cluster: Cluster, plural: McsResource) => {
      const text = await kubectl(tools.kubectl, cluster, 'get', plural, '-n', NAMESPACE)
      const lines = text.trim().split('\n')
      return lines.map((line) => line.trim().split(/ +/).slice(0, -1).join(' '))
    }
    expect(await get(provider, 'serviceexports')).toEqual([
      'NAME VALID CONFLICT READY',
      'service1 True False True',
    ])
    const vip = (await view(consumer).serviceImport('service1'))?.spec.ips
    expect(await get(consumer, 'serviceimports')).toEqual([
      'NAME TYPE IPS READY CLUSTERS',
      `service1 ClusterSetIP ${JSON.stringify(vip)} True [{"cluster":"cluster1-beijing"}]`,
    ])
  }, 60_000)

  test('the status of the clusters themselves, and that of the running fleet', async () => {
    const ask = async (...source: readonly string[]) => {
      const { code, stdout, stderr } = await runCli(['status', ...source, '-o', 'json'])
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout) as FleetStatus
    }
    const cluster = { state: 'ready', kubernetes: expect.stringMatching(/^v1\./) }
    const expected = {
      healthy: true,
      hub: { member: 'cluster2', reached: true },
      leader: { holder: expect.stringMatching(/./) },
      clusters: [
        { ...cluster, exports: 1, imports: 0, endpoints: { exported: 2, imported: 0 } },
        { ...cluster, exports: 0, imports: 1, endpoints: { exported: 0, imported: 2 } },
      ],
      conflicts: [],
    }
    // The fleet has just started.
    await until('both know the same', async () => {
      const command = await ask('--config', fleet!.config)
      const running = await ask('--fleet', fleet!.url)
      expect(command).toMatchObject({ ...expected, observer: 'command' })
      expect(running).toMatchObject({ ...expected, observer: 'leader', retries: [] })
      const [pair] = running.propagation ?? []
      expect(pair).toMatchObject({ source: 'cluster1-beijing', consumer: 'cluster2' })
      expect(pair!.p99Seconds).toBeGreaterThan(0)
      return true
    })
  }, 90_000)

  test('applying the ServiceImport again, unchanged or changed, keeps our fields and causes no writes', async () => {
    const read = async () => ({
      import: (await view(consumer).serviceImport('service1'))!,
      service: await view(consumer).service('amcs-service1'),
      addresses: await addresses(consumer, 'service1'),
    })
    const before = await read()
    const written = await writes()
    expect(await applyFile(consumer, CONSUMER)).toMatch(/serviceimport\S* unchanged/)
    expect(await read()).toEqual(before)

    const text = await readFile(CONSUMER, 'utf8')
    const changed = text.replace('{name: service1,', '{name: service1, labels: {team: a},')
    const reconciledBefore = await reconciles()
    expect(await applyText(tools.kubectl, consumer, changed)).toMatch(/serviceimport\S* configured/)
    const applied = await read()
    expect(applied.import.metadata.labels).toEqual({ team: 'a' })
    await until('the fleet has reconciled', async () => (await reconciles()) > reconciledBefore)
    await applyFile(consumer, CONSUMER)
    await until(
      'the fleet has reconciled again',
      async () => (await reconciles()) > reconciledBefore + 1,
    )
    const after = await read()
    const { spec, status } = before.import
    expect([after.import.spec, after.import.status]).toEqual([spec, status])
    expect([applied.import.spec, applied.import.status]).toEqual([spec, status])
    expect([after.service, after.addresses]).toEqual([before.service, before.addresses])
    expect(await writes()).toEqual(written)
  }, 60_000)

  test('a headless Service: the Pods have DNS names', async () => {
    const metadata = { name: 'database', namespace: NAMESPACE }
    const ports = [{ name: 'sql', port: 5432, protocol: 'TCP' }]
    await provider.apply([
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None', ports } },
      { apiVersion: V1ALPHA1, kind: 'ServiceExport', metadata },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'database' } },
        addressType: 'IPv4',
        ports,
        endpoints: [
          { addresses: ['10.1.0.21'], hostname: 'database-0', conditions: { ready: true } },
          { addresses: ['10.1.0.22'], hostname: 'database-1', conditions: { ready: true } },
        ],
      },
    ])
    const spec = { type: 'Headless', ports }
    await consumer.apply([{ apiVersion: V1ALPHA1, kind: 'ServiceImport', metadata, spec }])
    await until('its Pods are answered', async () => (await ask('database')).length === 3)
    expect(await ask('database')).toEqual(['NOERROR', '10.1.0.21', '10.1.0.22'])
    expect(await ask('database-0.cluster1-beijing.database')).toEqual(['NOERROR', '10.1.0.21'])
    expect((await view(consumer).service('amcs-database'))?.spec.clusterIP).toBe('None')
    await until('both sides are Ready', async () => {
      const exported = await conditions(provider, 'serviceexports', 'database')
      const imported = await conditions(consumer, 'serviceimports', 'database')
      return exported.includes('Ready=True') && imported.includes('Ready=True')
    })
  }, 60_000)

  test('a selector that was added to our Service is removed, with its EndpointSlices', async () => {
    const name = 'amcs-service1'
    const before = await view(consumer).service(name)
    const slicesOf = async () =>
      (await view(consumer).slicesOf(name)).map(
        ({ metadata }) => metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
      )
    await stopFleet()
    const path = `${CORE}/namespaces/${NAMESPACE}/services/${name}`
    const body = { spec: { selector: { app: 'hand' } } }
    await consumer.request('PATCH', path, body, { contentType: 'application/merge-patch+json' })
    await until('Kubernetes creates an EndpointSlice', async () =>
      (await slicesOf()).includes('endpointslice-controller.k8s.io'),
    )
    await startFleet()
    await until('only our EndpointSlices are left', async () =>
      (await slicesOf()).every((manager) => manager === 'fleet.clusterset-dns.io'),
    )
    // The Service is deleted and recreated.
    const after = await until('the Service exists', () => view(consumer).service(name))
    expect(after.spec).not.toHaveProperty('selector')
    expect(after.spec.clusterIPs).toEqual(before?.spec.clusterIPs)
    expect(await addresses(consumer, 'service1')).toEqual(['10.1.0.11', '10.1.0.12'])
  }, 60_000)

  test('a restart without changes causes no writes', async () => {
    const count = async () => {
      const text = await fleet!.metrics()
      return text.split('\n').filter((line) => /^clusterset_dns_fleet_(writes|events)_/.test(line))
    }
    const before = await count()
    await stopFleet()
    await startFleet()
    await until('it has reconciled', async () =>
      /reconcile_duration_seconds_count [1-9]/.test(await fleet!.metrics()),
    )
    expect(before.length).toBeGreaterThan(0)
    expect(await count()).toEqual([])
  }, 60_000)

  test('an unreachable member keeps its endpoints, also after a restart of the controller', async () => {
    await provider.kill9Apiserver()
    await until('/readyz says that a cluster is away', async () =>
      /^ok\n[\s\S]*^ {2}1 away: /m.test(await fleet!.readyz()),
    )
    await stopFleet()
    await startFleet('manual', true)
    // Proof that the consumer is reconciled: a deleted Service is recreated with its address.
    const before = await view(consumer).service('amcs-service1')
    await remove(consumer, 'v1', 'Service', 'amcs-service1')
    await until('the Service is back', () => view(consumer).service('amcs-service1'))
    const after = await view(consumer).service('amcs-service1')
    // Only the published address is kept; the other one is unknown to the fleet.
    expect(after?.spec.clusterIP).toEqual(before?.spec.clusterIP)
    expect(await addresses(consumer, 'service1')).toEqual(['10.1.0.11', '10.1.0.12'])
    expect(await conditions(consumer, 'serviceimports', 'service1')).toBe('Ready=True/Ready')
    await until('it is logged', () =>
      /cluster cluster1-beijing: .* cannot be reached/.test(fleet!.output()),
    )
    await provider.restartApiserver()
    const { code } = await runCli(['status', '--fleet', fleet!.url, '--wait', '--timeout', '60s'])
    expect(code).toBe(0)
    expect(fleet!.output()).toMatch(/cluster1-beijing: in sync/)
  }, 90_000)

  test('unexport: the endpoints are removed, the Service and its address stay', async () => {
    const before = await view(consumer).service('amcs-service1')
    await remove(provider, V1ALPHA1, 'ServiceExport', 'service1')
    await until('the endpoints are removed', async () => {
      return (await addresses(consumer, 'service1')).length === 0
    })
    await until('the import is Pending', async () =>
      (await conditions(consumer, 'serviceimports', 'service1')).includes('Ready=False/Pending'),
    )
    const after = await view(consumer).service('amcs-service1')
    expect(after?.spec.clusterIPs).toEqual(before?.spec.clusterIPs)
    await applyFile(provider, PROVIDER)
    await until('they are back', async () => (await addresses(consumer, 'service1')).length === 2)
  }, 60_000)

  test('objects that are deleted while no controller runs are cleaned up after the start', async () => {
    await stopFleet()
    await remove(provider, 'v1', 'Service', 'service1')
    await remove(consumer, V1ALPHA1, 'ServiceImport', 'database')
    await startFleet()
    await until('the endpoints of the deleted Service are removed', async () => {
      return (await addresses(consumer, 'service1')).length === 0
    })
    await until('nothing is left of the deleted import', async () => {
      const service = await view(consumer).service('amcs-database')
      return service === undefined && (await imported(consumer, 'database')).length === 0
    })
    await until('the export is invalid', async () =>
      (await conditions(provider, 'serviceexports', 'service1')).includes('Valid=False/NoService'),
    )
    await until('the name is NXDOMAIN', async () => (await ask('database'))[0] === 'NXDOMAIN')
  }, 60_000)

  test('mode auto: both clusters import; the imports are deleted with the last export', async () => {
    await stopFleet()
    await startFleet('auto')
    const metadata = { name: 'auto', namespace: NAMESPACE }
    const spec = { ports: [{ name: 'http', port: 80 }], selector: { app: 'web-demo' } }
    await provider.apply([
      { apiVersion: 'v1', kind: 'Service', metadata, spec },
      { apiVersion: V1ALPHA1, kind: 'ServiceExport', metadata },
    ])
    for (const cluster of [provider, consumer]) {
      await until(`${cluster.name} imports it`, async () =>
        (await conditions(cluster, 'serviceimports', 'auto')).includes('Ready=True/Ready'),
      )
      await until(`${cluster.name} has its endpoints`, async () => {
        return (await addresses(cluster, 'auto')).length === 2
      })
    }
    await remove(provider, V1ALPHA1, 'ServiceExport', 'auto')
    for (const cluster of [provider, consumer]) {
      await until(`${cluster.name} has nothing left`, async () => {
        const found = await view(cluster).serviceImport('auto')
        const service = await view(cluster).service('amcs-auto')
        return found === undefined && service === undefined
      })
    }
    expect((await view(provider).service('auto'))?.spec).toMatchObject(spec)
  }, 90_000)

  test('a namespace that is being deleted gets no writes', async () => {
    await consumer.remove([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }])
    await until('it is deleted', () => isGone(consumer))
    expect(fleet!.output()).not.toMatch(/RBAC/)
  }, 60_000)

  test('the user flow in mode auto needs only a namespace in the consumer', async () => {
    const options = ['--wait=false', '--ignore-not-found']
    await kubectl(tools.kubectl, provider, 'delete', ...options, '-f', PROVIDER)
    await until('the namespace of the provider is deleted', async () => {
      await endPods(provider, NAMESPACE)
      return isGone(provider)
    })
    await until('the name is NXDOMAIN', async () => (await ask('service1'))[0] === 'NXDOMAIN')
    await kubectl(tools.kubectl, consumer, 'create', 'namespace', NAMESPACE)
    await applyFile(provider, PROVIDER)
    await flow()
    // The exporter imports as well.
    await until('the provider imports it', async () =>
      (await conditions(provider, 'serviceimports', 'service1')).includes('Ready=True/Ready'),
    )
    expect(await addresses(provider, 'service1')).toEqual(['10.1.0.11', '10.1.0.12'])
  }, 90_000)
})
