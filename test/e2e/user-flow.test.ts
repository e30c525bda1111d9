// The server with a real API server: the objects of the user flow are answered over UDP and TCP, and no failure of the
// API server interrupts answers or loses a name.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import { loadCrds, loadManifests } from '../support/manifests.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'
import { serviceImport } from './objects.ts'

const NAMESPACE = 'provider-ns'
const name = (host: string) => `${host}.${NAMESPACE}.svc.clusterset.local`

describeWithTools('the user flow on a real API server', (tools) => {
  let cluster: Cluster
  let server: OurServer

  beforeAll(async () => {
    cluster = await startCluster({ tools, watchCache: false })
    await cluster.apply(await loadCrds())
    await cluster.apply(await loadManifests('test/fixtures/user-flow/consumer.yaml'))
    await cluster.apply(await loadManifests('test/fixtures/user-flow/fleet.yaml'))
    server = await startOurServer({
      corefile: `.:{$DNS_PORT} {
        bind 127.0.0.1
        errors
        ready 127.0.0.1:{$READY_PORT}
        prometheus 127.0.0.1:{$METRICS_PORT}
        multicluster clusterset.local {
          kubeconfig ${cluster.kubeconfigs.certificateFiles}
        }
      }\n`,
    })
    await server.ready()
  }, 120_000)

  afterAll(async () => {
    await server?.stop()
    await cluster?.stop()
  }, 60_000)

  const ask = async (host: string, type = 'A', tcp = false) => {
    const reply = await query({ port: server.port, name: name(host), type, tcp, timeoutMs: 1000 })
    return [reply.rcode, ...reply.answers.map(({ data }) => data).sort()]
  }

  test.each([false, true])('the seed objects are answered (TCP: %s)', async (tcp) => {
    expect(await ask('service1', 'A', tcp)).toEqual(['NOERROR', '10.96.0.77'])
    expect(await ask('_http._tcp.service1', 'SRV', tcp)).toEqual([
      'NOERROR',
      '0 100 80 service1.provider-ns.svc.clusterset.local.',
    ])
    expect(await ask('database', 'A', tcp)).toEqual(['NOERROR', '10.1.0.21', '10.1.0.22'])
    expect(await ask('database-0.cluster1-beijing.database', 'A', tcp)).toEqual([
      'NOERROR',
      '10.1.0.21',
    ])
    expect(await ask('missing', 'A', tcp)).toEqual(['NXDOMAIN'])
  })

  test('a killed API server does not interrupt answers, and later changes are visible', async () => {
    await cluster.apply([
      serviceImport('going', '10.96.1.1'),
      serviceImport('staying', '10.96.1.2'),
    ])
    await waitFor('both are answered', async () => (await ask('staying')).length === 2)
    let stop = false
    let asked = 0
    const load = (async () => {
      while (!stop) {
        expect(await ask('service1')).toEqual(['NOERROR', '10.96.0.77'])
        expect(await ask('staying')).toEqual(['NOERROR', '10.96.1.2'])
        asked++
      }
    })()
    await cluster.kill9Apiserver()
    await waitFor('it is logged', () => /cannot be reached/.test(server.output()), {
      timeoutMs: 60_000,
      detail: server.output,
    })
    expect(await ask('going')).toEqual(['NOERROR', '10.96.1.1'])
    await cluster.restartApiserver()
    await cluster.remove([serviceImport('going', '')])
    await cluster.apply([serviceImport('coming', '10.96.1.3')])
    await waitFor('the new name is answered', async () => (await ask('coming')).length === 2, {
      timeoutMs: 60_000,
      detail: server.output,
    })
    await waitFor(
      'the deleted name is NXDOMAIN',
      async () => (await ask('going'))[0] === 'NXDOMAIN',
    )
    stop = true
    await load
    expect(asked).toBeGreaterThan(10)
    expect(server.output()).toMatch(/the watch of \w+ works again/)
  }, 120_000)

  test('a compaction during an outage causes a relist without losing a name', async () => {
    await cluster.kill9Apiserver()
    await waitFor('the watch has failed', async () =>
      /watch_errors_total{[^}]*endpointslices/.test(await server.metrics()),
    )
    await cluster.restartApiserver()
    await cluster.apply([serviceImport('compacted', '10.96.1.4')])
    await cluster.remove([serviceImport('coming', '')])
    await cluster.compact()
    await waitFor('the new name is answered', async () => (await ask('compacted')).length === 2, {
      timeoutMs: 60_000,
      detail: server.output,
    })
    await waitFor(
      'the deleted name is NXDOMAIN',
      async () => (await ask('coming'))[0] === 'NXDOMAIN',
    )
    expect(await ask('service1')).toEqual(['NOERROR', '10.96.0.77'])
  }, 120_000)

  test('the metrics include the watches', async () => {
    const text = await server.metrics()
    for (const resource of ['serviceimports', 'endpointslices', 'namespaces']) {
      expect(text).toMatch(new RegExp(`clusterset_dns_watch_synced{[^}]*"${resource}"} 1`))
    }
    expect(text).toMatch(
      /coredns_kubernetes_rest_client_requests_total{code="200",method="GET",host="127\.0\.0\.1:\d+"} \d+/,
    )
    expect(text).toMatch(/clusterset_dns_table_names{[^}]*zone="clusterset.local."} \d+/)
    expect(text).toMatch(/clusterset_dns_change_visible_seconds_count [1-9]/)
  })
})
