// A snapshot with a real API server: the server is restarted while the API server is away, answers from the snapshot, and
// is corrected when the API server comes back with other objects.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { query } from '../support/dns-client.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { loadCrds } from '../support/manifests.ts'
import { type OurServer, startOurServer } from '../support/our-server.ts'
import { waitFor } from '../support/wait-for.ts'

const meta = (name: string, more: object = {}) => ({ name, namespace: 'testns', ...more })
const HTTP = [{ name: 'http', port: 80, protocol: 'TCP' }]

const service = (name: string, clusterIP: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { clusterIP, ports: HTTP },
})
const slice = (owner: string, address: string): KubeObject => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: meta(`${owner}-1`, { labels: { 'kubernetes.io/service-name': owner } }),
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], hostname: 'a' }],
  ports: HTTP,
})
const serviceImport = (name: string, ip: string): KubeObject => ({
  apiVersion: 'multicluster.x-k8s.io/v1alpha1',
  kind: 'ServiceImport',
  metadata: meta(name),
  spec: { type: 'ClusterSetIP', ips: [ip], ports: HTTP },
})
const pod = (name: string, podIP: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name),
  spec: { nodeName: 'node', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
})

/** A name and type of each part of the tables, and its answer. */
const KEPT: readonly (readonly [string, string, string])[] = [
  ['kept.testns.svc.cluster.local', 'A', '10.96.0.11'],
  ['_http._tcp.kept.testns.svc.cluster.local', 'SRV', '0 100 80 kept.testns.svc.cluster.local.'],
  ['a.kept.testns.svc.cluster.local', 'A', '172.0.0.1'],
  ['10-240-0-1.testns.pod.cluster.local', 'A', '10.240.0.1'],
  ['11.0.96.10.in-addr.arpa', 'PTR', 'kept.testns.svc.cluster.local.'],
  ['kept.testns.svc.clusterset.local', 'A', '10.98.0.1'],
]
const GONE: readonly (readonly [string, string, string])[] = [
  ['gone.testns.svc.cluster.local', 'A', '10.96.0.12'],
  ['12.0.96.10.in-addr.arpa', 'PTR', 'gone.testns.svc.cluster.local.'],
  ['10-240-0-2.testns.pod.cluster.local', 'A', '10.240.0.2'],
  ['gone.testns.svc.clusterset.local', 'A', '10.98.0.2'],
]
/** Of names that no snapshot has, of each kind of name. */
const UNKNOWN: readonly (readonly [string, string])[] = [
  ['added.testns.svc.cluster.local', 'A'],
  ['b.kept.testns.svc.cluster.local', 'A'],
  ['_https._tcp.kept.testns.svc.cluster.local', 'SRV'],
  ['https.tcp.kept.testns.svc.cluster.local', 'SRV'],
  ['10-240-0-9.testns.pod.cluster.local', 'A'],
  ['nons.svc.cluster.local', 'A'],
  ['web.nons.svc.cluster.local', 'A'],
  ['other.cluster.local', 'A'],
  ['ns1.dns.cluster.local', 'A'],
  ['99.0.96.10.in-addr.arpa', 'PTR'],
  ['1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.0.0.0.0.d.f.ip6.arpa', 'PTR'],
  ['added.testns.svc.clusterset.local', 'A'],
  ['nons.svc.clusterset.local', 'A'],
  ['ns1.dns.clusterset.local', 'A'],
]

/** An API server takes long to start on a busy machine. */
const slow = { timeout: 240_000 }

