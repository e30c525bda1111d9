// Tests of the test support: a real control plane, the real CoreDNS, and the DNS client.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { type CoreDns, startCoreDNS } from '../support/coredns.ts'
import { exchange, openTcp, pipeline, query } from '../support/dns-client.ts'
import { decodeMessage, messageText } from '../support/dns-decode.ts'
import { encodeQuery } from '../support/dns-encode.ts'
import { describeWithTools } from '../support/e2e.ts'
import { runPods } from '../support/fake-node.ts'
import { loadCrds, loadManifests } from '../support/manifests.ts'
import { waitFor } from '../support/wait-for.ts'

const run = promisify(execFile)
const IMPORTS = '/apis/multicluster.x-k8s.io/v1alpha1/namespaces/provider-ns/serviceimports'
const SOA =
  'clusterset.local. 5 IN SOA ns.dns.clusterset.local. hostmaster.clusterset.local. 0 7200 1800 86400 5'

const corefile = (kubeconfig: string) => `
.:{$DNS_PORT} {
    bind 127.0.0.1
    errors
    ready 127.0.0.1:{$READY_PORT}
    prometheus 127.0.0.1:{$METRICS_PORT}
    kubernetes clusterset.local {
        multicluster clusterset.local
        kubeconfig ${kubeconfig}
    }
}
`

describeWithTools('a control plane and CoreDNS', (tools) => {
  let cluster: Cluster
  let coredns: CoreDns

  beforeAll(async () => {
    cluster = await startCluster({ tools, name: 'consumer', watchCache: false })
    await cluster.apply(await loadCrds())
    await cluster.apply(await loadManifests('test/fixtures/user-flow/consumer.yaml'))
    await cluster.apply(await loadManifests('test/fixtures/user-flow/fleet.yaml'))
    coredns = await startCoreDNS({
      coredns: tools.coredns,
      corefile: corefile(cluster.kubeconfigs.token),
    })
    await coredns.ready()
  }, 90_000)

  afterAll(async () => {
    await coredns?.stop()
    await cluster?.stop()
  }, 30_000)

  const name = (host: string) => `${host}.provider-ns.svc.clusterset.local`

  test.each([
    {
      name: name('service1'),
      type: 'A',
      text: [`answer ${name('service1')}. 5 IN A 10.96.0.77`],
    },
    {
      name: name('service1'),
      type: 'SRV',
      text: [
        `answer ${name('service1')}. 5 IN SRV 0 100 80 ${name('service1')}.`,
        `additional ${name('service1')}. 5 IN A 10.96.0.77`,
      ],
    },
    { name: name('service1'), type: 'AAAA', text: [`authority ${SOA}`] },
    {
      name: name('DataBase-0.cluster1-beijing.database'),
      type: 'A',
      text: [`answer ${name('DataBase-0.cluster1-beijing.database')}. 5 IN A 10.1.0.21`],
    },
    { name: name('nothing'), type: 'A', rcode: 'NXDOMAIN', text: [`authority ${SOA}`] },
    {
      name: 'dns-version.clusterset.local',
      type: 'TXT',
      text: ['answer dns-version.clusterset.local. 28800 IN TXT "1.1.0"'],
    },
  ])('CoreDNS answers $name $type', async ({ name, type, rcode = 'NOERROR', text }) => {
    for (const tcp of [false, true]) {
      const message = await query({ port: coredns.port, name, type, tcp, edns: { size: 1232 } })
      expect(messageText(message).split('\n')).toEqual([
        `${rcode} [qr aa rd] opcode=0`,
        `question ${name}. IN ${type}`,
        ...text,
        'opt size=1232 version=0',
      ])
    }
  })

  test('a headless name has the addresses of all endpoints', async () => {
    const { answers } = await query({ port: coredns.port, name: name('database'), type: 'A' })
    expect(answers.map((record) => record.data).sort()).toEqual(['10.1.0.21', '10.1.0.22'])
  })

  test('TCP supports pipelined queries, split frames and arbitrary bytes', async () => {
    const queries = ['service1', 'nothing', 'database'].map((host, id) => ({
      id,
      name: name(host),
      type: 'A',
    }))
    const answers = await pipeline(coredns, queries)
    expect(answers.map(({ id, rcode }) => `${id} ${rcode}`)).toEqual([
      '0 NOERROR',
      '1 NXDOMAIN',
      '2 NOERROR',
    ])
    const connection = await openTcp(coredns)
    const bytes = encodeQuery({ name: name('service1'), type: 'A', id: 7 })
    connection.sendBytes(Uint8Array.of(0))
    connection.sendBytes(Uint8Array.of(bytes.length, ...bytes.subarray(0, 5)))
    connection.sendBytes(bytes.subarray(5))
    const answer = await connection.receive()
    connection.close()
    expect(decodeMessage(answer!).id).toBe(7)
    const notImplemented = await exchange({
      ...coredns,
      bytes: encodeQuery({ id: 1, name: '.', type: 'A', opcode: 2 }),
    })
    expect(Buffer.from(notImplemented!).toString('hex')).toBe('000191040000000000000000')
    expect(await exchange({ ...coredns, bytes: Uint8Array.of(1), timeoutMs: 200 })).toBeUndefined()
  })

  test('metrics can be read', async () => {
    expect(await coredns.metrics()).toContain('coredns_dns_requests_total{')
  })

  test('kubectl can use each kubeconfig', async () => {
    const home = await mkdtemp(join(tmpdir(), 'kubectl-'))
    for (const kubeconfig of Object.values(cluster.kubeconfigs)) {
      const args = ['--kubeconfig', kubeconfig, 'get', 'svcim', '-n', 'provider-ns', '-o', 'name']
      const { stdout } = await run(tools.kubectl, args, { env: { HOME: home } })
      expect(stdout).toContain('serviceimport.multicluster.x-k8s.io/service1')
    }
    await rm(home, { recursive: true })
  })

  test('service accounts have only granted rights; tokens can be revoked', async () => {
    const token = await cluster.createToken('reader', 'provider-ns', 30)
    const get = async () => (await cluster.request('GET', IMPORTS, undefined, { token })).status
    expect(await get()).toBe(403)
    await cluster.apply([
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'import-reader' },
        rules: [
          { apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceimports'], verbs: ['list'] },
        ],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'import-reader' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'import-reader',
        },
        subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: 'provider-ns' }],
      },
    ])
    await waitFor('the role takes effect', async () => (await get()) === 200)
    const long = await cluster.createToken('reader', 'provider-ns', 3600)
    expect((await cluster.request('GET', IMPORTS, undefined, { token: long })).status).toBe(200)
    await cluster.revokeTokens('reader', 'provider-ns', token)
    expect(await get()).toBe(401)
  }, 30_000)

  test('a compacted resourceVersion is 410, and a killed API server restarts on the same port', async () => {
    const list = await cluster.request<{ metadata: { resourceVersion: string } }>('GET', IMPORTS)
    const version = list.body.metadata.resourceVersion
    expect(await cluster.compact()).toBeGreaterThan(Number(version))
    const path = `${IMPORTS}?watch=1&resourceVersion=${version}&timeoutSeconds=1`
    const { status, body } = await cluster.request('GET', path)
    expect(`${status} ${JSON.stringify(body)}`).toMatch(/^410 |"code":410/)

    await cluster.kill9Apiserver()
    await expect(cluster.request('GET', '/readyz')).rejects.toThrow('ECONNREFUSED')
    const { rcode } = await query({ port: coredns.port, name: name('service1'), type: 'A' })
    expect(rcode).toBe('NOERROR')
    await cluster.restartApiserver()
    expect((await cluster.request('GET', IMPORTS)).status).toBe(200)
  }, 60_000)
})

