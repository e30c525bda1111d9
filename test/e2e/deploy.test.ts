// The Kustomize folders of deploy/: they render, a real API server accepts them, and their service account has exactly
// the rights that the server needs.
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { openSource } from '../../src/sources/open.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { kubectl } from '../support/kubectl.ts'
import { loadCrds, loadManifests } from '../support/manifests.ts'
import { memoryLog } from '../support/memory-log.ts'
import { runCli } from '../support/run-cli.ts'
import { IMPORT_RESOURCES, requestOf } from '../support/source-request.ts'

const run = promisify(execFile)

interface Container {
  readonly ports: readonly { readonly containerPort: number }[]
  readonly securityContext?: { readonly capabilities?: object }
}

interface PodSpec {
  readonly securityContext?: object
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
}

describeWithTools('deploy/', (tools) => {
  let cluster: Cluster

  beforeAll(async () => {
    cluster = await startCluster({ tools })
    await cluster.apply(await loadCrds())
  }, 120_000)

  afterAll(async () => {
    await cluster?.stop()
  }, 60_000)

  async function render(folder: string): Promise<KubeObject[]> {
    const { stdout } = await run(tools.kubectl, ['kustomize', folder])
    return parseAllDocuments(stdout).map((document) => document.toJS() as KubeObject)
  }

  test('the CRDs are those of the tests', async () => {
    const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name)
    expect(names(await render('deploy/crds')).sort()).toEqual(names(await loadCrds()).sort())
  })

  test('a hub that is not a member uses the folder account in place of member', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deploy-'))
    try {
      await cp('deploy/fleet', folder, { recursive: true })
      const file = join(folder, 'hub-account/kustomization.yaml')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('resources: [../member,', 'resources: [../account,'))
      const objects = await render(join(folder, 'hub'))
      expect(objects.map(({ kind }) => kind).sort()).toEqual([
        'ConfigMap',
        'Deployment',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'Role',
        'Role',
        'RoleBinding',
        'RoleBinding',
        'Service',
        'ServiceAccount',
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('no pod of DNS runs in the namespace of the fleet, which holds the Secrets of members', async () => {
    const namespaces = async (folder: string) =>
      new Set((await render(folder)).flatMap(({ metadata: { namespace = [] } }) => namespace))
    expect(await namespaces('deploy/fleet/hub')).toEqual(new Set(['clusterset-dns-fleet']))
    expect(await namespaces('deploy/fleet/member')).toEqual(new Set(['clusterset-dns-fleet']))
    expect(await namespaces('deploy/dns/base')).toEqual(new Set(['clusterset-dns']))
  })

  test('the API server accepts the base', async () => {
    const objects = await render('deploy/dns/base')
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ])
    await cluster.apply(await render('deploy/namespace'))
    await cluster.apply(objects)
  })

  const CLUSTER_DNS = 'deploy/dns/overlays/cluster-dns'

  test('the API server accepts the DNS server of the cluster', async () => {
    const objects = await render(CLUSTER_DNS)
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ])
    await cluster.apply(objects)
  })

  test('the DNS server of the cluster shares no object with CoreDNS, only the label of kube-dns', async () => {
    const objects = await render(CLUSTER_DNS)
    const names = (all: readonly KubeObject[]) =>
      all.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
    const theirs = await loadManifests('test/fixtures/coredns.yaml')
    for (const name of names(objects)) expect(names(theirs)).not.toContain(name)
    const { spec } = theirs.find(({ kind }) => kind === 'Service')! as unknown as {
      spec: { selector: Record<string, string> }
    }
    const deployment = objects.find(({ kind }) => kind === 'Deployment')! as unknown as {
      spec: {
        selector: { matchLabels: Record<string, string> }
        template: { metadata: { labels: Record<string, string> } }
      }
    }
    expect(deployment.spec.template.metadata.labels).toMatchObject(spec.selector)
    // The selector of a Deployment never changes, so the label comes and goes.
    expect(deployment.spec.selector.matchLabels).not.toHaveProperty('k8s-app')
  })

  const NODE_CACHE = 'deploy/dns/overlays/node-cache'

  test('the API server accepts the cache of each node', async () => {
    const objects = await render(NODE_CACHE)
    const names = objects.map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`,
    )
    expect(names.sort()).toEqual([
      'ConfigMap kube-system/clusterset-dns-node',
      'DaemonSet kube-system/clusterset-dns-node',
      'Service kube-system/clusterset-dns-node',
      'Service kube-system/clusterset-dns-upstream',
    ])
    await cluster.apply(objects)
  })

  test('the pods of the cache of each node are accepted in a privileged namespace only', async () => {
    const spec = await podSpec(NODE_CACHE)
    for (const [level, status] of [
      ['privileged', 201],
      ['baseline', 403],
    ] as const) {
      const labels = { 'pod-security.kubernetes.io/enforce': level }
      await cluster.apply([
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: level, labels } },
      ])
      const path = `/api/v1/namespaces/${level}/pods?dryRun=All`
      const created = await cluster.request('POST', path, { metadata: { name: 'one' }, spec })
      expect(created.status, created.body.message).toBe(status)
    }
  })

  test('the API server accepts the fleet of the hub', async () => {
    const objects = await render('deploy/fleet/hub')
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Role',
      'Role',
      'Role',
      'RoleBinding',
      'RoleBinding',
      'RoleBinding',
      'Service',
      'ServiceAccount',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ])
    await cluster.apply(await render('deploy/namespace'))
    await cluster.apply(objects)
  })

  test('kubeconfig.sh prints a kubeconfig of the account, with which the fleet has all its rights', async () => {
    await cluster.apply(await render('deploy/namespace'))
    await cluster.apply(await render('deploy/fleet/hub-account'))
    const file = join(cluster.folder, 'clusters.yaml')
    const admin = parse(await readFile(cluster.kubeconfigs.certificate, 'utf8'))
    const east = [{ ...admin.contexts[0], name: 'east' }]
    await writeFile(file, JSON.stringify({ ...admin, contexts: east, 'current-context': '' }))
    const path = `${dirname(tools.kubectl)}:${process.env.PATH}`
    const env = { ...process.env, PATH: path, KUBECONFIG: file }
    const script = (...contexts: string[]) =>
      run('deploy/fleet/kubeconfig.sh', contexts, { env: { ...env, DURATION: '1h' } })
    const { stdout } = await script('east')
    expect(parse(stdout).users).toEqual([{ name: 'fleet-1', user: { token: expect.any(String) } }])
    await writeFile(file, stdout)
    const checked = await runCli(['fleet', 'check', '--kubeconfig', file, '--contexts', 'east'])
    expect(checked.stdout + checked.stderr).not.toMatch(/MISSING|FAILED/)
    expect(checked.code).toBe(0)
    await expect(script()).rejects.toMatchObject({ code: 2, stdout: '' })
    await expect(script('north')).rejects.toMatchObject({ code: 1, stdout: '' })
  }, 60_000)

  const SIDECAR = 'deploy/dns/coredns-sidecar/sidecar.yaml'

  /** The spec of the pods of a folder, or those of the sidecar alone. */
  async function podSpec(source: string): Promise<PodSpec> {
    const objects = source === SIDECAR ? await loadManifests(source) : await render(source)
    const workload = objects.find(({ kind }) => kind === 'Deployment' || kind === 'DaemonSet')!
    return (workload.spec as { template: { spec: PodSpec } }).template.spec
  }

  /** Everything under deploy/ that has pods, and the namespace whose rules they must obey. */
  const PODS = [
    ['deploy/dns/base', 'clusterset-dns'],
    ['deploy/dns/overlays/cluster-dns', 'clusterset-dns'],
    ['deploy/fleet/hub', 'clusterset-dns-fleet'],
    [SIDECAR, 'clusterset-dns'],
  ] as const

  test('no other file or folder of deploy/ has pods', async () => {
    const WORKLOADS = [
      'CronJob',
      'DaemonSet',
      'Deployment',
      'Job',
      'Pod',
      'ReplicaSet',
      'StatefulSet',
    ]
    const found: string[] = []
    for (const file of globSync('deploy/**/*.yaml', { exclude: ['deploy/helm'] })) {
      const objects = parseAllDocuments(await readFile(file, 'utf8')).map((one) => one.toJS())
      for (const object of objects as (KubeObject | null)[])
        if (WORKLOADS.includes(object?.kind ?? '')) found.push(file)
    }
    const files = PODS.map(([source]) =>
      source === SIDECAR ? source : `${source}/deployment.yaml`,
    )
    const others = ['deploy/dns/coredns-sidecar/remove.yaml', `${NODE_CACHE}/daemonset.yaml`]
    expect(found.sort()).toEqual([...files, ...others].sort())
  })

  test.each(PODS)(
    'the pods of %s are accepted in a restricted namespace, and privileged ones refused',
    async (source, namespace) => {
      await cluster.apply(await render('deploy/namespace'))
      const spec = await podSpec(source)
      const create = (changes: object) =>
        cluster.request('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
          metadata: { name: 'one' },
          spec: { ...spec, ...changes },
        })
      const accepted = await create({})
      expect(accepted.body.message ?? '').toBe('')
      expect(accepted.status).toBe(201)
      const refused = await create({ hostPID: true })
      expect(refused.body.message).toContain('violates PodSecurity "restricted')
      expect(refused.status).toBe(403)
    },
  )

  test.each(PODS)('the pods of %s have less than `restricted` allows', async (source) => {
    const { securityContext: ofPod = {}, containers, initContainers = [] } = await podSpec(source)
    expect([...containers, ...initContainers]).toHaveLength(1)
    const [container] = containers
    expect({ ...ofPod, ...container!.securityContext }).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    // `restricted` allows NET_BIND_SERVICE.
    expect(container!.securityContext!.capabilities).toEqual({ drop: ['ALL'] })
  })

  test('the component of deploy/seccomp gives all pods our profile, which their namespaces allow', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deploy-'))
    try {
      await cp('deploy', folder, { recursive: true })
      await cluster.apply(await render('deploy/namespace'))
      for (const [source, namespace] of [...PODS, [NODE_CACHE, 'kube-system'] as const]) {
        if (source === SIDECAR) continue
        await mkdir(join(folder, 'own'), { recursive: true })
        const own = `resources: [../${source.slice('deploy/'.length)}]\ncomponents: [../seccomp]\n`
        await writeFile(join(folder, 'own/kustomization.yaml'), own)
        const spec = await podSpec(join(folder, 'own'))
        expect(spec.securityContext).toMatchObject({
          seccompProfile: { type: 'Localhost', localhostProfile: 'clusterset-dns.json' },
        })
        const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All`
        const { status } = await cluster.request('POST', path, { metadata: { name: 'one' }, spec })
        expect(status).toBe(201)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  /** Folder, and what may connect to its pods: port, protocol and from where. */
  const OPENED = [
    ['deploy/dns/base', ['5353 UDP anybody', '5353 TCP anybody', '9153 TCP pods']],
    [CLUSTER_DNS, ['53 UDP anybody', '53 TCP anybody', '9153 TCP pods']],
    ['deploy/fleet/hub', ['8090 TCP pods']],
  ] as const

  interface Policy {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly policyTypes: readonly string[]
    readonly ingress: readonly {
      readonly ports: readonly { readonly port: number; readonly protocol: string }[]
      readonly from?: readonly object[]
    }[]
  }

  test.each(OPENED)(
    'the NetworkPolicy of %s opens the ports of its containers, and no other such as /health',
    async (folder, wanted) => {
      const objects = await render(folder)
      const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy')
      const [{ spec }] = policies as unknown as [{ spec: Policy }]
      const opened = spec.ingress.flatMap(({ ports, from }) => {
        // Every namespace, and thereby every pod.
        if (from !== undefined) expect(from).toEqual([{ namespaceSelector: {} }])
        const whom = from === undefined ? 'anybody' : 'pods'
        return ports.map(({ port, protocol }) => `${port} ${protocol} ${whom}`)
      })
      expect(opened).toEqual(wanted)
      const { containers } = await podSpec(folder)
      expect(opened.map((line) => Number.parseInt(line, 10))).toEqual(
        containers[0]!.ports.map(({ containerPort }) => containerPort),
      )
      expect(spec.policyTypes).toEqual(['Ingress'])
      expect(policies).toHaveLength(1)
      const { template } = objects.find(({ kind }) => kind === 'Deployment')!.spec as {
        template: { metadata: { labels: Record<string, string> } }
      }
      expect(template.metadata.labels).toMatchObject(spec.podSelector.matchLabels)
    },
  )

  test('the API server accepts the files of the demo', async () => {
    for (const folder of await readdir('deploy/demo')) {
      const printed = await kubectl(tools.kubectl, cluster, 'apply', '-f', `deploy/demo/${folder}`)
      expect(printed).toMatch(/^namespace\/provider-ns /m)
    }
  })

  test('the service account can read only what DNS needs', async () => {
    await cluster.apply(await render('deploy/namespace'))
    await cluster.apply(await render('deploy/dns/base'))
    const token = await cluster.createToken('clusterset-dns', 'clusterset-dns', 3600)
    const file = await cluster.writeKubeconfig('account', { token })
    const lines: string[] = []
    const source = openSource(requestOf({ kind: 'kubeconfig', file }), {
      log: memoryLog(lines).log,
    })
    expect(await source.whenListed(IMPORT_RESOURCES, 20_000), lines.join('\n')).toBe(true)
    await source.close()
    const get = (path: string) => cluster.request('GET', path, undefined, { token })
    expect((await get('/api/v1/secrets')).status).toBe(403)
    expect((await get('/api/v1/services')).status).toBe(403)
    await cluster.apply(await render(CLUSTER_DNS))
    const inPlace = await cluster.createToken('clusterset-dns-cluster', 'kube-system', 3600)
    for (const resource of ['services', 'pods', 'namespaces', 'secrets']) {
      const { status } = await cluster.request('GET', `/api/v1/${resource}`, undefined, {
        token: inPlace,
      })
      expect(status, resource).toBe(resource === 'secrets' ? 403 : 200)
    }
    const write = await cluster.request(
      'DELETE',
      '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes',
      undefined,
      { token },
    )
    expect(write.status).toBe(403)
  }, 60_000)
})