describeWithTools('a snapshot of the objects of a real API server', (tools) => {
  let cluster: Cluster
  let folder: string
  let file: string
  let kubeconfig: string
  const servers: OurServer[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snapshot-e2e-'))
    file = join(folder, 'objects')
    cluster = await startCluster({ tools })
    await cluster.apply(await loadCrds())
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'testns' } }
    await cluster.apply([
      namespace,
      service('kept', '10.96.0.11'),
      slice('kept', '172.0.0.1'),
      service('gone', '10.96.0.12'),
      serviceImport('kept', '10.98.0.1'),
      serviceImport('gone', '10.98.0.2'),
      pod('kept', '10.240.0.1'),
      pod('gone', '10.240.0.2'),
    ])
    kubeconfig = cluster.kubeconfigs.token
  }, 120_000)

  afterAll(async () => {
    await Promise.all(servers.map((one) => one.stop()))
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  const corefileOf = (arguments_: string) => `.:{$DNS_PORT} {
    bind 127.0.0.1
    errors
    ready 127.0.0.1:{$READY_PORT} {
      monitor continuously
    }
    prometheus 127.0.0.1:{$METRICS_PORT}
    kubernetes cluster.local in-addr.arpa ip6.arpa clusterset.local {
      multicluster clusterset.local
      pods verified
      fallthrough
      kubeconfig ${kubeconfig}
      ${arguments_}
    }
    whoami
  }\n`

  async function start(arguments_ = `snapshot ${file}`): Promise<OurServer> {
    const server = await startOurServer({ corefile: corefileOf(arguments_) })
    servers.push(server)
    return server
  }
  const ask = async (server: OurServer, name: string, type: string) => {
    const edns = { options: [] }
    const { rcode, answers, opt } = await query({
      port: server.port,
      name: `${name}.`,
      type,
      edns,
      timeoutMs: 5000,
    })
    const errors = opt?.options.filter(({ code }) => code === 15).map(({ data }) => data[1])
    return [
      rcode,
      ...answers.map(({ data }) => data),
      ...(errors ?? []).map((code) => `EDE ${code}`),
    ]
  }
  const becomes = (server: OurServer, name: string, type: string, expected: readonly string[]) =>
    waitFor(
      `${name} ${type} is ${expected}`,
      async () => (await ask(server, name, type)).join() === expected.join(),
      { timeoutMs: 60_000, detail: server.output },
    )
  const readiness = async (server: OurServer) => {
    const response = await fetch(`http://127.0.0.1:${server.readyPort}/ready`)
    return [response.status, await response.text()]
  }
  const metric = async (server: OurServer, name: string) => {
    const text = await server.metrics()
    return Number(new RegExp(`^clusterset_dns_snapshot_${name}\\{.*\\} (.*)$`, 'm').exec(text)?.[1])
  }

  test('is written while the server runs and when it stops, with nothing secret in it', async () => {
    const server = await start()
    await server.ready()
    for (const [name, type, data] of [...KEPT, ...GONE]) {
      await becomes(server, name, type, ['NOERROR', data])
    }
    expect(await readiness(server)).toEqual([200, 'OK'])
    await waitFor('the snapshot', async () => (await metric(server, 'writes_total')) >= 1)
    expect([await metric(server, 'stale'), await metric(server, 'failures_total')]).toEqual([0, 0])
    expect(await metric(server, 'age_seconds')).toBeLessThan(60)
    expect(server.output()).toContain(`there is no snapshot ${file} yet`)
    await cluster.apply([slice('gone', '172.0.0.9')])
    await becomes(server, 'a.gone.testns.svc.cluster.local', 'A', ['NOERROR', '172.0.0.9'])
    await server.stop()
    const text = await readFile(file, 'utf8')
    expect(text).toContain('172.0.0.9')
    expect(text).not.toContain(cluster.adminToken)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['objects'])
  })

  test(
    'answers after a restart without the API server, and is corrected when that comes back',
    slow,
    async () => {
      await cluster.kill9Apiserver()
      const server = await start()
      for (const [name, type, data] of [...KEPT, ...GONE]) {
        await becomes(server, name, type, ['NOERROR', data])
      }
      for (const [name, type] of UNKNOWN) {
        expect([name, ...(await ask(server, name, type))]).toEqual([name, 'SERVFAIL', 'EDE 14'])
      }
      expect(await readiness(server)).toEqual([200, 'OK, stale: kubernetes'])
      expect(await metric(server, 'stale')).toBe(1)
      expect(server.output()).toMatch(
        /names are answered from snapshot \S+ \(\d+ objects, \w+ old\)/,
      )
      await waitFor('the failure', () =>
        /; queries are answered from the snapshot$/m.test(server.output()),
      )
      // Changes of the meantime, by another client of the API server.
      await cluster.restartApiserver()
      await cluster.remove([
        service('gone', '10.96.0.12'),
        slice('gone', '172.0.0.9'),
        serviceImport('gone', '10.98.0.2'),
      ])
      // Without a kubelet a Pod would end for ever.
      const gone = '/api/v1/namespaces/testns/pods/gone?gracePeriodSeconds=0'
      await cluster.request('DELETE', gone)
      await cluster.apply([service('added', '10.96.0.13'), serviceImport('added', '10.98.0.3')])
      await waitFor('the lists', async () => (await readiness(server))[1] === 'OK', {
        timeoutMs: 120_000,
        detail: server.output,
      })
      for (const [name, type, data] of KEPT) await becomes(server, name, type, ['NOERROR', data])
      // What is gone falls through to whoami, as any unknown name does.
      for (const [name, type] of GONE) await becomes(server, name, type, ['NOERROR'])
      await becomes(server, 'added.testns.svc.cluster.local', 'A', ['NOERROR', '10.96.0.13'])
      await becomes(server, 'added.testns.svc.clusterset.local', 'A', ['NOERROR', '10.98.0.3'])
      expect(await metric(server, 'stale')).toBe(0)
      expect(server.output()).toContain('no name is answered from the snapshot any more')
      await server.stop()
    },
  )

  test('with unready, the server answers and is not ready', async () => {
    await cluster.kill9Apiserver()
    const server = await start(`snapshot ${file} unready`)
    await becomes(server, 'added.testns.svc.cluster.local', 'A', ['NOERROR', '10.96.0.13'])
    expect(await readiness(server)).toEqual([503, 'kubernetes'])
    await server.stop()
  })

  test('that is too old or of other options is not used', slow, async () => {
    for (const [arguments_, reason] of [
      [`snapshot ${file} 1ms`, 'old, and used up to an age of 0s'],
      [`snapshot ${file}\n endpoint_pod_names`, 'with other options in the Corefile'],
      [`snapshot ${file}\n labels a=b`, 'with other labels in the Corefile'],
    ] as const) {
      const server = await start(`${arguments_}\n startup_timeout 1ms`)
      const expected = ['SERVFAIL', 'EDE 14']
      expect(await ask(server, 'kept.testns.svc.cluster.local', 'A')).toEqual(expected)
      expect(server.output()).toMatch(new RegExp(`\\[WARNING\\].*is ignored: .*${reason}`))
      expect(await readiness(server)).toEqual([503, 'kubernetes'])
      await server.stop()
    }
    await cluster.restartApiserver()
  })

  test('is added, moved and removed by reloads, without a new list', async () => {
    const server = await start('')
    await server.ready()
    const reload = async (arguments_: string) => {
      const count = () => server.output().split('[INFO] Reloading complete').length
      const before = count()
      await writeFile(server.corefile, corefileOf(arguments_))
      server.child.kill('SIGUSR1')
      await waitFor('the reload', () => count() > before, { detail: server.output })
    }
    const [first, second] = [join(folder, 'first'), join(folder, 'second')]
    const exists = (path: string) => waitFor(path, async () => (await stat(path)).size > 0)
    await reload(`snapshot ${first}`)
    await exists(first)
    await reload(`snapshot ${second}`)
    await exists(second)
    await rm(first)
    await reload('')
    await rm(second)
    await cluster.apply([service('later', '10.96.0.14')])
    await becomes(server, 'later.testns.svc.cluster.local', 'A', ['NOERROR', '10.96.0.14'])
    await server.stop()
    expect(await readdir(folder)).toEqual(['objects'])
    const afterStart = server.output().slice(server.output().indexOf('Reloading'))
    expect(afterStart).not.toContain('waiting for Kubernetes API')
  })
})