describeWithTools('two clusters side by side', (tools) => {
  let clusters: Cluster[] = []

  beforeAll(async () => {
    clusters = await Promise.all([
      startCluster({ tools, name: 'provider', controllerManager: true }),
      startCluster({ tools, name: 'old' }),
    ])
  }, 90_000)

  afterAll(async () => {
    await Promise.all(clusters.map((cluster) => cluster.stop()))
  }, 30_000)

  test('kube-controller-manager reconciles the provider objects of the user flow', async () => {
    const provider = clusters[0]!
    await provider.apply(await loadCrds())
    await provider.apply(await loadManifests('test/fixtures/user-flow/provider.yaml'))
    const names = await waitFor(
      'the deployment has two pods',
      async () => {
        const path = '/api/v1/namespaces/provider-ns/pods'
        const { body } = await provider.request<{ items: unknown[] }>('GET', path)
        return (
          body.items.length === 2 && runPods(provider, 'provider-ns', ['10.1.0.11', '10.1.0.12'])
        )
      },
      { timeoutMs: 40_000 },
    )
    expect(names).toHaveLength(2)
    await waitFor(
      'the service has an endpoint slice with both pods',
      async () => {
        const path = '/apis/discovery.k8s.io/v1/namespaces/provider-ns/endpointslices'
        const { body } = await provider.request<{
          items: { endpoints: { conditions: { ready: boolean } }[] | null }[]
        }>('GET', path)
        const endpoints = body.items.flatMap((slice) => slice.endpoints ?? [])
        return endpoints.filter(({ conditions }) => conditions.ready).length === 2
      },
      { timeoutMs: 20_000 },
    )
  }, 90_000)

  test('the CRDs of old releases serve v1alpha1 only', async () => {
    const old = clusters[1]!
    await old.apply(await loadCrds('v1alpha1'))
    await old.apply(await loadManifests('test/fixtures/user-flow/consumer.yaml'))
    expect((await old.request('GET', IMPORTS)).status).toBe(200)
    const path = '/apis/multicluster.x-k8s.io/v1beta1/serviceimports'
    expect((await old.request('GET', path)).status).toBe(404)
  }, 30_000)
})

describe('programs that fail to start', () => {
  test('are reported with their output', async () => {
    const coredns = process.execPath
    await expect(startCoreDNS({ coredns, corefile: '' })).rejects.toThrow(
      /did not start\n.*bad option/s,
    )
  })
})
