// Credentials and RBAC on a real API server: errors are logged, and rights, credentials or CRDs that are added later
// take effect without a restart.
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ClientDeps } from '../../src/kube/client-deps.ts'
import type { SourceSpec } from '../../src/kube/source-spec.ts'
import { openSource } from '../../src/sources/open.ts'
import type { Source } from '../../src/sources/source.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import { loadCrds, loadManifests } from '../support/manifests.ts'
import { memoryLog } from '../support/memory-log.ts'
import { startSocksProxy } from '../support/proxies.ts'
import { IMPORT_RESOURCES, requestOf } from '../support/source-request.ts'
import { waitFor } from '../support/wait-for.ts'
import { serviceImport } from './objects.ts'

const SECONDS = { timeoutMs: 40_000 }

/** The ClusterRole of deploy/dns, and its binding to a service account of this name. */
async function rbac(account: string) {
  const objects = await loadManifests('deploy/dns/base/rbac.yaml')
  const role = objects.find(({ kind }) => kind === 'ClusterRole')!
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace: 'default' }]
  const binding = objects.find(({ kind }) => kind === 'ClusterRoleBinding')!
  return [role, { ...binding, metadata: { name: `clusterset-dns-${account}` }, subjects }]
}

describeWithTools('credentials on a real API server', (tools) => {
  let cluster: Cluster
  const open: Source[] = []

  beforeAll(async () => {
    cluster = await startCluster({ tools, watchCache: false })
    await cluster.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'provider-ns' } },
    ])
  }, 120_000)

  afterEach(async () => {
    await Promise.all(open.splice(0).map((source) => source.close()))
  })

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  function start(spec: SourceSpec, deps: Partial<ClientDeps> = {}) {
    const lines: string[] = []
    const source = openSource(requestOf(spec), { log: memoryLog(lines).log, ...deps })
    open.push(source)
    return { source, lines, detail: () => lines.join('\n') }
  }

  async function inCluster(account: string, token: string) {
    const serviceAccountDirectory = await cluster.writeServiceAccountFolder(token, 'default')
    const { hostname, port } = new URL(cluster.url)
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }
    return {
      ...start({ kind: 'in-cluster' }, { serviceAccountDirectory, env }),
      serviceAccountDirectory,
      account,
    }
  }

  test('a missing CRD is logged, and used once it is installed', async () => {
    const { source, lines, detail } = start({ kind: 'kubeconfig', file: cluster.kubeconfigs.token })
    await waitFor('it is logged', () => lines.join().includes('install the MCS CRDs'), { detail })
    expect(source.store.synced).toBe(false)
    await cluster.apply(await loadCrds('v1alpha1'))
    expect(await source.whenListed(IMPORT_RESOURCES, 30_000), detail()).toBe(true)
    await cluster.apply([serviceImport('early', '10.96.2.1')])
    await waitFor('v1alpha1 is used', () => source.store.service('provider-ns/early'), SECONDS)
  }, 60_000)

  test('v1beta1 is used where it is served', async () => {
    await cluster.apply(await loadCrds())
    const { source } = start({ kind: 'kubeconfig', file: cluster.kubeconfigs.certificate })
    await source.whenListed(IMPORT_RESOURCES, 20_000)
    const beta = {
      ...serviceImport('beta', '10.96.2.2'),
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
    }
    await cluster.apply([beta])
    await waitFor('it is in the store', () => source.store.service('provider-ns/beta'), SECONDS)
  }, 60_000)

  test('missing rights are logged, and used once they are granted', async () => {
    const token = await cluster.createToken('poor', 'default', 3600)
    const { source, lines, detail } = await inCluster('poor', token)
    await waitFor(
      'all three are logged',
      () => lines.filter((line) => line.includes('RBAC forbids')).length >= 3,
      {
        ...SECONDS,
        detail,
      },
    )
    expect(detail()).toMatch(/watch serviceimports in API group multicluster\.x-k8s\.io/)
    await cluster.apply(await rbac('poor'))
    expect(await source.whenListed(IMPORT_RESOURCES, 60_000), detail()).toBe(true)
  }, 120_000)

  test('permitted resources are synced while others are forbidden', async () => {
    await cluster.apply([serviceImport('allowed', '10.96.2.9')])
    const [role, binding] = await rbac('partial')
    const name = 'imports-only'
    const rules = [
      {
        apiGroups: ['multicluster.x-k8s.io'],
        resources: ['serviceimports'],
        verbs: ['list', 'watch'],
      },
    ]
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    await cluster.apply([
      { ...role!, metadata: { name }, rules },
      { ...binding!, metadata: { name }, roleRef },
    ])
    const { source, detail } = await inCluster(
      'partial',
      await cluster.createToken('partial', 'default', 3600),
    )
    const changedKeys = new Set<string>()
    source.store.subscribe(({ services }) => {
      for (const service of services) changedKeys.add(service)
    })
    await waitFor(
      'the change of the ServiceImport is notified',
      () => changedKeys.has('provider-ns/allowed'),
      {
        ...SECONDS,
        detail,
      },
    )
    expect(source.store.synced).toBe(false)
  }, 90_000)

  test('a service account token is replaced during a watch', async () => {
    await cluster.apply(await rbac('rotating'))
    const first = await cluster.createToken('rotating', 'default', 3600)
    const { source, lines, detail, serviceAccountDirectory } = await inCluster('rotating', first)
    expect(await source.whenListed(IMPORT_RESOURCES, 20_000), detail()).toBe(true)
    await cluster.revokeTokens('rotating', 'default', first)
    // The restart ends the watches; the old token cannot open new ones.
    await cluster.restartApiserver()
    await waitFor('the 401 is logged', () => lines.join().includes('(401)'), { ...SECONDS, detail })
    // The new service account has another UID; bindings refer to it by name.
    const second = await cluster.createToken('rotating', 'default', 3600)
    const next = join(serviceAccountDirectory, 'token.next')
    await writeFile(next, second)
    await rename(next, join(serviceAccountDirectory, 'token'))
    await cluster.apply([serviceImport('rotated', '10.96.2.3')])
    await waitFor('it is in the store', () => source.store.service('provider-ns/rotated'), {
      timeoutMs: 60_000,
      detail,
    })
  }, 150_000)

  test('lists and watches go through the SOCKS proxy of the kubeconfig, and survive its restart', async () => {
    const target = Number(new URL(cluster.url).port)
    let proxy = await startSocksProxy(target)
    const file = join(cluster.folder, 'proxied.kubeconfig')
    const config = JSON.parse(await readFile(cluster.kubeconfigs.token, 'utf8'))
    // Only the proxy can reach this port, so a request past it fails.
    const { cluster: entry } = config.clusters[0]
    entry.server = 'https://127.0.0.1:1'
    entry['proxy-url'] = `socks5://127.0.0.1:${proxy.port}`
    await writeFile(file, JSON.stringify(config))
    const { source, detail } = start({ kind: 'kubeconfig', file })
    expect(await source.whenListed(IMPORT_RESOURCES, 30_000), detail()).toBe(true)
    await proxy.close()
    proxy = await startSocksProxy(target, proxy.port)
    await cluster.apply([serviceImport('proxied', '10.96.2.8')])
    await waitFor('it is in the store', () => source.store.service('provider-ns/proxied'), {
      ...SECONDS,
      detail,
    })
    expect(new Set(proxy.targets)).toEqual(new Set(['127.0.0.1:1']))
    await proxy.close()
  }, 90_000)

  test('a client certificate is replaced during a watch', async () => {
    const good = await cluster.issueClientCertificate('admin', ['system:masters'])
    const certificate = join(cluster.folder, 'rotating.crt')
    const key = join(cluster.folder, 'rotating.key')
    const ca = join(cluster.folder, 'rotating-ca.crt')
    await writeFile(certificate, good.certificate)
    await writeFile(key, good.key)
    await writeFile(ca, cluster.ca)
    const { source, detail } = start({
      kind: 'endpoint',
      url: cluster.url,
      tls: { cert: certificate, key, ca },
    })
    expect(await source.whenListed(IMPORT_RESOURCES, 20_000), detail()).toBe(true)
    const renewed = await cluster.issueClientCertificate('admin', ['system:masters'])
    for (const [file, text] of [
      [certificate, renewed.certificate],
      [key, renewed.key],
    ] as const) {
      await writeFile(`${file}.next`, text)
      await copyFile(`${file}.next`, file)
    }
    await cluster.restartApiserver()
    await cluster.apply([serviceImport('renewed', '10.96.2.4')])
    await waitFor('it is in the store', () => source.store.service('provider-ns/renewed'), {
      timeoutMs: 60_000,
      detail,
    })
  }, 120_000)

  test.each([
    [
      'a missing context',
      (): SourceSpec => ({ kind: 'kubeconfig', file: cluster.kubeconfigs.token, context: 'nope' }),
      /context "nope" does not exist; its contexts are: /,
    ],
    [
      'a missing kubeconfig',
      (): SourceSpec => ({ kind: 'kubeconfig', file: '/nowhere/config' }),
      /\/nowhere\/config cannot be read: ENOENT/,
    ],
    [
      'an unreachable server',
      (): SourceSpec => ({ kind: 'endpoint', url: 'https://127.0.0.1:9' }),
      /https:\/\/127\.0\.0\.1:9 cannot be reached/,
    ],
  ])('%s is logged', async (_name, spec, text) => {
    const { lines, detail } = start(spec())
    await waitFor('it is logged', () => text.test(lines.join()), { detail })
  })
})
